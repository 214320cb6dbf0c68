"""Generative moment matching network.  Li, Swersky & Zemel 2015, eq. 5; Dziugaite, Roy & Ghahramani 2015."""

from collections.abc import Sequence
from math import sqrt
from typing import Literal

from diptych import checks
from diptych.algebra.dual import dual
from diptych.algebra.instance_noise import CONVENTION, noise_settings
from diptych.construction import constructor
from diptych.divergences.mmd import maximum_mean_discrepancy
from diptych.kernels import rbf
from diptych.method import Card, Method
from diptych.noise import Uniform
from diptych.optimizers import Adam


def _card(estimator: str) -> Card:
    distance = {"biased": r"\sqrt{\mathrm{MMD}_b^2(x, G(z))}", "unbiased": r"\mathrm{MMD}_u^2(x, G(z))"}[estimator]
    return Card(
        title="Generative moment matching network",
        paper="Li, Swersky & Zemel, Generative Moment Matching Networks, ICML 2015",
        equation={
            "biased": "eq. 5, with the square root of section 3.2",
            "unbiased": "eq. 5 without its diagonals, as in Dziugaite, Roy & Ghahramani, UAI 2015",
        }[estimator],
        formula={
            "generator": distance + r",\quad k(x, y) = \sum_v \exp\left(-\lVert x - y\rVert^2 / (2 v)\right)",
        },
        conventions=(
            "No critic. Biased estimator, so that the root is real; the root of 0 is 0 with derivative 0. The "
            "kernel is a sum over v, which plays σ². z is uniform on [-1, 1]. estimator = unbiased minimises "
            "MMD_u² itself, as Dziugaite, Roy & Ghahramani (UAI 2015) do; it may be negative. "
            + CONVENTION
            + " The v are those of the authors' MNIST run, rule and batch are ours (the paper: momentum SGD and "
            "1000). Defaults: v in {2, 5, 10, 20, 40, 80}, Adam 1e-3, batch 256."
        ),
    )


@constructor
def gmmn(
    *,
    variances: Sequence[float] = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0),
    estimator: Literal["biased", "unbiased"] = "biased",
    smoothing: float = 0.0,
    anneal: int = 0,
) -> Method:
    """min_G MMD(P_X, P_G), or MMD_u², under a sum of Gaussian kernels.

    Args:
        variances: variances σ² of the Gaussian kernels, which are summed, in squared units of the data; one or more
            positive finite numbers
        estimator: what is minimised, 'biased' the root of MMD_b² (section 3.2), 'unbiased' MMD_u² itself, which may
            be negative (Dziugaite et al. 2015)
        smoothing: standard deviation of the instance noise, which is added to data and samples, in units of the
            data, 0 for none (Sønderby et al. 2017); finite and at least 0
        anneal: rounds over which the instance noise falls linearly to 0, 0 to keep it; a whole number of at least 0
    """
    variances = checks.each_positive("variances", variances)
    checks.choice("estimator", estimator, ("biased", "unbiased"))
    noise = noise_settings(smoothing, anneal)
    kernel = rbf([sqrt(v) for v in variances])
    method = dual(
        maximum_mean_discrepancy(kernel, estimator=estimator, root=estimator == "biased"),
        **noise,
        prior=Uniform(-1.0, 1.0),
        generator_optimizer=Adam(1e-3),
        batch=256,
    )
    hyper = {"variances": variances, "estimator": estimator, **noise}
    return method.named("gmmn", card=_card(estimator), hyper=hyper)


PRESETS = {"gmmn": gmmn}
RANK = 50
