"""What an encoder uses of its latent space."""

from diptych import checks
from diptych.metrics.samples import like, number, wide_features
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def active_units(means: Sample, *, threshold: float = 0.01, xp: Namespace = FOUND) -> Array:
    """#{u: Var_x E[z_u | x] > threshold}, variances by n - 1 over the data.  (n, ...) -> ()

    `means` are the codes' means, row by row: a unit whose mean does not depend on x carries nothing of it. High
    where many units are used. The threshold is in units of the prior's variance.  Burda et al. 2016, section 5.2.
    ValueError for fewer than 2 rows, numbers that are not finite, and a threshold that is negative or not finite.
    """
    threshold = checks.non_negative("threshold", threshold)
    (z,) = wide_features(xp, 2, means=means)
    variances = xp.var(z - z[:1, :], axis=0, correction=1.0)
    return like(means, number(xp.sum(xp.astype(variances > threshold, z.dtype))), xp=xp)
