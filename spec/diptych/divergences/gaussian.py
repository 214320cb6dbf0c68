"""Closed forms of Gaussians. Log-variance is log σ² throughout; sums run over dimensions, nothing is averaged.

With a `mean` and a `logvar` of (n, k) a Gaussian has a diagonal covariance and there is one a row. With a `mean` of
(k,) and a `covariance` of (k, k), symmetric and positive definite, there is one in all; its lower triangle is read.
Arrays of other shapes than stated are a ValueError: nothing is broadcast, but for `reparametrise`.
"""

from diptych.densities import log_determinant, lower_root, one_gaussian
from diptych.pairs import same_shape, same_size
from diptych.primitives import expm1, row_sum, sqrt
from diptych.term import FOUND, Array, Rows, term
from diptych.typing import Namespace


@term
def kl_to_standard_normal(mean: Rows, logvar: Rows, *, xp: Namespace = FOUND) -> Array:
    """KL(N(μ, diag σ²) | N(0, I)) = 1/2 Σ_j (μ_j² + σ_j² - log σ_j² - 1) a sample.  (n, k), (n, k) -> (n,)

    Summed over dimensions, not averaged; written with expm1, so that near μ = 0, σ = 1 it is rounded at the scale
    of log σ², not of 1.
    Kingma & Welling 2014, appendix B.
    """
    same_shape(mean=mean, logvar=logvar)
    return 0.5 * row_sum(mean * mean + (expm1(logvar, xp=xp) - logvar), xp=xp)


@term
def kl_diagonal(mean: Rows, logvar: Rows, mean_q: Rows, logvar_q: Rows, *, xp: Namespace = FOUND) -> Array:
    """KL(N(μ, diag σ²) | N(μ_q, diag σ_q²)) = 1/2 Σ (μ - μ_q)² / σ_q² + r - log r - 1,  r = σ² / σ_q².

    (n, k) each -> (n,).  `kl_full` of diagonal covariances.
    """
    same_shape(mean=mean, logvar=logvar, mean_q=mean_q, logvar_q=logvar_q)
    ratio = logvar - logvar_q
    return 0.5 * row_sum(((mean - mean_q) * xp.exp(-0.5 * logvar_q)) ** 2 + (expm1(ratio, xp=xp) - ratio), xp=xp)


@term
def kl_full(mean: Array, covariance: Array, mean_q: Array, covariance_q: Array, *, xp: Namespace = FOUND) -> Array:
    """KL(N(μ, Σ) | N(μ_q, Σ_q)) = 1/2 (tr Σ_q⁻¹ Σ + |μ - μ_q|²_{Σ_q⁻¹} - k + log det Σ_q - log det Σ).  -> ()

    Rasmussen & Williams 2006, eq. A.23. Of a covariance that is not positive definite it is infinite or without
    meaning: ValueError, as `densities.lower_root` has it; `w2_full` takes singular ones.
    """
    _two_gaussians(mean, covariance, mean_q, covariance_q)
    root, root_q = lower_root(covariance, xp=xp), lower_root(covariance_q, name="covariance_q", xp=xp)
    whitened = xp.linalg.solve(root_q, root)
    gap = xp.linalg.solve(root_q, (mean - mean_q)[:, None])
    logdets = log_determinant(root_q, xp=xp) - log_determinant(root, xp=xp)
    return 0.5 * (xp.sum(whitened**2) + xp.sum(gap**2) - mean.shape[0]) + logdets


@term
def w2_diagonal(mean: Rows, logvar: Rows, mean_q: Rows, logvar_q: Rows, *, xp: Namespace = FOUND) -> Array:
    """W2² = |μ - μ_q|² + Σ (σ - σ_q)² a row.  (n, k) each -> (n,)

    `w2_full` of diagonal covariances: they commute, and their roots are diagonal too.
    """
    same_shape(mean=mean, logvar=logvar, mean_q=mean_q, logvar_q=logvar_q)
    spread = xp.exp(0.5 * logvar) - xp.exp(0.5 * logvar_q)
    return row_sum((mean - mean_q) ** 2 + spread**2, xp=xp)


@term
def w2_full(mean: Array, covariance: Array, mean_q: Array, covariance_q: Array, *, xp: Namespace = FOUND) -> Array:
    """W2² = |μ - μ_q|² + tr(Σ + Σ_q - 2 (Σ^{1/2} Σ_q Σ^{1/2})^{1/2}), Bures' closed form.  -> ()

    Covariances may be singular: eigenvalues of at most k eps times the largest, which are rounding, count as 0 and
    have no gradient. With Σ = R Rᵀ and Σ_q = R_q R_qᵀ the trace of the root is the sum of the singular values of
    Rᵀ R_q, which keeps all digits. For evaluation: where two eigenvalues coincide no gradient is promised.
    Dowson & Landau 1982.
    """
    _two_gaussians(mean, covariance, mean_q, covariance_q)
    root, root_q = covariance_root(covariance, xp=xp), covariance_root(covariance_q, xp=xp)
    between = xp.linalg.svdvals(xp.matmul(xp.permute_dims(root, (1, 0)), root_q))
    return xp.sum((mean - mean_q) ** 2) + xp.sum(root**2) + xp.sum(root_q**2) - 2 * xp.sum(between)


@term
def reparametrise(mean: Rows, logvar: Rows, e: Rows, *, xp: Namespace = FOUND) -> Array:
    """z = μ + σ e: a draw from N(μ, diag σ²) for e from N(0, I).  (n, k) each -> (n, k).  Kingma & Welling, 2.4.

    Moments of (n, 1, k) serve for several draws each, e of (n, K, k).
    """
    same_shape(mean=mean, logvar=logvar)
    _draws_of(mean, e)
    return mean + xp.exp(0.5 * logvar) * e


@term
def covariance_root(covariance: Array, *, xp: Namespace = FOUND) -> Array:
    """R of Σ = R Rᵀ, without what is only rounding: a root of that would be larger than the rounding of Σ.

    (k, k) -> (k, k).  Eigenvalues of at most k eps times the largest count as 0.
    """
    values, vectors = xp.linalg.eigh(covariance)
    least = values.shape[0] * xp.finfo(values.dtype).eps * xp.max(values)
    return vectors * sqrt(xp.where(values <= least, xp.zeros_like(values), values), xp=xp)[None, :]


def _draws_of(mean: Array, e: Array) -> None:
    same_size(mean, e, "e", "mean")
    event, draw = tuple(mean.shape)[1:], tuple(e.shape)[1:]
    if event != draw and not (len(event) == len(draw) == 2 and event == (1, draw[1])):
        raise ValueError(f"e must hold events of shape {event}, as mean, got {draw}")


def _two_gaussians(mean: Array, covariance: Array, mean_q: Array, covariance_q: Array) -> None:
    one_gaussian(mean, covariance)
    one_gaussian(mean_q, covariance_q)
    same_shape(mean=mean, mean_q=mean_q)
