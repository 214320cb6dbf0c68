"""Records refuse what they cannot mean, by name and with the range; what is just allowed is allowed."""

from typing import Any

import numpy as np
import pytest

from diptych import hybrid, make, primal
from diptych.algebra import LearnedCost, adversarial_kl, aggregate, conditional_kl, encoders
from diptych.costs import cross_entropy, gaussian_nll, l1_distance, l2_distance, squared_l2
from diptych.divergences import (
    KL,
    entropic_wasserstein,
    f_gan,
    maximum_mean_discrepancy,
    non_saturating_gan,
    sliced,
    through_features,
    tilted,
    wasserstein_clip,
    wasserstein_gp,
    wasserstein_lp,
    with_r1,
    with_r2,
    with_roth,
)
from diptych.kernels import laplacian, polynomial, rational_quadratic, rbf
from diptych.method import Clip, Steps
from diptych.noise import Constant, Draw, Normal, Uniform
from diptych.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Momentum, RMSprop
from diptych.schedules import Cosine, Geometric, Lazy, Linear, Staircase, WarmUp, at

rbf_mmd = maximum_mean_discrepancy(rbf([1.0]))
RANGES: list[tuple[Any, dict[str, Any], str]] = [
    (Normal, {"scale": 0.0}, r"scale of Normal must be positive and finite, got 0\.0"),
    (Normal, {"scale": float("nan")}, r"scale of Normal"),
    (Normal, {"scale": float("inf")}, r"scale of Normal"),
    (Normal, {"scale": "a"}, r"scale of Normal must be positive and finite, got 'a'"),
    (Normal, {"scale": True}, r"scale of Normal must be positive and finite, got True"),
    (Normal, {"scale": np.float32(-1)}, r"scale of Normal must be positive and finite, got -1\.0"),
    (Constant, {"value": "a"}, r"value of Constant must be finite, got 'a'"),
    (Constant, {"value": float("nan")}, r"value of Constant must be finite, got nan"),
    (Uniform, {"low": 1.0, "high": 1.0}, r"low of Uniform must be below high, got 1\.0 and 1\.0"),
    (Uniform, {"low": 0.0, "high": float("inf")}, r"high of Uniform must be finite, got inf"),
    (Clip, {"bound": 0.0}, r"bound of Clip must be positive and finite, got 0\.0"),
    (Clip, {"bound": float("inf")}, r"bound of Clip must be positive and finite, got inf"),
    (Steps, {"usual": -1}, r"usual of Steps must be a whole number of at least 0, got -1"),
    (Steps, {"early": -1}, r"early of Steps must be a whole number of at least 0, got -1"),
    (Steps, {"usual": 2.5}, r"usual of Steps must be a whole number of at least 0, got 2\.5"),
    (Steps, {"until": -1}, r"until of Steps must be a whole number of at least 0, got -1"),
    (Steps, {"every": -1}, r"every of Steps must be a whole number of at least 0, got -1"),
    (Steps, {"usual": 0, "early": 0, "until": 5}, r"usual or early of Steps must give some round a step"),
    (Steps, {"usual": 0, "early": 1}, r"usual or early .*, got Steps\(usual=0, early=1, until=0, every=0\)"),
    (Steps, {"usual": 1, "early": 0, "every": 1}, r"usual or early of Steps must give some round a step"),
    (
        Linear,
        {"start": 1.0, "end": 0.0, "rounds": 0},
        r"rounds of Linear must be a whole number of at least 1, got 0",
    ),
    (Linear, {"start": -1.0, "end": 0.0, "rounds": 9}, r"start of Linear must be finite and at least 0, got -1\.0"),
    (
        Linear,
        {"start": 1.0, "end": 0.0, "rounds": float("nan")},
        r"rounds of Linear must be a whole number .* got nan",
    ),
    (
        Linear,
        {"start": 1.0, "end": float("inf"), "rounds": 9},
        r"end of Linear must be finite and at least 0, got inf",
    ),
    (Geometric, {"start": 1.0, "end": 0.0, "rounds": 9}, r"end of Geometric must be positive and finite, got 0\.0"),
    (
        Geometric,
        {"start": -1.0, "end": 1.0, "rounds": 9},
        r"start of Geometric must be positive and finite, got -1\.0",
    ),
    (
        Geometric,
        {"start": 1.0, "end": 1.0, "rounds": 0},
        r"rounds of Geometric must be a whole number of at least 1",
    ),
    (Cosine, {"start": -1.0, "end": 1.0, "rounds": 9}, r"start of Cosine must be finite and at least 0, got -1\.0"),
    (
        Cosine,
        {"start": 1.0, "end": float("nan"), "rounds": 9},
        r"end of Cosine must be finite and at least 0, got nan",
    ),
    (
        Cosine,
        {"start": 1.0, "end": 0.0, "rounds": 0},
        r"rounds of Cosine must be a whole number of at least 1, got 0",
    ),
    (Lazy, {"value": -1.0, "every": 2}, r"value of Lazy must be finite and at least 0, got -1\.0"),
    (Lazy, {"value": Linear, "every": 2}, r"value of Lazy must be finite and at least 0, got "),
    (Lazy, {"value": 1.0, "every": 0}, r"every of Lazy must be a whole number of at least 1, got 0"),
    (Lazy, {"value": 1.0, "every": 2.0}, r"every of Lazy must be a whole number of at least 1, got 2\.0"),
    (
        Draw,
        {"law": Normal(), "like": "latent", "copies": 0},
        r"copies of Draw must be a whole number of at least 1, got 0",
    ),
    (Draw, {"law": Normal(), "like": "latent", "copies": float("nan")}, r"copies of Draw must be a whole number"),
    (
        Draw,
        {"law": Normal(), "like": "latent", "one_per_sample": 1},
        r"one_per_sample of Draw must be True or False",
    ),
    (
        tilted,
        {"divergence": non_saturating_gan(), "scale": 0.0},
        r"scale of the prior must be positive .*, got 0\.0",
    ),
    (tilted, {"divergence": maximum_mean_discrepancy(rbf([1.0]))}, r"MMD has no single critic to tilt"),
    (encoders.implicit, {"noise": 0}, r"noise of an implicit encoder must be a whole number .* 1, got 0"),
    (encoders.separable, {"bases": 0}, r"bases of a separable encoder must be a whole number .* 1, got 0"),
    (adversarial_kl, {"bound": "js"}, r"bound must be one of 'gan', 'f-gan', got 'js'"),
    (primal, {"cost": squared_l2(), "apart": True}, r"apart=True needs a latent penalty"),
    (primal, {"cost": squared_l2(), "pretrain": -1}, r"^pretrain must be a whole number of at least 0, got -1"),
    (make, {"name": "vae", "warm_up": -1}, r"^warm_up must be a whole number of at least 0, got -1"),
    (make, {"name": "vae-gan", "gamma": -1.0}, r"^gamma must be finite and at least 0, got -1\.0"),
    (make, {"name": "vae-gan", "margin": -1.0}, r"^margin, if not None, must be finite .*, got -1\.0"),
    (make, {"name": "vae-gan", "features": 0}, r"^features must be a whole number of at least 1, got 0"),
    (make, {"name": "ae-gan", "weight": -1.0}, r"^weight must be finite and at least 0, got -1\.0"),
    (
        hybrid,
        {"cost": gaussian_nll("learned"), "game": non_saturating_gan()},
        r"cost 'gaussian, learned scale' makes the decoder's output a distribution",
    ),
    (
        make,
        {"name": "ae-gan", "fakes": "codes"},
        r"^fakes must be one of 'samples', 'reconstructions', got 'codes'",
    ),
    (make, {"name": "ae-gan", "through_encoder": True}, r"needs fakes='reconstructions'"),
    (
        through_features,
        {"divergence": non_saturating_gan(), "size": 0},
        r"size of the features must be a whole number of at least 1, got 0",
    ),
    (
        through_features,
        {"divergence": maximum_mean_discrepancy(rbf([1.0])), "size": 2},
        r"MMD has no single critic",
    ),
    (LearnedCost, {"scale": 0.0}, r"scale of LearnedCost must be positive and finite, got 0\.0"),
    (make, {"name": "iwae", "draws": 0}, r"^draws must be a whole number of at least 1, got 0"),
    (
        make,
        {"name": "iwae", "decoder": "poisson"},
        r"decoder must be one of 'gaussian', 'bernoulli', got 'poisson'",
    ),
    (make, {"name": "avb", "decoder": "poisson"}, r"decoder must be one of 'gaussian', 'bernoulli', got 'poisson'"),
    (make, {"name": "aae", "encoder": "convex"}, r"encoder must be one of 'deterministic', .*, got 'convex'"),
    (SGD, {"learning_rate": 0.0}, r"learning_rate of SGD must be positive and finite, got 0\.0"),
    (SGD, {"learning_rate": float("inf")}, r"learning_rate of SGD must be positive and finite, got inf"),
    (Momentum, {"learning_rate": -1.0}, r"learning_rate of Momentum"),
    (Momentum, {"learning_rate": 1.0, "momentum": 1.0}, r"momentum of Momentum must be in \[0, 1\), got 1\.0"),
    (RMSprop, {"learning_rate": float("nan")}, r"learning_rate of RMSprop"),
    (RMSprop, {"learning_rate": 1.0, "decay": -0.1}, r"decay of RMSprop"),
    (RMSprop, {"learning_rate": 1.0, "epsilon": 0.0}, r"epsilon of RMSprop"),
    (Adam, {"learning_rate": 0.0}, r"learning_rate of Adam"),
    (Adam, {"learning_rate": "a"}, r"learning_rate of Adam must be positive and finite, got 'a'"),
    (Adam, {"learning_rate": True}, r"learning_rate of Adam must be positive and finite, got True"),
    (Adam, {"beta1": 1.0}, r"beta1 of Adam"),
    (Adam, {"beta2": 1.0}, r"beta2 of Adam"),
    (Adam, {"epsilon": -1e-8}, r"epsilon of Adam"),
    (AdamW, {"weight_decay": -0.1}, r"weight_decay of AdamW must be finite and at least 0, got -0\.1"),
    (AdamW, {"beta1": 1.0}, r"beta1 of AdamW"),
    (SGD, {"learning_rate": 0.1, "clip_norm": 0.0}, r"clip_norm of SGD must be positive and finite, got 0\.0"),
    (SGD, {"learning_rate": 0.1, "ema": 1.0}, r"ema of SGD must be in \[0, 1\), got 1\.0"),
    (Staircase, {"start": 1.0, "factor": 1.0, "every": 2}, r"factor of Staircase must be in \(0, 1\), got 1\.0"),
    (Staircase, {"start": 0.0, "factor": 0.5, "every": 2}, r"start of Staircase must be positive and finite"),
    (Staircase, {"start": 1.0, "factor": 0.5, "every": 0}, r"every of Staircase must be a whole number"),
    (WarmUp, {"rounds": 0, "then": 1.0}, r"rounds of WarmUp must be a whole number of at least 1, got 0"),
    (WarmUp, {"rounds": 1, "then": -1.0}, r"then of WarmUp must be finite and at least 0, got -1\.0"),
    (squared_l2, {"scale": 0.0}, r"scale of a cost must be positive and finite, got 0\.0"),
    (
        gaussian_nll,
        {"scale": float("inf")},
        r"decoder, if not 'learned', must be positive and finite, got inf",
    ),
    (gaussian_nll, {"scale": "free"}, r"scale of a Gaussian decoder, if not 'learned', must be .*, got 'free'"),
    (make, {"name": "roth-gan", "anneal": -1}, r"^anneal must be a whole number of at least 0, got -1"),
    (wasserstein_gp, {"weight": -1.0}, r"weight of the gradient penalty must be finite and at least 0, got -1\.0"),
    (wasserstein_gp, {"weight": float("inf")}, r"weight of the gradient penalty"),
    (primal, {"cost": squared_l2(), "weight": float("nan")}, r"^weight must be finite and at least 0, got nan"),
    (make, {"name": "vae", "beta": -1.0}, r"^beta must be finite and at least 0, got -1\.0"),
    (make, {"name": "ns-gan", "critic_steps": 0}, r"^critic_steps must be a whole number of at least 1, got 0"),
    (make, {"name": "fgan-js-weighted", "pi": 0.0}, r"^pi must be in \(0, 1\), got 0\.0"),
    (make, {"name": "fgan-js-weighted", "pi": 1.0}, r"^pi must be in \(0, 1\), got 1\.0"),
    (
        make,
        {"name": "fgan-alpha", "alpha": float("inf")},
        r"^alpha must be finite, got inf",
    ),
    (make, {"name": "fgan-alpha", "alpha": float("nan")}, r"^alpha must be finite, got nan"),
    (
        make,
        {"name": "fgan-kl", "order": "together"},
        r"^order .*must be one of 'alternating', 'simultaneous', got 'to",
    ),
    (f_gan, {"row": KL, "non_saturating": "yes"}, r"non_saturating must be True or False, got 'yes'"),
    (make, {"name": "lsgan", "c": float("inf")}, r"^c must be finite, got inf"),
    (make, {"name": "lsgan", "a": 1.0}, r"^labels a and b of the least-squares GAN must differ, got 1\.0 for both"),
    (
        maximum_mean_discrepancy,
        {"kernel": rbf([1.0]), "estimator": "exact"},
        r"estimator must be one of 'biased', 'unbiased', 'h-form', 'linear', 'block', got 'exact'",
    ),
    (maximum_mean_discrepancy, {"kernel": rbf([1.0]), "root": True}, r"root=True needs estimator='biased'"),
    (maximum_mean_discrepancy, {"kernel": rbf([1.0]), "block_size": 1}, r"block_size must be .* at least 2, got 1"),
    (
        maximum_mean_discrepancy,
        {"kernel": rbf([1.0]), "bandwidth": "mean"},
        r"bandwidth must be one of 'fixed', 'median', 'cross-median', got 'mean'",
    ),
    (laplacian, {"length": 0.0}, r"length of a Laplacian kernel must be positive and finite, got 0\.0"),
    (polynomial, {"degree": 0}, r"degree of a polynomial kernel must be a whole number of at least 1, got 0"),
    (polynomial, {"degree": 1.5}, r"degree of a polynomial kernel must be a whole number"),
    (polynomial, {"constant": -1.0}, r"constant of a polynomial kernel must be finite and at least 0, got -1\.0"),
    (rational_quadratic, {"alphas": [-1.0]}, r"alphas must be one or more positive finite numbers"),
    (l1_distance, {"scale": -1.0}, r"scale of a cost must be positive and finite, got -1\.0"),
    (l2_distance, {"scale": float("nan")}, r"scale of a cost must be positive and finite, got nan"),
    (cross_entropy, {"scale": 0.0}, r"scale of a cost must be positive and finite, got 0\.0"),
    (wasserstein_clip, {"bound": 0.0}, r"bound of Clip must be positive and finite, got 0\.0"),
    (wasserstein_lp, {"weight": -1.0}, r"weight of the gradient penalty must be finite and at least 0, got -1\.0"),
    (with_r1, {"divergence": non_saturating_gan(), "gamma": -1.0}, r"gamma of R1 must be finite and at least 0"),
    (with_r2, {"divergence": rbf_mmd, "gamma": 1.0}, r"MMD has no single critic to charge by R2"),
    (with_roth, {"divergence": rbf_mmd, "gamma": 1.0}, r"MMD has no single critic to charge by Roth"),
    (sliced, {"order": 0.5}, r"order of a Wasserstein distance must be finite and at least 1, got 0\.5"),
    (
        entropic_wasserstein,
        {"epsilon": 0.0},
        r"epsilon of entropic transport must be positive and finite, got 0\.0",
    ),
    (entropic_wasserstein, {"iterations": 0}, r"iterations must be a whole number of at least 1, got 0"),
]


@pytest.mark.parametrize(("record", "fields", "message"), RANGES)
def test_range(record: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(**fields)


def test_closed_form_kl_needs_its_gaussians() -> None:
    primal(squared_l2(), latent=conditional_kl(), encoder=encoders.gaussian())
    with pytest.raises(ValueError, match=r"KL\(Q\(z\|x\), prior\) needs an encoder with gaussian moments"):
        primal(squared_l2(), latent=conditional_kl())
    with pytest.raises(ValueError, match=r"KL\(Q\(z\|x\), prior\) needs the prior N\(0, I\)"):
        primal(squared_l2(), latent=conditional_kl(), encoder=encoders.gaussian(), prior=Normal(2.0))
    with pytest.raises(ValueError, match=r"adaptive contrast needs an encoder with estimated moments"):
        primal(squared_l2(), latent=adversarial_kl(adaptive_contrast=True), encoder=encoders.implicit())
    primal(squared_l2(), latent=aggregate(non_saturating_gan()), prior=Normal(2.0))


def test_optimizer_slots() -> None:
    moments = {
        "sgd": (),
        "momentum": ("velocity",),
        "rmsprop": ("square",),
        "adam": ("mean", "square"),
        "adamw": ("mean", "square"),
    }
    assert {name: rule(0.1).slots for name, rule in OPTIMIZERS.items()} == moments
    averaged = {name: rule(0.1, ema=0.0).slots for name, rule in OPTIMIZERS.items()}
    assert averaged == {name: (*slots, "ema") for name, slots in moments.items()}


def test_the_smallest_steps_are_allowed() -> None:
    assert SGD(1e-12).learning_rate == 1e-12
    assert Adam(1e-12, 0.0, 0.0, 1e-30) == Adam(learning_rate=1e-12, beta1=0.0, beta2=0.0, epsilon=1e-30)
    assert RMSprop(1e-12, 0.0, 1e-30) == RMSprop(learning_rate=1e-12, decay=0.0, epsilon=1e-30)
    assert Momentum(1e-12, 0.0) == Momentum(learning_rate=1e-12, momentum=0.0)


NUMBERS: list[tuple[Any, dict[str, Any]]] = [
    (Normal, {"scale": 0.5}),
    (Constant, {"value": -0.5}),
    (Uniform, {"low": -0.5, "high": 2}),
    (Draw, {"law": Normal(), "like": "latent", "copies": 5}),
    (Linear, {"start": 0.5, "end": 0, "rounds": 5}),
    (Geometric, {"start": 0.5, "end": 2, "rounds": 5}),
    (Cosine, {"start": 0.5, "end": 0, "rounds": 5}),
    (Lazy, {"value": 0.5, "every": 5}),
    (Staircase, {"start": 0.5, "factor": 0.25, "every": 5}),
    (WarmUp, {"rounds": 5, "then": 0.5}),
    (Clip, {"bound": 0.5}),
    (Steps, {"usual": 5, "early": 7, "until": 2, "every": 3}),
    (Adam, {"learning_rate": 0.5, "beta1": 0.25, "beta2": 0, "epsilon": 0.5}),
    (AdamW, {"learning_rate": 0.5, "weight_decay": 2, "clip_norm": 1, "ema": 0.5}),
    (RMSprop, {"learning_rate": 2, "decay": 0.25, "epsilon": 1}),
    (Momentum, {"learning_rate": 2, "momentum": 0}),
    (SGD, {"learning_rate": 2}),
]


@pytest.mark.parametrize(("record", "fields"), NUMBERS)
def test_numbers_of_numpy_become_numbers_of_python(record: Any, fields: dict[str, Any]) -> None:
    """They are numbers, no schedules, and a float32 or int64 goes no further than the record."""
    kinds = {float: np.float32, int: np.int64}
    given = {name: kinds.get(type(value), lambda v: v)(value) for name, value in fields.items()}
    made = record(**given)
    assert made == record(**fields)
    assert all(type(getattr(made, name)) in kinds for name in given if isinstance(given[name], np.generic))


def test_what_has_a_number_for_every_round_is_a_schedule() -> None:
    falling, generator = Linear(2.0, 0.0, 4), np.random.default_rng(0)
    assert [Constant(falling).sample(generator, (), t).item() for t in (0, 1, 4, 9)] == [2, 1.5, 0, 0]
    assert at(falling, 2) == 1.0
    assert at(np.float32(0.5), 2) == at(0.5, 9) == 0.5
    assert at(Geometric(4.0, 1.0, 2), 1) == 2.0
    assert [at(Cosine(3.0, 1.0, 6), t) for t in (0, 2, 3, 4, 6, 9)] == pytest.approx(
        [3, 2.5, 2, 1.5, 1, 1], rel=1e-15
    )
