"""What a model with an encoder does with held-out rows: reconstruct them, and code them like the prior."""

from typing import Any

import numpy as np

from diptych import border, checks, passes, randomness
from diptych.kernels import inverse_multiquadratic
from diptych.metrics import estimators, intervals
from diptych.metrics.latents import active_units
from diptych.metrics.record import Estimate, Estimates
from diptych.metrics.samples import Numbers, host
from diptych.model import Model

SCALES = tuple(2 * s for s in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0))  # Tolstikhin et al. 2018, section 4


def reconstruction_error(model: Model, x: Any) -> Estimate:
    """E |x - x̃|², summed over the event and averaged over the rows; x̃ by the centre of Q(z|x).  (n, *data)

    The interval is that of a mean of rows.  ValueError where the method has no encoder, and for fewer than 2 rows.
    """
    rows = border.array("x", host(passes.rows(x)), "float64")
    difference = rows - model.reconstruct(x)
    return intervals.mean(np.sum(difference.reshape(len(rows), -1) ** 2, axis=1))


def latent_mmd(model: Model, x: Any, *, seed: int = 0) -> Estimate:
    """Unbiased MMD² of Q_Z, by one drawn code a row, and as many draws of the prior.  (n, *data)

    Of the sum of inverse multiquadratic kernels with which WAE-MMD is trained for the prior N(0, I). `seed` decides
    codes and prior draws.  ValueError where there is no encoder into the prior's space, and for fewer than 4 rows.
    """
    return estimators.mmd2(*_drawn(model, x, seed), inverse_multiquadratic(SCALES))


def latent_sliced_wasserstein(model: Model, x: Any, *, order: int = 2, seed: int = 0) -> Estimate:
    """Sliced W1, or the square of W2, of Q_Z, by one drawn code a row, and as many draws of the prior.  (n, *data)

    Draws and errors are those of `latent_mmd`; ValueError for another order than 1 and 2.
    """
    if order not in (1, 2):
        raise ValueError(f"order must be 1 or 2, got {order!r}")
    (estimate,) = estimators.sliced(*_drawn(model, x, seed), order=order, seed=seed).values()
    return estimate


def used_units(model: Model, x: Any, *, threshold: float = 0.01) -> Estimate:
    """`active_units` of the codes' centres.  (n, *data)

    The interval counts the units whose variance is above the threshold at either end of its own 95 % interval.
    """
    means = np.asarray(model.encode(x), np.float64)
    means = means.reshape(len(means), -1)
    squares = (means - means.mean(axis=0)) ** 2
    variance = means.var(axis=0, ddof=1)
    error = intervals.Z * squares.std(axis=0, ddof=1) / np.sqrt(len(means))
    low, high = (float(np.sum(variance + end > threshold)) for end in (-error, error))
    value = float(host(active_units(means, threshold=threshold)))
    return Estimate(value, low, high, "by the normal interval of each unit's variance")


def encoder_report(model: Model, x: Any, *, seed: int = 0) -> Estimates:
    """All of the above by name, of held-out rows: those of the prior only where codes are of its space."""
    found = {"reconstruction-error": reconstruction_error(model, x), "active-units": used_units(model, x)}
    if model.method.draw_codes is not None:
        found["latent-mmd2"] = latent_mmd(model, x, seed=seed)
        found["latent-sliced-w2"] = latent_sliced_wasserstein(model, x, seed=seed)
    return found


def _drawn(model: Model, x: Any, seed: int) -> tuple[Numbers, Numbers]:
    """Draws of the prior, and drawn codes of the rows: (n, *latent) each, in float64."""
    codes = np.asarray(model.draw_codes(x, seed=checks.whole("seed", seed, 0)), np.float64)
    stream = randomness.generator(seed, randomness.SAMPLING, "prior of codes")
    return model.method.prior.sample(stream, len(codes), model.method.shapes(model.shapes)), codes
