"""What a preset's docstring says of its hyper-parameters: each of them, in the range that is refused outside of."""

import re
from collections.abc import Callable, Sequence
from math import nan
from typing import Any, Literal, get_origin

import pytest

from diptych import CATALOGUE, Method, make
from diptych.hyper_parameters import described, hyper_parameters

EVERY = [
    pytest.param(method, parameter, id=f"{method}-{parameter.name}")
    for method, preset in CATALOGUE.items()
    for parameter in hyper_parameters(preset).values()
]


@pytest.mark.parametrize("preset", CATALOGUE.values(), ids=CATALOGUE)
def test_what_is_described_is_what_there_is(preset: Callable[..., Method]) -> None:
    """In the order of the signature, and of the record that a run keeps."""
    assert list(described(preset)) == list(hyper_parameters(preset)) == list(preset().hyper)


@pytest.mark.parametrize("preset", CATALOGUE.values(), ids=CATALOGUE)
def test_the_default_is_that_of_the_method(preset: Callable[..., Method]) -> None:
    assert {name: parameter.default for name, parameter in hyper_parameters(preset).items()} == preset().hyper


@pytest.mark.parametrize(("method", "parameter"), EVERY)
def test_says_something(method: str, parameter: Any) -> None:
    """In words of which an error message can have the first, and with a word for each that is to choose from."""
    meaning = parameter.description.partition("; ")[0]
    assert len(meaning.split()) >= 4
    assert meaning != CATALOGUE[method].__doc__
    assert parameter.short.count("(") == parameter.short.count(")")
    assert all(repr(word) in parameter.description for word in parameter.choices)


@pytest.mark.parametrize(("method", "parameter"), EVERY)
def test_the_range_is_that_of_the_refusal(method: str, parameter: Any) -> None:
    """Of numbers: in the words of the error, after which come words and conditions."""
    if parameter.kind is bool or get_origin(parameter.kind) is Literal:
        assert not re.search("; ", parameter.description)
        return
    with pytest.raises(ValueError, match=rf"^{parameter.name}\b.* must be ") as refusal:
        make(method, **{parameter.name: () if get_origin(parameter.kind) is Sequence else nan})
    (told,) = re.findall(r" must be (.*), got ", str(refusal.value))
    assert parameter.range == told or parameter.range.startswith(f"{told}, ")


@pytest.mark.parametrize(
    "name", ["critic_steps", "early_steps", "smoothing", "decoder", "scale", "prior_scale", "cost_scale"]
)
def test_what_recurs_is_described_alike(name: str) -> None:
    found = [parameter for _, parameter in (param.values for param in EVERY) if parameter.name == name]
    assert len(found) > 1
    assert len({parameter.short for parameter in found}) == 1


def preset(
    *,
    n: int = 1,
    kind: Literal["a", "b"] = "a",
    xs: Sequence[float] = (1.0,),
    scale: float | Literal["learned"] = 1.0,
    perhaps: int | None = None,
    on: bool = False,
    bare: str = "",
) -> None:
    """A formula.

    More of it.

    Args:
        n: number of things, of which
            there may be some; a whole number of at least 1
        kind: of thing
        xs: things (a, b)

    Raises:
        ValueError: where there is none
    """


def test_docstrings_are_read() -> None:
    assert described(preset) == {
        "n": "number of things, of which there may be some; a whole number of at least 1",
        "kind": "of thing",
        "xs": "things (a, b)",
    }
    assert described(lambda n: None) == {}


def test_types_and_ranges() -> None:
    found = hyper_parameters(preset)
    assert {name: (parameter.type, parameter.range) for name, parameter in found.items()} == {
        "n": ("int", "a whole number of at least 1"),
        "kind": ("'a' or 'b'", "'a' or 'b'"),
        "xs": ("sequence of float", ""),
        "scale": ("float or 'learned'", ""),
        "perhaps": ("int or None", ""),
        "on": ("bool", "True or False"),
        "bare": ("str", ""),
    }
    assert found["scale"].choices == ("learned",)
    assert (found["n"].short, found["bare"].short) == ("n (number of things)", "bare")


def test_an_unknown_one_is_told_what_there_is() -> None:
    what = (
        r"known: weight \(weight w of the gradient penalty\), critic_steps \(steps of the critic a round\), .*\)$"
    )
    with pytest.raises(ValueError, match=rf"^method 'wgan-gp' has no .* 'wieght'; did you mean 'weight'\? {what}"):
        make("wgan-gp", wieght=1)
    with pytest.raises(ValueError, match=rf"^method 'wgan-gp' has no .* 'q'; {what}"):
        make("wgan-gp", q=1)
    with pytest.raises(ValueError, match=r"^method 'ae' has no hyper-parameter 'q'; it has none at all$"):
        make("ae", q=1)
