"""Wrong transport distances: sorted, sliced and entropic."""

from typing import Any

from diptych import functional as F
from diptych.costs import squared_l2
from diptych.primitives import row_norm
from diptych_conformance.faults.replaced import changed, instead, loss_fault, term_fault, without_gradient


def _cut(p: Any, q: Any, *, order: float, xp: Any) -> Any:
    """Samples of unequal sizes are cut to the shorter."""
    n = min(p.shape[0], q.shape[0])
    return xp.mean(xp.abs(xp.sort(p, axis=0)[:n, ...] - xp.sort(q, axis=0)[:n, ...]) ** order, axis=0)


def _any_length(p: Any, q: Any, theta: Any, *, xp: Any) -> Any:
    """Directions that are not normalised."""
    scale = xp.mean(row_norm(theta, xp=xp) ** 2)
    return scale * _sliced(p, q, theta, xp=xp)


def _biased_transport(p: Any, q: Any, cost: Any, *, xp: Any, **settings: Any) -> Any:
    """The entropic distance without its debiasing terms."""
    return F.entropic_transport(cost.matrix(p, q, xp=xp), xp=xp, **settings)


_sliced = F.sliced_wasserstein_distance


def _own_term_held(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The Sinkhorn divergence with OT(q, q) held constant."""
    fake, settings = nets.generator(noise.z), {"epsilon": 1.0, "iterations": 10, "xp": ops.xp}
    between = F.sinkhorn_divergence(x, fake, squared_l2(), **settings)
    own = F.entropic_transport(squared_l2().matrix(fake, xp=ops.xp), **settings)  # type: ignore[misc]
    return between + 0.5 * own - 0.5 * ops.stop(own)


def _not_debiased(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    fake = nets.generator(noise.z)
    c = squared_l2().matrix(x, fake, xp=ops.xp)  # type: ignore[misc]
    return F.entropic_transport(c, epsilon=1.0, iterations=10, xp=ops.xp)


def _directions_alone(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """W1 along each direction in place of W2²."""
    return F.sliced_wasserstein_distance(x, nets.generator(noise.z), noise.theta, order=1.0, xp=ops.xp)


TRANSPORT = (
    term_fault(
        "unequal samples cut to the shorter",
        "sorted losses that zip",
        "wasserstein_1d of unequal sizes",
        _cut,
        "wasserstein_1d",
    ),
    term_fault(
        "directions of any length",
        "sliced losses that do not normalise",
        "sliced_wasserstein_distance",
        _any_length,
    ),
    term_fault("entropic bias left in", "Sinkhorn loss of Cuturi 2013", "sinkhorn_divergence", _biased_transport),
    loss_fault(
        "entropic bias left in the loss",
        "Sinkhorn loss of Cuturi 2013",
        "sinkhorn/generator",
        "value",
        instead("generator", _not_debiased),
    ),
    loss_fault(
        "the samples' own term held constant",
        "potentials detached",
        "sinkhorn/generator",
        "gradient",
        instead("generator", _own_term_held),
    ),
    loss_fault(
        "W1 for W2² along directions",
        "two conventions under one name",
        "sliced-wasserstein/generator",
        "value",
        instead("generator", _directions_alone),
    ),
    loss_fault(
        "sorted samples without a gradient",
        "a sort through indices on the host",
        "sliced-wasserstein/generator",
        "gradient",
        changed("generator", without_gradient),
    ),
)
