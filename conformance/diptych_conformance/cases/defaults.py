"""The constants that a user gets who does not choose, from the papers and their authors' code, a second time.

A preset hands most of them on, so that a wrong one would show in no formula of the catalogue.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from typing import Any

from diptych import costs, dual, hybrid, kernels, primal
from diptych import divergences as d
from diptych import functional as F
from diptych.algebra import LearnedCost, adversarial_kl, aggregate, encoders
from diptych.composition import entries, from_record, to_record
from diptych.method import Steps
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD, Adam, AdamW, Momentum, RMSprop
from diptych_conformance.cases.terms.f_divergences import ROWS
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.statements import given
from diptych_conformance.core.case import Case
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references.formulas.f_gan import LIMITS
from diptych_conformance.references.play import CRITIC, OURS, adam

NOISE = {"smoothing": 0.0, "anneal": 0}
CODES = {"optimizer": OURS, "critic_optimizer": CRITIC, "weight": 1.0, "prior": ("Normal", 1.0)}

PARTS: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
    *((cost, {"scale": 1.0}) for cost in (costs.l1_distance, costs.l2_distance, costs.squared_l2)),
    *((cost, {"scale": 1.0}) for cost in (costs.gaussian_nll, costs.cross_entropy)),
    (kernels.rational_quadratic, {"alphas": (0.2, 0.5, 1.0, 2.0, 5.0)}),
    (kernels.polynomial, {"degree": 3, "constant": 1.0}),
    (F.least_squares_loss, {"a": 0.0, "b": 1.0}),
    (F.least_squares_model_loss, {"c": 1.0}),
    (d.least_squares_gan, {"a": 0.0, "b": 1.0, "c": 1.0}),
    (d.f_gan, {"non_saturating": False}),
    (d.entropic_wasserstein, {"epsilon": 1.0, "iterations": 10}),
    (
        d.maximum_mean_discrepancy,
        {"estimator": "unbiased", "block_size": 2, "root": False, "bandwidth": "fixed"},
    ),
    (d.mmd_of_features, {"clip": 0.01, "decoding": 8.0, "feasible": 16.0}),
    (d.mmd_of_features_gp, {"penalty": 1.0, "activation": 1.0}),
    (F.mmd_t_statistic, {"floor": 1e-8}),
    (F.mmd2_streamed, {"estimator": "unbiased"}),
    (F.wasserstein_1d, {"order": 1.0}),
    (F.sliced_wasserstein_distance, {"order": 2.0}),
    (d.sliced, {"order": 2.0}),
    (d.tilted, {"scale": 1.0}),
    (d.wasserstein_gp, {"weight": 10.0}),
    (d.wasserstein_lp, {"weight": 10.0}),
    (d.wasserstein_clip, {"bound": 0.01}),
    (
        dual,
        {
            **NOISE,
            "prior": ("Normal", 1.0),
            "critic_steps": 1,
            "critic_optimizer": adam(2e-4, 0.5),
            "generator_optimizer": adam(2e-4, 0.5),
        },
    ),
    (primal, {**CODES, "optimizer": adam(1e-3), "apart": False, "pretrain": 0, "critic_steps": 1}),
    (hybrid, {**CODES, "game_weight": 1.0, "fakes": "samples", "through_encoder": False}),
    (LearnedCost, {"size": 64, "scale": 1.0, "name": "learned cost"}),
    (aggregate, {"smoothing": 0.0}),
    (adversarial_kl, {"bound": "gan", "adaptive_contrast": False}),
    (encoders.implicit, {"noise": 16}),
    (encoders.separable, {"bases": 8, "noise": 16}),
    (Steps, {"usual": 1, "early": 1, "until": 0, "every": 0}),
    (Draw, {"one_per_sample": False, "copies": None}),
    (Normal, {"scale": 1.0}),
    (Momentum, {"momentum": 0.9}),
    (RMSprop, {"decay": 0.99, "epsilon": 1e-8}),
    (Adam, {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    (AdamW, {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01}),
)


SET = AdamW(0.5, clip_norm=2.0, ema=0.75)


def _record(constructor: str, **arguments: Any) -> dict[str, Any]:
    return {"constructor": constructor, "arguments": arguments}


GAN = d.non_saturating_gan()
THREE = (("critic",),) * 3
FACTS: dict[str, tuple[Callable[[], Any], Any]] = {
    "domain of likelihoods": (
        lambda: [
            made.domain for made in (costs.bernoulli_nll(), costs.cross_entropy(), primal(costs.bernoulli_nll()))
        ],
        [(0, 1)] * 3,
    ),
    "domain of other costs": (lambda: costs.squared_l2().domain, (-inf, inf)),
    "alpha_divergence at its ends": (lambda: (d.alpha_divergence(1), d.alpha_divergence(0)), (d.KL, d.REVERSE_KL)),
    "rules as text": (
        lambda: [repr(rule) for rule in (SGD(0.5), Momentum(0.5, ema=0.75), RMSprop(0.5, clip_norm=2.0, ema=0.75))],
        [
            "SGD(learning_rate=0.5)",
            "Momentum(learning_rate=0.5, momentum=0.9, ema=0.75)",
            "RMSprop(learning_rate=0.5, decay=0.99, epsilon=1e-08, clip_norm=2.0, ema=0.75)",
        ],
    ),
    "settings of a rule in a record": (
        lambda: from_record(to_record(dual(GAN, critic_optimizer=SET))).player("critic").optimizer,
        SET,
    ),
    "a record by paths": (
        lambda: [*entries(_record("a", x=1, y=_record("b", z=2, w=_record("c"))))],
        [("constructor", "a"), ("x", 1), ("y", "b"), ("y.z", 2), ("y.w", "c")],
    ),
    "critic_steps of dual": (lambda: dual(GAN, critic_steps=3).round(0), (*THREE, ("generator",))),
    "critic_steps of primal": (
        lambda: primal(costs.squared_l2(), latent=aggregate(GAN), critic_steps=3).round(0),
        (("autoencoder",), *THREE),
    ),
}


def cases(seed: int) -> Iterator[Case]:
    """The defaults of the parts of methods, and the limits of every f-divergence."""
    for name, (get, fact) in FACTS.items():
        run = partial(_fact, get, fact)
        yield Case("terms", name, "value", run, check="defaults", of_spec=True)
    for part, stated in PARTS:
        run = partial(_defaults, part, stated)
        yield Case("terms", part.__name__, "value", run, check="defaults", of_spec=True)
    for name, row in ROWS.items():
        run = partial(_limits, row, LIMITS[name])
        yield Case("terms", row.name, "value", run, check="limits", of_spec=True)


def _defaults(f: Callable[..., Any], stated: dict[str, Any], session: Session) -> Finding:
    got = given(f)
    others = {name: got[name] for name in got.keys() - stated.keys() if got[name] is not None}
    wrong = {name: got.get(name) for name, value in stated.items() if got.get(name) != value}
    return only_if(not wrong and not others, f"{wrong | others}, not {stated}")


def _fact(get: Callable[[], Any], fact: Any, session: Session) -> Finding:
    got = get()
    return only_if(got == fact, f"{got}, not {fact}")


def _limits(row: d.FDivergence, stated: tuple[float, ...], session: Session) -> Finding:
    got = row.t_max, row.threshold, row.minimum, row.maximum, row.reach
    return Finding(value_error(got, stated, "float64"), allowed())
