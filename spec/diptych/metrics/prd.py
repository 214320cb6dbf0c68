"""Precision against recall of two histograms, as a curve.  Sajjadi et al. 2018.

The histograms are those of both samples over clusters of their union.
"""

import math
from typing import NamedTuple

import numpy as np

from diptych import checks
from diptych.metrics.samples import like, number, wide_features
from diptych.namespaces import array_namespace
from diptych.pairs import same_shape
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


class PRDCurve(NamedTuple):
    """Precision and recall by rising slope, (angles,) each."""

    precision: Array
    recall: Array


@term
def prd_curve(reference: Sample, model: Sample, *, angles: int = 1001, xp: Namespace = FOUND) -> PRDCurve:
    """α(λ) = Σ_c min(λ p_c, q_c) and β(λ) = Σ_c min(p_c, q_c / λ), λ = tan θ.  (c,), (c,) -> (angles,), (angles,)

    p is the reference and q the model, weights of clusters that are divided by their sums; θ is evenly spaced from
    1e-10 to π/2 - 1e-10. α is the precision that goes with a recall of β: for equal histograms one of them is
    always 1, for histograms on other clusters both are 0.
    ValueError for histograms of more than one axis or of other sizes, weights that are negative, not finite or all
    0, and fewer than 3 angles.
    """
    count = checks.whole("angles", angles, 3)
    same_shape(reference=reference, model=model)
    p, q = wide_features(xp, reference=reference, model=model)
    for name, of in (("reference", p), ("model", q)):
        if of.shape[1] != 1 or number(xp.min(of)) < 0 or number(xp.sum(of)) == 0:
            raise ValueError(
                f"{name} must be a histogram: weights of one axis, none negative and not all of them 0"
            )
    slopes = like(p, np.tan(np.linspace(1e-10, math.pi / 2 - 1e-10, count)), xp=xp)[None, :]
    p, q = p / xp.sum(p), q / xp.sum(q)
    precision, recall = xp.sum(xp.minimum(slopes * p, q), axis=0), xp.sum(xp.minimum(p, q / slopes), axis=0)
    return PRDCurve(xp.astype(precision, reference.dtype), xp.astype(recall, reference.dtype))


def f_beta(curve: PRDCurve, beta: float) -> Array:
    """max over the curve of (1 + β²) p r / (β² p + r), p the precision and r the recall; 0 where both are 0.  -> ()

    F_8 is a number of recall and F_{1/8} one of precision.
    ValueError for a beta that is not positive and finite, and for curves of other shapes.
    """
    xp = array_namespace(*curve)
    precision, recall = curve
    same_shape(precision=precision, recall=recall)
    square = checks.positive("beta", beta) ** 2
    below = square * precision + recall
    none = below == 0
    above = (1 + square) * precision * recall
    return xp.max(xp.where(none, xp.zeros_like(above), above / xp.where(none, xp.ones_like(below), below)))
