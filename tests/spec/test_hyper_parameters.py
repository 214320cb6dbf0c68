"""Every hyper-parameter of every preset: what it cannot be is refused by its name; NumPy's numbers are numbers."""

import inspect
from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest

from diptych import CATALOGUE, dual, hybrid, make, primal
from diptych import divergences as d
from diptych.algebra import LearnedCost, aggregate, encoders
from diptych.costs import squared_l2
from diptych.divergences import non_saturating_gan
from diptych.noise import Normal
from diptych.optimizers import Adam
from diptych.schedules import Linear

SIGNED = {"a", "b", "c", "alpha"}  # any finite number
NO_NUMBERS: tuple[Any, ...] = (nan, inf, "x", True, [1.0], np.float32(nan))
NEGATIVE = (-1.0, np.float32(-1))


def refused(kind: Any, name: str) -> tuple[Any, ...]:
    """Of an argument of this type, whatever its range."""
    if get_origin(kind) is Literal:
        return ("x", 3, None, True)
    if get_origin(kind) is Sequence:
        return ((), (-1.0,), (nan,), ("x",), "x", 1.0, None)
    if get_args(kind):  # a number, or a word or None
        return (*NO_NUMBERS, *NEGATIVE)
    if kind is bool:
        return ("no", 1, 0.0, None)
    if kind is int:
        return (*NO_NUMBERS, -1, 2.5, 2.0, None, np.int64(-1))
    return (*NO_NUMBERS, None) if name in SIGNED else (*NO_NUMBERS, *NEGATIVE, None)


CASES = [
    pytest.param(method, name, refused(parameter.annotation, name), id=f"{method}-{name}")
    for method, factory in CATALOGUE.items()
    for name, parameter in inspect.signature(factory, eval_str=True).parameters.items()
]


@pytest.mark.parametrize(("method", "name", "values"), CASES)
def test_what_it_cannot_be_is_refused_by_name(method: str, name: str, values: tuple[Any, ...]) -> None:
    for value in values:
        with pytest.raises(ValueError, match=rf"^{name}\b.* got ") as refusal:
            make(method, **{name: value})
        assert str(refusal.value).endswith((str(value), repr(value)))


ZERO: list[tuple[str, dict[str, Any], str]] = [
    *(
        (name, {"critic_steps": 0}, "critic_steps")
        for name in ("gan", "rp-gan", "wgan", "wgan-gp", "mmd-gan", "mmd-gan-gp")
    ),
    *((name, {"early_steps": 0}, "early_steps") for name in ("wgan", "mmd-gan")),
    *((name, {"clip": 0.0}, "clip") for name in ("wgan", "mmd-gan")),
    *((name, {"prior_scale": 0.0}, "prior_scale") for name in ("wae-mmd", "wae-gan")),
    *((name, {"cost_scale": 0.0}, "cost_scale") for name in ("wae-mmd", "wae-gan", "wae-learned-cost", "sinkhorn")),
    ("vae", {"decoder": "bernoulli", "scale": 0.0}, "scale, if not 'learned',"),
    ("roth-gan", {"gamma": 0.0, "gamma_anneal": 5}, "gamma, to be annealed,"),
    ("gmmn-ae", {"pretrain": 0}, "pretrain"),
    ("r3gan", {"lazy": 0}, "lazy"),
    ("r3gan", {"critic_steps": 0}, "critic_steps"),
]


@pytest.mark.parametrize(("method", "hyper", "name"), ZERO)
def test_zero_is_refused_where_nothing_would_move(method: str, hyper: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be .*, got 0"):
        make(method, **hyper)


KINDS: dict[type, Callable[..., Any]] = {float: np.float32, int: np.int64}


@pytest.mark.parametrize("method", CATALOGUE)
def test_numbers_of_numpy_are_taken_as_those_of_python(method: str) -> None:
    """A run writes its hyper-parameters down, and rounds are counted with them."""
    default = make(method)
    numbers = {name: value for name, value in default.hyper.items() if type(value) in KINDS}
    made = make(method, **{name: KINDS[type(value)](value) for name, value in numbers.items()})
    assert all(type(made.hyper[name]) is type(value) for name, value in numbers.items())
    assert made.round(0) == default.round(0)


class LikeAnArrayOfJax:
    at = property(lambda self: "what x.at[i].set(v) begins with")


@pytest.mark.parametrize("value", [Linear, LikeAnArrayOfJax()])
def test_what_has_an_at_that_gives_no_number_is_no_schedule(value: Any) -> None:
    """A class that was not called, and an array with an `at` of its own."""
    with pytest.raises(ValueError, match=r"^weight must be finite and at least 0, got "):
        primal(squared_l2(), weight=value)


def test_compositions_refuse_by_name_too() -> None:
    latent = aggregate(non_saturating_gan())
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("critic_steps", lambda: dual(non_saturating_gan(), critic_steps=0)),
        ("critic_steps", lambda: primal(squared_l2(), latent=latent, critic_steps=0)),
        ("critic_steps", lambda: primal(squared_l2(), latent=latent, critic_steps=1.5)),  # type: ignore[arg-type]
        *(("weight", lambda v=v: primal(squared_l2(), weight=v)) for v in (np.float32(-3), "x", None, True)),
        ("apart", lambda: primal(squared_l2(), latent=latent, apart="no")),  # type: ignore[arg-type]
        ("smoothing", lambda: aggregate(non_saturating_gan(), smoothing=np.float32(-1))),  # type: ignore[arg-type]
        ("smoothing", lambda: dual(non_saturating_gan(), smoothing=None)),  # type: ignore[arg-type]
        ("anneal", lambda: dual(non_saturating_gan(), smoothing=1.0, anneal=-5)),
        ("noise", lambda: encoders.implicit(nan)),  # type: ignore[arg-type]
        ("bases", lambda: encoders.separable(bases=2.5)),  # type: ignore[arg-type]
        ("size", lambda: LearnedCost(0)),
    ]
    for name, call in calls:
        with pytest.raises(ValueError, match=rf"^{name}\b.* must be .*, got "):
            call()
    steps = dual(non_saturating_gan(), critic_steps=np.int64(5)).round(0)  # type: ignore[arg-type]
    assert steps == (("critic",),) * 5 + (("generator",),)


GAME, CALLED = d.wasserstein_gp(), "got {}, which is to be called: "
WRONG: list[tuple[Callable[..., Any], str]] = [
    (lambda: primal(squared_l2(), latent=GAME), "latent .* Latent, got Divergence: aggregate"),  # type: ignore[arg-type]
    (lambda: primal(squared_l2(), latent="kl"), "latent .* Latent, got 'kl': .*conditional_kl"),  # type: ignore[arg-type]
    (lambda: primal(squared_l2(), latent=False), "latent .* Latent, got False: "),  # type: ignore[arg-type]
    (lambda: primal(squared_l2(), encoder="gaussian"), "encoder .* Encoder, got 'gaussian': encoders.gaussian"),  # type: ignore[arg-type]
    (lambda: primal(squared_l2(), encoder=encoders.gaussian), "encoder .* Encoder, " + CALLED.format("gaussian")),  # type: ignore[arg-type]
    (lambda: primal(None), "cost .* Cost, got None: squared_l2"),  # type: ignore[arg-type]
    (lambda: primal(LearnedCost()), "cost .* Cost, got LearnedCost: .* is for hybrid"),  # type: ignore[arg-type]
    (lambda: hybrid(LearnedCost, GAME), "cost .* Cost or LearnedCost, " + CALLED.format("LearnedCost")),  # type: ignore[arg-type]
    (lambda: hybrid(squared_l2(), d.KL), "game .* Divergence, got FDivergence: f_gan"),  # type: ignore[arg-type]
    (lambda: hybrid(squared_l2(), GAME, latent=GAME), "latent .* Latent, got Divergence: aggregate"),  # type: ignore[arg-type]
    (lambda: dual(GAME, critic_optimizer=1e-3), "optimizer of player 'critic' .* SGD or .*, got 0.001: Adam"),  # type: ignore[arg-type]
    (lambda: primal(squared_l2(), optimizer=Adam), "optimizer of player 'autoencoder' .*" + CALLED.format("Adam")),  # type: ignore[arg-type]
    (lambda: make("ns-gan").optimizers({"critic": None}), "optimizer of player 'critic' .*, got None"),  # type: ignore[dict-item]
    (lambda: hybrid(squared_l2(), GAME, encoder=0), "encoder .* Encoder, got 0: encoders.gaussian"),  # type: ignore[arg-type]
    *(
        (made, f"divergence .* Divergence, {got}")
        for of in (dual, aggregate)
        for made, got in (
            (lambda of=of: of(d.wasserstein_gp), CALLED.format("wasserstein_gp")),
            (lambda of=of: of(d.KL), "got FDivergence: f_gan"),
            (lambda of=of: of(squared_l2()), "got Cost: .*entropic_wasserstein"),
            (lambda of=of: of("wgan-gp"), "got 'wgan-gp': .*make"),
        )
    ),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_what_is_composed_must_be_of_its_kind(call: Callable[..., Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^{message.replace(' .* ', ' must be of type ', 1)}"):
        call()


@pytest.mark.parametrize("prior", ["normal", Normal, 1.0, None])
def test_a_prior_is_a_law(prior: Any) -> None:
    for call in (lambda: dual(GAME, prior=prior), lambda: primal(squared_l2(), prior=prior)):
        with pytest.raises(ValueError, match=r"^the law of 'latent' must be one, for instance Normal\(\), got "):
            call()
