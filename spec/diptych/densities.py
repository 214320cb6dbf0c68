"""Log-densities of Gaussians, a number a sample, with their constants.

Log-variance is log σ² throughout. A network that gives a diagonal Gaussian gives its mean and its log-variance side
by side; `moments` takes them apart. A `covariance` is symmetric and positive definite; its lower triangle is read.
Arrays of other shapes than stated are a ValueError: nothing is broadcast.
"""

from math import log, pi, prod

from diptych.pairs import same_events, same_shape
from diptych.primitives import clip, row_sum
from diptych.term import FOUND, Array, Rows, Shaped, term
from diptych.typing import Namespace

LOGVAR = (-50.0, 50.0)  # a network's log-variance is clipped here, as in the WAE authors' code


@term
def moments(both: Rows, *, xp: Namespace = FOUND) -> tuple[Array, Array]:
    """(μ, log σ²): the first and the second half of the last axis.  (n, ..., 2k) -> two of (n, ..., k)

    log σ² is clipped to `LOGVAR`. ValueError for a last axis of odd length.
    """
    if both.shape[-1] % 2:
        raise ValueError(f"moments need a last axis of even length, μ and log σ², got shape {tuple(both.shape)}")
    k = both.shape[-1] // 2
    return both[..., :k], clip(both[..., k:], *LOGVAR, xp=xp)


@term
def log_standard_normal(z: Rows, *, xp: Namespace = FOUND) -> Array:
    """log N(z; 0, I) a row, over all of the event's axes.  (n, ...) -> (n,)"""
    return -0.5 * row_sum(z * z, xp=xp) - 0.5 * prod(tuple(z.shape)[1:]) * log(2 * pi)


@term
def log_diagonal_normal(z: Rows, mean: Rows, logvar: Rows, *, xp: Namespace = FOUND) -> Array:
    """log N(z; μ, diag σ²) a row.  (n, ...) each -> (n,).  ValueError where they differ in shape."""
    same_shape(z=z, mean=mean, logvar=logvar)
    return -0.5 * row_sum(((z - mean) * xp.exp(-0.5 * logvar)) ** 2 + logvar + log(2 * pi), xp=xp)


@term
def log_full_normal(z: Array, mean: Array, covariance: Array, *, xp: Namespace = FOUND) -> Array:
    """log N(z; μ, Σ) a row.  (n, k), (k,), (k, k) -> (n,).  ValueError for other shapes, and as in `lower_root`."""
    one_gaussian(mean, covariance)
    same_events(mean[None, :], z, "z", "mean")
    root = lower_root(covariance, xp=xp)
    whitened = xp.linalg.solve(root, xp.permute_dims(z - mean[None, :], (1, 0)))
    return -0.5 * xp.sum(whitened**2, axis=0) - log_determinant(root, xp=xp) - 0.5 * z.shape[1] * log(2 * pi)


@term
def log_determinant(root: Array, *, xp: Namespace = FOUND) -> Array:
    """log det L = Σ log L_ii of a triangular L: half of log det L Lᵀ.  (k, k) -> ()"""
    return xp.sum(xp.log(xp.linalg.diagonal(root)))


_REFUSALS = ("LinAlgError", "_LinAlgError")  # NumPy's and PyTorch's


@term
def lower_root(covariance: Array, *, name: str = "covariance", xp: Namespace = FOUND) -> Array:
    """The triangular L of Σ = L Lᵀ, Cholesky's.  (k, k) -> (k, k)

    ValueError, by this name, where Σ is not positive definite; NaN in JAX, which raises nothing. In compiled code,
    where the values are not there yet, there is NaN, or the library's own error as the code runs.
    """
    try:
        return xp.linalg.cholesky(covariance)
    except Exception as error:
        if type(error).__name__ not in _REFUSALS:
            raise
        raise ValueError(
            f"{name} must be positive definite, and this one is not, to rounding: "
            "of a singular one, add a little to the diagonal"
        ) from error


def one_gaussian(mean: Shaped, covariance: Shaped) -> None:
    """ValueError unless these are a (k,) and a (k, k)."""
    k, square = tuple(mean.shape), tuple(covariance.shape)
    if len(k) != 1 or square != k + k:
        raise ValueError(f"a Gaussian has a mean of (k,) and a covariance of (k, k), got {k} and {square}")
