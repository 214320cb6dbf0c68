"""Records refuse what they cannot mean, by name and with the range; what is just allowed is allowed."""

from typing import Any

import pytest

from diptych import make, primal
from diptych.costs import gaussian, squared_l2
from diptych.divergences import maximum_mean_discrepancy, non_saturating_gan, rbf, wasserstein_gp
from diptych.method import Clip, Steps
from diptych.methods import aggregate, conditional_kl, encoders
from diptych.noise import Normal, Uniform
from diptych.optimizers import OPTIMIZERS, SGD, Adam, Momentum, RMSprop

RANGES: list[tuple[Any, dict[str, Any], str]] = [
    (Normal, {"scale": 0.0}, r"Normal\(scale\): scale must be positive and finite, got 0\.0"),
    (Normal, {"scale": float("nan")}, r"Normal\(scale\)"),
    (Normal, {"scale": float("inf")}, r"Normal\(scale\)"),
    (Uniform, {"low": 1.0, "high": 1.0}, r"Uniform\(low, high\): needs finite low < high, got 1\.0 and 1\.0"),
    (Uniform, {"low": 0.0, "high": float("inf")}, r"Uniform\(low, high\)"),
    (Clip, {"bound": 0.0}, r"Clip\.bound must be positive, got 0\.0"),
    (Steps, {"usual": 0}, r"Steps\.usual must be at least 1, got 0"),
    (Steps, {"early": 0}, r"Steps\.early must be at least 1, got 0"),
    (SGD, {"learning_rate": 0.0}, r"SGD\.learning_rate must be in .*, got 0\.0"),
    (SGD, {"learning_rate": float("inf")}, r"SGD\.learning_rate"),
    (Momentum, {"learning_rate": -1.0}, r"Momentum\.learning_rate"),
    (Momentum, {"learning_rate": 1.0, "momentum": 1.0}, r"Momentum\.momentum must be in \[0\.0, 1\.0\), got 1\.0"),
    (RMSprop, {"learning_rate": float("nan")}, r"RMSprop\.learning_rate"),
    (RMSprop, {"learning_rate": 1.0, "decay": -0.1}, r"RMSprop\.decay"),
    (RMSprop, {"learning_rate": 1.0, "epsilon": 0.0}, r"RMSprop\.epsilon"),
    (Adam, {"learning_rate": 0.0}, r"Adam\.learning_rate"),
    (Adam, {"beta1": 1.0}, r"Adam\.beta1"),
    (Adam, {"beta2": 1.0}, r"Adam\.beta2"),
    (Adam, {"epsilon": -1e-8}, r"Adam\.epsilon"),
    (squared_l2, {"scale": 0.0}, r"scale of a cost must be positive and finite, got 0\.0"),
    (gaussian, {"scale": float("inf")}, r"scale of a Gaussian decoder must be positive and finite, got inf"),
    (wasserstein_gp, {"weight": -1.0}, r"weight of the gradient penalty must be finite and at least 0, got -1\.0"),
    (wasserstein_gp, {"weight": float("inf")}, r"weight of the gradient penalty"),
    (primal, {"cost": squared_l2(), "weight": float("nan")}, r"weight of the latent penalty must be finite"),
    (make, {"name": "vae", "beta": -1.0}, r"^beta must be finite and at least 0, got -1\.0"),
    (make, {"name": "ns-gan", "critic_steps": 0}, r"^critic_steps must be at least 1, got 0"),
    (
        maximum_mean_discrepancy,
        {"kernel": rbf([1.0]), "estimator": "linear"},
        r"estimator must be one of \['biased', 'unbiased'\], got 'linear'",
    ),
    (maximum_mean_discrepancy, {"kernel": rbf([1.0]), "root": True}, r"root=True needs estimator='biased'"),
]


@pytest.mark.parametrize(("record", "fields", "message"), RANGES)
def test_range(record: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(**fields)


def test_closed_form_kl_needs_its_gaussians() -> None:
    primal(squared_l2(), latent=conditional_kl(), encoder=encoders.gaussian())
    for settings in ({}, {"encoder": encoders.gaussian(), "prior": Normal(2.0)}):
        with pytest.raises(
            ValueError, match=r"KL\(Q\(z\|x\), prior\) needs a Gaussian encoder and the prior N\(0, I\)"
        ):
            primal(squared_l2(), latent=conditional_kl(), **settings)  # type: ignore[arg-type]
    primal(squared_l2(), latent=aggregate(non_saturating_gan()), prior=Normal(2.0))


def test_optimizer_slots() -> None:
    assert {name: rule.slots for name, rule in OPTIMIZERS.items()} == {
        "sgd": (),
        "momentum": ("velocity",),
        "rmsprop": ("square",),
        "adam": ("mean", "square"),
    }


def test_the_smallest_steps_are_allowed() -> None:
    assert SGD(1e-12).learning_rate == 1e-12
    assert Adam(1e-12, 0.0, 0.0, 1e-30) == Adam(learning_rate=1e-12, beta1=0.0, beta2=0.0, epsilon=1e-30)
    assert RMSprop(1e-12, 0.0, 1e-30) == RMSprop(learning_rate=1e-12, decay=0.0, epsilon=1e-30)
    assert Momentum(1e-12, 0.0) == Momentum(learning_rate=1e-12, momentum=0.0)
