"""Wrong distances: terms as they shipped somewhere, and losses of the methods made of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import divergences as d
from diptych.costs import squared_l2
from diptych.divergences.mmd import mmd2_biased, mmd2_unbiased
from diptych.primitives import maximum, relu, row_norm, row_sum, softplus, squared_distances
from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.replaced import changed, instead, term


def _overlapping(p: Any, q: Any, kernel: Any, *, xp: Any) -> Any:
    """Row i with row i + 1, for every i."""
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
    """Divided by n (n - 1), the diagonal left in."""
    n, m = p.shape[0], q.shape[0]
    within = xp.sum(kernel(p, xp=xp)) / (n * (n - 1)) + xp.sum(kernel(q, xp=xp)) / (m * (m - 1))
    return within - 2 * xp.mean(kernel(p, q, xp=xp))


def _clipped_at_zero(p: Any, q: Any, kernel: Any, *, xp: Any) -> Any:
    return relu(mmd2_unbiased(p, q, kernel, xp=xp), xp=xp)


def _float32_bandwidths(p: Any, q: Any, kernel: Any, *, xp: Any) -> Any:
    return mmd2_biased(p, q, d.rbf([float(np.float32(sigma)) for sigma in (0.7, 1.5)]), xp=xp)


def _hinge(f_p: Any, f_q: Any, *, xp: Any) -> Any:
    """By a maximum with 0: half a slope on the margin."""
    zero = xp.zeros_like
    return xp.mean(maximum(1 - f_p, zero(f_p), xp=xp)) + xp.mean(maximum(1 + f_q, zero(f_q), xp=xp))


def _energy() -> Callable[..., Any]:
    """1e-5 under every root."""

    def kernel(x: Any, y: Any, *, xp: Any) -> Any:
        norms = [xp.sqrt(row_sum(a * a, xp=xp) + 1e-5) for a in (x, y)]
        return norms[0][:, None] + norms[1][None, :] - xp.sqrt(squared_distances(x, y, xp=xp) + 1e-5)

    return kernel


def _lower_median(p: Any, q: Any, *, xp: Any) -> Any:
    pooled = xp.concat([p, q], axis=0)
    n = pooled.shape[0]
    s = xp.sort(xp.reshape(squared_distances(pooled, pooled, xp=xp), (-1,)))
    return xp.sqrt(s[n + n * (n - 1) // 2 - 1] / 2)


def _over_the_batch(slope: Any, *, xp: Any) -> Any:
    """|∇f|² of the whole batch, which grows with it."""
    return xp.sum(slope * slope)


def _of_probabilities(f_p: Any, slope_p: Any, f_q: Any, slope_q: Any, *, xp: Any) -> Any:
    """The slopes of σ(f) for those of f."""

    def turned(f: Any, slope: Any) -> Any:
        derivative = xp.exp(-softplus(f, xp=xp) - softplus(-f, xp=xp))
        return slope * xp.reshape(derivative, (-1, *(1 for _ in tuple(slope.shape)[1:])))

    return _roth(f_p, turned(f_p, slope_p), f_q, turned(f_q, slope_q), xp=xp)


def _cut(p: Any, q: Any, *, order: float, xp: Any) -> Any:
    """Unequal samples cut to the shorter."""
    n = min(p.shape[0], q.shape[0])
    return xp.mean(xp.abs(xp.sort(p, axis=0)[:n, ...] - xp.sort(q, axis=0)[:n, ...]) ** order, axis=0)


def _any_length(p: Any, q: Any, theta: Any, *, xp: Any) -> Any:
    """Directions as they are drawn."""
    scale = xp.mean(row_norm(theta, xp=xp) ** 2)
    return scale * _sliced(p, q, theta, xp=xp)


def _biased_transport(p: Any, q: Any, cost: Any, *, xp: Any, **settings: Any) -> Any:
    """Entropic transport without what it gives a sample from itself."""
    return d.entropic_transport(cost.matrix(p, q, xp), xp=xp, **settings)


_roth, _sliced = d.roth_penalty, d.sliced_wasserstein


def _wgan_lp(penalty: Callable[..., Any]) -> Any:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        fake = nets.generator(noise.z)
        slope = ops.grad(nets.critic, d.interpolate(x, fake, noise.e))
        return -d.witness_gap(nets.critic(x), nets.critic(fake), xp=ops.xp) + 10 * penalty(slope, ops)

    return loss


def _roth_weights_held(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """(1 - σ)² and σ² without their gradient."""
    f, fake = nets.critic, nets.generator(noise.z)
    f_x, f_fake = f(x), f(fake)
    omega = d.roth_penalty(ops.stop(f_x), ops.grad(f, x), ops.stop(f_fake), ops.grad(f, fake), xp=ops.xp)
    return d.discriminator_loss(f_x, f_fake, xp=ops.xp) + omega


def _roth_in_full(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """γ for γ/2."""
    f, fake = nets.critic, nets.generator(noise.z)
    omega = d.roth_penalty(f(x), ops.grad(f, x), f(fake), ops.grad(f, fake), xp=ops.xp)
    return d.discriminator_loss(f(x), f(fake), xp=ops.xp) + 2.0 * omega


def _roth_never_annealed(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """γ of round 0 in every round."""
    f, fake = nets.critic, nets.generator(noise.z)
    omega = d.roth_penalty(f(x), ops.grad(f, x), f(fake), ops.grad(f, fake), xp=ops.xp)
    return d.discriminator_loss(f(x), f(fake), xp=ops.xp) + 0.5 * 2.0 * omega


def _without_gradient(objective: Any) -> Any:
    return lambda nets, x, noise, ops: ops.stop(objective(nets, x, noise, ops))


def _own_term_held(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The divergence's last term, of the samples from themselves, taken for a constant."""
    fake, settings = nets.generator(noise.z), {"epsilon": 1.0, "iterations": 10, "xp": ops.xp}
    between = d.sinkhorn_divergence(x, fake, squared_l2(), **settings)
    own = d.entropic_transport(squared_l2().matrix(fake, None, ops.xp), **settings)  # type: ignore[misc]
    return between + 0.5 * own - 0.5 * ops.stop(own)


def _not_debiased(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    fake = nets.generator(noise.z)
    c = squared_l2().matrix(x, fake, ops.xp)  # type: ignore[misc]
    return d.entropic_transport(c, epsilon=1.0, iterations=10, xp=ops.xp)


def _directions_alone(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """W1 along each direction where W2² is meant."""
    return d.sliced_wasserstein(x, nets.generator(noise.z), noise.theta, order=1.0, xp=ops.xp)


def _summed(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.sum(nets.critic(nets.generator(noise.z))) - ops.xp.sum(nets.critic(x))


def _term(name: str, source: str, subject: str, wrong: Callable[..., Any], attribute: str = "") -> Fault:
    return Fault(name, source, f"terms/{subject}/float64/eager/*", "value", term(attribute or subject, wrong))


def _loss(name: str, source: str, subject: str, leg: str, wrap: Callable[[Any], Any]) -> Fault:
    return Fault(name, source, f"objectives/{subject}/dense/float64/eager/*", leg, wrap)


DISTANCES: tuple[Fault, ...] = (
    _term("overlapping pairs in the linear-time MMD²", "OctoberChang/MMD-GAN", "mmd2_linear", _overlapping),
    _term("half of the linear-time MMD²", "yujiali/gmmn", "mmd2_linear", _half(d.mmd2_linear)),
    _term("half of MMD²", "geomloss", "mmd2_biased", _half(d.mmd2_biased)),
    _term("the diagonal not removed", "mbinkowski/MMD-GAN", "mmd2_unbiased", _with_diagonal),
    _term(
        "a negative MMD² clipped to 0",
        "tolstikhin/wae issue 13",
        "mmd2_unbiased of a sample and itself",
        _clipped_at_zero,
        "mmd2_unbiased",
    ),
    _term(
        "1e-5 under the roots of the energy distance",
        "mbinkowski/MMD-GAN",
        "energy of coincident points",
        _energy,
        "energy",
    ),
    _term("constants in float32", "tf.cast(0.7, tf.float64)", "mmd2_biased", _float32_bandwidths),
    _term(
        "hinge of half a slope on its margin",
        "the same author's in torch and TensorFlow: -0.125 against -0.25",
        "hinge_loss*",
        _hinge,
        "hinge_loss",
    ),
    _term("the lower of two middle values for the median", "torch.median", "median_bandwidth", _lower_median),
    _term("one norm for the batch", "TorchGAN; caogang/wgan-gp 27", "zero_centred_penalty", _over_the_batch),
    _term(
        "slopes of probabilities for slopes of logits",
        "Roth's regulariser, misread",
        "roth_penalty",
        _of_probabilities,
    ),
    _term(
        "unequal samples cut to the shorter",
        "sorted losses that zip",
        "wasserstein_1d of unequal sizes",
        _cut,
        "wasserstein_1d",
    ),
    _term("directions of any length", "sliced losses that do not normalise", "sliced_wasserstein", _any_length),
    _term("entropic bias left in", "Sinkhorn loss of Cuturi 2013", "sinkhorn_divergence", _biased_transport),
    _loss(
        "sums for means in the critic's loss",
        "a learning rate that grows with the batch",
        "wgan/critic",
        "value",
        instead("critic", _summed),
    ),
    _loss(
        "wgan's generator without a gradient",
        "samples held where they should not be",
        "wgan/generator",
        "gradient",
        changed("generator", _without_gradient),
    ),
    _loss(
        "two-sided penalty for the one-sided",
        "WGAN-GP under the name of LP",
        "wgan-lp/critic",
        "value",
        instead("critic", _wgan_lp(lambda slope, ops: d.gradient_penalty(slope, xp=ops.xp))),
    ),
    _loss(
        "one-sided penalty without a gradient",
        "TorchGAN issue 100",
        "wgan-lp/critic",
        "exactness",
        instead("critic", _wgan_lp(lambda slope, ops: ops.stop(d.one_sided_penalty(slope, xp=ops.xp)))),
    ),
    _loss(
        "γ for γ/2", "two conventions under one name", "roth-gan/critic", "value", instead("critic", _roth_in_full)
    ),
    _loss(
        "a schedule that never moves",
        "pythae 92: a run that starts its schedule again",
        "roth-gan-annealed/critic",
        "value",
        instead("critic", _roth_never_annealed),
    ),
    _loss(
        "the regulariser's weights held constant",
        "a detach too many",
        "roth-gan/critic",
        "gradient",
        instead("critic", _roth_weights_held),
    ),
    _loss(
        "entropic bias left in the loss",
        "Sinkhorn loss of Cuturi 2013",
        "sinkhorn/generator",
        "value",
        instead("generator", _not_debiased),
    ),
    _loss(
        "the samples' own term held constant",
        "potentials detached",
        "sinkhorn/generator",
        "gradient",
        instead("generator", _own_term_held),
    ),
    _loss(
        "W1 for W2² along directions",
        "two conventions under one name",
        "sliced-wasserstein/generator",
        "value",
        instead("generator", _directions_alone),
    ),
    _loss(
        "sorted samples without a gradient",
        "a sort through indices on the host",
        "sliced-wasserstein/generator",
        "gradient",
        changed("generator", _without_gradient),
    ),
    _loss(
        "gmmn without a gradient",
        "samples held where they should not be",
        "gmmn/generator",
        "gradient",
        changed("generator", _without_gradient),
    ),
)
