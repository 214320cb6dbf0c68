"""Estimates with kernels: MMD, its root, its witness, its variance, the median bandwidth."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import divergences as d
from diptych import functional as F
from diptych import kernels
from diptych.named import Noise
from diptych_conformance.cases.terms.kernels import IMQ, KERNELS, NOUGHTS, ONES, RBF, Normal, Sample, samples
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.references.formulas import basics, distances

NO_NOISE = Noise({})  # an MMD draws nothing


def functions(seed: int) -> tuple[Function, ...]:
    normal, sample, equal, far_points = samples(seed)
    rbf, imq = KERNELS["rbf"][1], KERNELS["inverse_multiquadratic"][1]
    root_mmd = d.maximum_mean_discrepancy(RBF, estimator="biased", root=True)
    at_median = d.maximum_mean_discrepancy(RBF, bandwidth="median")
    at_cross_median = d.maximum_mean_discrepancy(RBF, bandwidth="cross-median")

    def estimated(how: str, formula: Callable[..., float], **settings: Any) -> Function:
        """The divergence of samples alike in size, by another estimator than its usual one."""
        made = d.maximum_mean_discrepancy(RBF, **settings)
        return Function(
            f"maximum_mean_discrepancy {how}",
            lambda ops, p, q: made.model_loss(None, p, q, NO_NOISE, ops),
            lambda p, q: np.asarray(formula(p, q, rbf)),
            equal,
            compiled=False,
        )

    sigma = distances.median_bandwidth(**sample)  # which the divergence holds constant
    cross_sigma = distances.cross_median_bandwidth(**equal)
    return (
        Function(
            "mmd2_biased",
            lambda ops, p, q: F.mmd2_biased(p, q, RBF, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, rbf, biased=True)),
            sample,
            far=far_points,
            compiled=False,
        ),
        Function(
            "mmd2_unbiased",
            lambda ops, p, q: F.mmd2_unbiased(p, q, IMQ, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, imq, biased=False)),
            sample,
            far=far_points,
            compiled=False,
        ),
        Function(
            "mmd2_unbiased of a sample and itself",  # negative, whatever the sample
            lambda ops, p: F.mmd2_unbiased(p, p, IMQ, xp=ops.xp),
            lambda p: np.asarray(basics.mmd2(p, p, imq, biased=False)),
            {"p": sample["p"]},
            compiled=False,
        ),
        Function(
            "mmd2_h_form",
            lambda ops, p, q: F.mmd2_h_form(p, q, RBF, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_h_form(p, q, rbf)),
            equal,
        ),
        Function(
            "mmd2_linear",
            lambda ops, p, q: F.mmd2_linear(p, q, IMQ, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_linear(p, q, imq)),
            equal,
        ),
        Function(
            "mmd2_linear of any callable",
            lambda ops, p, q: F.mmd2_linear(p, q, lambda x, y=None, *, xp: IMQ(x, y, xp=xp), xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_linear(p, q, imq)),
            equal,
            compiled=False,
        ),
        Function(
            "mmd2_block",
            lambda ops, p, q: F.mmd2_block(p, q, RBF, block_size=2, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_block(p, q, rbf, 2)),
            equal,
            compiled=False,
        ),
        Function(
            "mmd2_block of whole blocks",
            lambda ops, p, q: F.mmd2_block(p, q, RBF, block_size=2, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_block(p, q, rbf, 2)),
            {name: a[: len(a) // 2 * 2] for name, a in equal.items()},
            compiled=False,
        ),
        estimated("by blocks", lambda p, q, k: distances.mmd2_block(p, q, k, 3), estimator="block", block_size=3),
        estimated("by h-form", distances.mmd2_h_form, estimator="h-form"),
        estimated("in linear time", distances.mmd2_linear, estimator="linear"),
        Function(
            "mmd2_streamed",
            lambda ops, p, q: F.mmd2_streamed(p, q, RBF, block_size=2, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, rbf, biased=False)),
            sample,
            compiled=False,
        ),
        Function(
            "mmd2_streamed, biased",
            lambda ops, p, q: F.mmd2_streamed(p, q, RBF, block_size=2, estimator="biased", xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, rbf, biased=True)),
            sample,
            compiled=False,
        ),
        Function(
            "mmd",
            lambda ops, p, q: root_mmd.model_loss(None, p, q, NO_NOISE, ops),
            lambda p, q: np.sqrt(basics.mmd2(p, q, rbf, biased=True)),
            sample,
        ),
        Function(
            "mmd at the median bandwidth",
            lambda ops, p, q: at_median.model_loss(None, p, q, NO_NOISE, ops),
            lambda p, q: np.asarray(basics.mmd2(p / sigma, q / sigma, rbf, biased=False)),
            sample,
            bare=False,
        ),
        Function(
            "median_bandwidth",
            lambda ops, p, q: kernels.median_bandwidth(p, q, xp=ops.xp),
            lambda p, q: np.asarray(distances.median_bandwidth(p, q)),
            sample,
            compiled=False,
        ),
        Function(
            "mmd at the cross-median bandwidth",
            lambda ops, p, q: at_cross_median.model_loss(None, p, q, NO_NOISE, ops),
            lambda p, q: np.asarray(basics.mmd2(p / cross_sigma, q / cross_sigma, rbf, biased=False)),
            equal,
            bare=False,
            compiled=False,
        ),
        Function(
            "cross_median_bandwidth",
            lambda ops, p, q: kernels.cross_median_bandwidth(p, q, xp=ops.xp),
            lambda p, q: np.asarray(distances.cross_median_bandwidth(p, q)),
            equal,
            compiled=False,
        ),
        Function(
            "mmd_witness",
            lambda ops, t, p, q: F.mmd_witness(t, p, q, RBF, xp=ops.xp),
            lambda t, p, q: np.array([distances.witness(row, p, q, rbf) for row in t]),
            {"t": normal((3, 3, 2)), **sample},
        ),
        Function(
            "feasible_set",
            lambda ops, h_p, h_q: F.feasible_set(h_p, h_q, xp=ops.xp),
            lambda h_p, h_q: np.mean(np.minimum(0.0, np.mean(h_p, axis=0) - np.mean(h_q, axis=0))),
            {"h_p": normal((5, 4)), "h_q": normal((3, 4))},
            compiled=False,
        ),
        Function(
            "mmd2_variance",
            lambda ops, p, q: F.mmd2_variance(p, q, RBF, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_variance(p, q, rbf)),
            equal,
            compiled=False,
        ),
        Function(
            "mmd_t_statistic",
            lambda ops, p, q: F.mmd_t_statistic(p, q, RBF, xp=ops.xp),
            lambda p, q: distances.mmd2_h_form(p, q, rbf) / np.sqrt(distances.mmd2_variance(p, q, rbf)),
            _varied(equal, normal),
            compiled=False,
        ),
        Function(
            "mmd_t_statistic below its floor",  # which is then a constant
            lambda ops, p, q: F.mmd_t_statistic(p, q, RBF, floor=4.0, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_h_form(p, q, rbf) / 2),
            equal,
            compiled=False,
        ),
    )


def _varied(sample: Sample, normal: Normal) -> Sample:
    """The sample, or the next drawn whose variance, of which an unbiased estimate may be negative, is above 0.005.

    Nearer to 0 the t statistic, which divides by its root, is worse conditioned than any limit allows for.
    """
    while distances.mmd2_variance(**sample, k=KERNELS["rbf"][1]) < 0.005:
        sample = {name: normal(a.shape) for name, a in sample.items()}
    return sample


def _mmd(ops: Any, p: Any) -> Any:
    """The MMD of p from a sample of ones."""
    divergence = d.maximum_mean_discrepancy(RBF, estimator="biased", root=True)
    return divergence.model_loss(None, p, ops.xp.ones_like(p), NO_NOISE, ops)


def _mmd_at_median(ops: Any, p: Any) -> Any:
    divergence = d.maximum_mean_discrepancy(RBF, bandwidth="median")
    return divergence.model_loss(None, p, ops.xp.ones_like(p), NO_NOISE, ops)


CORNERS = (
    Corner("mmd of a sample with itself", _mmd, ONES, 0.0, NOUGHTS),
    Corner("mmd at a median bandwidth of 0", _mmd_at_median, ONES, 0.0, NOUGHTS),
    Corner(  # a floor of 1: the root of a smaller one magnifies the rounding of MMD², the default's 1e4 times
        "mmd_t_statistic of equal samples",
        lambda ops, p: F.mmd_t_statistic(p, p, RBF, floor=1.0, xp=ops.xp),
        [[0.0], [1.0], [2.0], [4.0]],
        0.0,
    ),
)
