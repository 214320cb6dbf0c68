"""MMD with a trained kernel k(φ(x), φ(y)): the critic is φ, the network ``features``, and what keeps it in bounds.

`mmd_of_features` (Li et al. 2017): clipped, kept injective by a decoder of its features, in a feasible set.
`mmd_of_features_gp` (Bińkowski et al. 2018): the witness function of the MMD has slopes of norm about 1.
"""

from collections.abc import Callable

from diptych import checks, schedules
from diptych.capability import Capability
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.divergences.lipschitz import gradient_penalty, interpolate
from diptych.divergences.mmd import mmd2_biased, mmd2_unbiased
from diptych.divergences.mmd_statistics import mmd_witness
from diptych.method import Clip, Role, Shapes
from diptych.noise import Draw, Uniform
from diptych.pairs import same_events
from diptych.primitives import relu, sqrt
from diptych.schedules import Schedule
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import KernelFunction, Namespace, Networks, NoiseDraws, Ops
from diptych.weighting import Weight


@term
def feasible_set(h_p: Sample, h_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """mean_k min(0, E h_k(p) - E h_k(q)): how far means of features are from E h(p) >= E h(q), negative or 0.

    (m, d), (n, d) -> ().  At equality: derivative 0.  Li et al. 2017, section 3.4 and the authors' code.
    ValueError for features of different shapes, and for an empty sample.
    """
    same_events(h_p, h_q)
    return -xp.mean(relu(xp.mean(h_q, axis=0) - xp.mean(h_p, axis=0), xp=xp))


@constructor
def mmd_of_features(
    kernel: KernelFunction, *, size: int, clip: float = 0.01, decoding: float = 8.0, feasible: float = 16.0
) -> Divergence:
    """√MMD_b²(φ(p), φ(q)) + feasible · `feasible_set`, maximised by φ less decoding · (its decoder's mean squares).

    φ has `size` features, its tensors clipped to ±clip after each of its steps; the decoder maps them back.
    ValueError for a size below 1, a weight below 0 and a clip that is not positive.
    """
    size = checks.whole("size of the features", size)
    decoding, feasible = checks.non_negative("decoding", decoding), checks.non_negative("feasible", feasible)

    def distance(h_p: Array, h_q: Array, xp: Namespace) -> Array:
        return sqrt(mmd2_biased(h_p, h_q, kernel, xp=xp), xp=xp) + feasible * feasible_set(h_p, h_q, xp=xp)

    def model_loss(nets: Networks, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        return distance(nets.features(p), nets.features(q), ops.xp)

    def critic_loss(nets: Networks, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        xp = ops.xp
        h_p, h_q = nets.features(p), nets.features(q)
        errors = xp.mean((p - nets.features_decoder(h_p)) ** 2) + xp.mean((q - nets.features_decoder(h_q)) ** 2)
        return decoding * errors - distance(h_p, h_q, xp)

    return Divergence(
        "MMD of features",
        model_loss=model_loss,
        critic_loss=critic_loss,
        parts=lambda like: {
            "features": Role((like,), "features"),
            "features_decoder": Role(("features",), like),
        },
        events=_events(size),
        projection=Clip(clip, roles=("features",)),
    )


@constructor
def mmd_of_features_gp(
    kernel: KernelFunction, *, size: int, penalty: float | Schedule = 1.0, activation: float = 1.0
) -> Divergence:
    """MMD_u²(φ(p), φ(q)), maximised by φ less penalty · E (|∇w(x̂)| - 1)² and activation · (mean square of φ).

    The mean square is over the entries of φ(p), averaged with that over φ(q). The kernel meets features less
    E φ(p). w(x̂) = E k(φ(x̂), φ(p)) - E k(φ(x̂), φ(q)) is the MMD's witness function, x̂ as in WGAN-GP. A penalty from
    a schedule, `Lazy` too, is the input `penalty_weight` of the loss.
    ValueError for a size below 1 and a weight below 0.
    """
    size = checks.whole("size of the features", size)
    activation = checks.non_negative("activation", activation)
    weight = Weight("penalty_weight", schedules.scheduled("penalty", penalty, checks.non_negative))

    def model_loss(nets: Networks, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        h_p, h_q = nets.features(p), nets.features(q)
        return _centred_mmd2(h_p, h_q, kernel, ops.xp)

    def critic_loss(nets: Networks, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        xp = ops.xp
        h_p, h_q = nets.features(p), nets.features(q)
        centre = xp.mean(h_p, axis=0)

        def w(x: Array) -> Array:
            return mmd_witness(nets.features(x) - centre, h_p - centre, h_q - centre, kernel, xp=xp)

        slope = ops.grad(w, interpolate(p, q, noise.e, xp=xp))
        squares = 0.5 * (xp.mean(h_p * h_p) + xp.mean(h_q * h_q))
        charge = weight.charge(gradient_penalty(slope, xp=xp), noise, xp=xp)
        return charge + activation * squares - _centred_mmd2(h_p, h_q, kernel, xp)

    return Divergence(
        "MMD of features, gradient penalty",
        model_loss=model_loss,
        critic_loss=critic_loss,
        parts=lambda like: {"features": Role((like,), "features", batch_norm=False)},
        events=_events(size),
        noise=lambda like: {"e": Draw(Uniform(0.0, 1.0), like, one_per_sample=True), **weight.noise},
        needs=frozenset({Capability.DOUBLE_BACKWARD}),
    )


def _centred_mmd2(h_p: Array, h_q: Array, kernel: KernelFunction, xp: Namespace) -> Array:
    """MMD_u² of features less E φ(p): the same number for a radial or linear kernel, which far out would cancel."""
    centre = xp.mean(h_p, axis=0)
    return mmd2_unbiased(h_p - centre, h_q - centre, kernel, xp=xp)


def _events(size: int) -> Callable[[Shapes], Shapes]:
    def events(shapes: Shapes) -> Shapes:
        return {"features": (size,)}

    return events
