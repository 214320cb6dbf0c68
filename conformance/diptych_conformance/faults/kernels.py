"""Wrong kernels and wrong estimates of MMD: in terms, and in the losses of gmmn and wae-mmd."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import functional as F
from diptych import kernels
from diptych.divergences.mmd import mmd2_biased, mmd2_unbiased
from diptych.method import Objective
from diptych.primitives import relu, row_sum, squared_distances
from diptych_conformance.faults.replaced import changed, instead, loss_fault, term_fault, without_gradient


def _wae(penalty: Callable[..., Any]) -> Objective:
    kernel = kernels.inverse_multiquadratic([2 * c for c in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)])

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        codes = nets.encoder(x)
        cost = ops.xp.mean(row_sum((x - nets.decoder(codes)) ** 2, xp=ops.xp))
        return cost + 10 * penalty(noise.z, codes, kernel, ops.xp)

    return loss


def _one_by_one(p: Any, q: Any, kernel: Any, xp: Any) -> Any:
    """Sums over distinct pairs, divided by n² in place of n (n - 1)."""
    n = p.shape[0]
    return F.mmd2_biased(p, q, kernel, xp=xp) - 2 * 7 / n


def _gmmn_mean(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The mean over the bandwidths in place of the sum."""
    kernel = kernels.rbf([v**0.5 for v in (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)])
    fake = nets.generator(noise.z)
    return ops.xp.sqrt(F.mmd2_biased(x, fake, kernel, xp=ops.xp) / 6)


def _overlapping(p: Any, q: Any, kernel: Any, *, xp: Any) -> Any:
    """Overlapping pairs: row i with row i + 1, for every i."""
    k = kernel.rows
    here, there = slice(None, -1), slice(1, None)
    return xp.mean(
        k(p[here, ...], p[there, ...], xp=xp)
        + k(q[here, ...], q[there, ...], xp=xp)
        - k(p[here, ...], q[there, ...], xp=xp)
        - k(p[there, ...], q[here, ...], xp=xp)
    )


def _half(estimate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda p, q, kernel, *, xp: 0.5 * estimate(p, q, kernel, xp=xp)


def _with_diagonal(p: Any, q: Any, kernel: Any, *, xp: Any) -> Any:
    """Sums with the diagonal, divided by n (n - 1)."""
    n, m = p.shape[0], q.shape[0]
    within = xp.sum(kernel(p, xp=xp)) / (n * (n - 1)) + xp.sum(kernel(q, xp=xp)) / (m * (m - 1))
    return within - 2 * xp.mean(kernel(p, q, xp=xp))


def _clipped_at_zero(p: Any, q: Any, kernel: Any, *, xp: Any) -> Any:
    return relu(mmd2_unbiased(p, q, kernel, xp=xp), xp=xp)


def _float32_bandwidths(p: Any, q: Any, kernel: Any, *, xp: Any) -> Any:
    return mmd2_biased(p, q, kernels.rbf([float(np.float32(sigma)) for sigma in (0.7, 1.5)]), xp=xp)


def _energy() -> Callable[..., Any]:
    """1e-5 is added under every root."""

    def kernel(x: Any, y: Any, *, xp: Any) -> Any:
        norms = [xp.sqrt(row_sum(a * a, xp=xp) + 1e-5) for a in (x, y)]
        return norms[0][:, None] + norms[1][None, :] - xp.sqrt(squared_distances(x, y, xp=xp) + 1e-5)

    return kernel


def _lower_median(p: Any, q: Any, *, xp: Any) -> Any:
    pooled = xp.concat([p, q], axis=0)
    n = pooled.shape[0]
    s = xp.sort(xp.reshape(squared_distances(pooled, pooled, xp=xp), (-1,)))
    return xp.sqrt(s[n + n * (n - 1) // 2 - 1] / 2)


KERNELS = (
    loss_fault(
        "latent penalty lost in its reduction",
        "PyTorch-VAE WAE: 0.050 where weight · MMD² is 115.7",
        "wae-mmd/autoencoder",
        "value",
        instead("autoencoder", _wae(lambda p, q, k, xp: F.mmd2_unbiased(p, q, k, xp=xp) / p.shape[0] ** 2)),
    ),
    loss_fault(
        "biased MMD for the unbiased one",
        "tolstikhin/wae issue 12: the diagonal not removed",
        "wae-mmd/autoencoder",
        "value",
        instead("autoencoder", _wae(lambda p, q, k, xp: F.mmd2_biased(p, q, k, xp=xp))),
    ),
    loss_fault(
        "pairs averaged over n² without their diagonal",
        "a mean over the matrix after the diagonal is zeroed",
        "wae-mmd/autoencoder",
        "value",
        instead("autoencoder", _wae(_one_by_one)),
    ),
    loss_fault(
        "kernel a mean over bandwidths",
        "two conventions under one name",
        "gmmn/generator",
        "value",
        instead("generator", _gmmn_mean),
    ),
    term_fault("overlapping pairs in the linear-time MMD²", "OctoberChang/MMD-GAN", "mmd2_linear", _overlapping),
    term_fault("half of the linear-time MMD²", "yujiali/gmmn", "mmd2_linear", _half(F.mmd2_linear)),
    term_fault("half of MMD²", "geomloss", "mmd2_biased", _half(F.mmd2_biased)),
    term_fault("the diagonal not removed", "mbinkowski/MMD-GAN", "mmd2_unbiased", _with_diagonal),
    term_fault(
        "a negative MMD² clipped to 0",
        "tolstikhin/wae issue 13",
        "mmd2_unbiased of a sample and itself",
        _clipped_at_zero,
        "mmd2_unbiased",
    ),
    term_fault(
        "1e-5 under the roots of the energy distance",
        "mbinkowski/MMD-GAN",
        "energy of coincident points",
        _energy,
        "energy",
    ),
    term_fault("constants in float32", "tf.cast(0.7, tf.float64)", "mmd2_biased", _float32_bandwidths),
    term_fault("the lower of two middle values for the median", "torch.median", "median_bandwidth", _lower_median),
    loss_fault(
        "gmmn without a gradient",
        "samples held where they should not be",
        "gmmn/generator",
        "gradient",
        changed("generator", without_gradient),
    ),
)
