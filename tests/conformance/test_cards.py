"""Cards as the suite reads them: what the grammar has, and that what it has not is an error by name."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diptych import CATALOGUE
from diptych_conformance.references.cards import conventions
from diptych_conformance.references.cards.formula import drawn, read
from diptych_conformance.references.methods import STATEMENTS
from diptych_conformance.references.play import adam

X = np.asarray([[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]])
NAMES = {"x": X, "f": lambda v: np.sum(v * v, axis=1), "a": 3.0, "K": 2, "z_i": [10.0, 20.0], "v": (1.0, 4.0)}


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        (r"\mathbb{E}\,f(x)", 15.25 / 3),
        (r"-\mathbb{E} f(x) + a / 2", 1.5 - 15.25 / 3),
        (r"\frac{1}{a} (a - 1)^2 \sqrt{a + 1}", 8 / 3),
        (r"\log(a) a", 3 * np.log(3)),
        (r"\log a\,a", np.log(9)),
        (r"e^{-a} + \max(0, 1 - a)", np.exp(-3)),
        (r"\sum_{i=1}^{K} z_i", 30.0),
        (r"\sum_v v / 2", 2.5),
        (r"\overline{x^2}", 15.25 / 6),
        (r"\mathbb{E}\,\langle x, x\rangle", 15.25 / 3),
        (r"\mathbb{E}\,\lVert\nabla f(x)\rVert^2", 4 * 15.25 / 3),
        (r"|1 - a|", 2.0),
        (r"g(a),\quad g(v) = v^2 + 1", 10.0),
        (r"\mathbb{E}\,g(x),\quad g(u) = \mathbb{E}\,\langle u, x\rangle", 4.5**2 / 9 + 1 / 9),
    ],
)
def test_value(latex: str, value: float) -> None:
    line = read(latex)
    assert float(np.sum(line.loss({**NAMES, **line.defined}))) == pytest.approx(value)


@pytest.mark.parametrize(
    ("latex", "complaint"),
    [
        (r"\operatorname{x}", "operatorname"),
        (r"y + 1", "says y, which is neither defined"),
        (r"(a + 1", r"'\)' is missing"),
        (r"a +", "something is missing"),
        (r"a, b", "says nothing: b"),
        (r"a(1, 2)", "no function, but has 2 arguments"),
        (r"a ) 2", r"cannot read \) 2"),
    ],
)
def test_what_cannot_be_read_is_named(latex: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(latex).loss(NAMES)


def test_claims_bounds_laws_and_what_becomes() -> None:
    line = read(r"a \geq 2,\quad h(v) = v = a,\ e \sim U[0, 2],\quad w \leftarrow \mathrm{clip}(w, -a, a)")
    assert line.below
    assert line.below(NAMES) == 2
    (name, sides) = line.claims[0]
    assert (name, len(sides)) == ("h", 3)
    assert line.laws == {"e": "U[0,2]"}
    assert list(line.becomes["w"]({"w": np.asarray([-5.0, 1.0]), "a": 3.0})) == [-3, 1]
    assert np.all(drawn("U[0,2]", np.random.default_rng(0), (3,)) == 2 * np.random.default_rng(0).random(3))
    with pytest.raises(ValueError, match="no law of a card"):
        drawn("B(1,2)", np.random.default_rng(0), (3,))


def test_every_method_is_read() -> None:
    assert STATEMENTS.keys() == CATALOGUE.keys()


SAID = "In 2017: 0.5. Defaults (ours): w = 10, c in {1, 2}, five critic steps, Adam 1e-3 and 5e-4 with β1 = 0.5."


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("w = 10", "w = 1"),
        ("{1, 2}", "{2, 1}"),
        ("five", "ten"),
        ("five", "some"),
        ("1e-3 and 5e-4", "5e-4 and 1e-3"),
        (" and 5e-4", ""),
        ("β1 = 0.5", "β1 = 0.9"),
        (" with β1 = 0.5", ""),
        ("Adam", "RMSprop"),
        ("w = 10", "y = 10"),
        ("w = 10", "batch 3"),
        ("Defaults (ours)", "Usually"),
    ],
)
def test_defaults_are_compared_item_by_item(old: str, new: str) -> None:
    plain = next(iter(STATEMENTS["wae-gan"].forms.values())).stated()
    assert plain.players["critic"].rule == adam(5e-4, 0.5)
    hyper, letters = {"weight": 10.0, "scales": (1.0, 2.0), "critic_steps": 5}, {"w": "weight", "c": "scales"}

    def mistakes(text: str) -> list[str]:
        return list(conventions.wrong(text, letters, hyper, replace(plain, batch=100)))

    assert mistakes(SAID) == []
    (mistake,) = mistakes(SAID.replace(old, new))
    assert re.search("defaults", mistake)
    assert conventions.elsewhere(SAID) == [2017, 0.5]


def test_factors_in_words_are_numbers() -> None:
    assert conventions.numbers("Half of eq. 3, doubled; twice a third, not halfway.") == [0.5, 3, 2, 2, 1 / 3]


def test_a_symbol_that_is_a_hyper_parameter_has_its_value() -> None:
    nets = SimpleNamespace(critic=None, generator=None)
    names = STATEMENTS["wgan-gp"].card.names(nets, X, {"z": X, "e": X}, {"weight": 7.0})
    assert names["w"] == 7.0
