"""How a primal method gets codes: z = E(x), or z ~ Q(z | x) through networks and declared noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from diptych import checks, densities
from diptych.construction import Constructed, constructor
from diptych.divergences.gaussian import reparametrise
from diptych.method import Role, Shapes
from diptych.noise import Draw, Normal
from diptych.primitives import flatten
from diptych.typing import Array, Networks, NoiseDraws, Ops, Reconstruct


class Code(NamedTuple):
    """z (n, k), and the moments of Q(z | x), exact or estimated, where the encoder knows them."""

    z: Array
    mean: Array | None = None
    logvar: Array | None = None


@dataclass(frozen=True)
class Encoder(Constructed):
    """`encode(nets, x, noise, ops)` -> Code; `centre(nets, x, ops)` -> z without noise, for showing.

    `moments` says what of Q(z | x) the encoder knows: nothing, that it is the Gaussian of the code's moments, or
    the mean and variance of a law without a density (``estimated``).
    """

    roles: Mapping[str, Role]
    encode: Callable[[Networks, Array, NoiseDraws, Ops], Code]
    centre: Reconstruct
    noise: Mapping[str, Draw] = field(default_factory=dict)
    moments: str = ""
    events: Callable[[Shapes], Shapes] = lambda shapes: {}


@constructor
def deterministic() -> Encoder:
    """z = E(x)"""
    return Encoder(
        {"encoder": Role(("data",), "latent")},
        encode=lambda nets, x, noise, ops: Code(nets.encoder(x)),
        centre=lambda nets, x, ops: nets.encoder(x),
    )


def gaussian_moments(nets: Networks, x: Array, ops: Ops) -> tuple[Array, Array]:
    """(μ, log σ²) of a Gaussian encoder, whose network gives them side by side, 2k numbers."""
    return densities.moments(nets.encoder(x), xp=ops.xp)


@constructor
def gaussian() -> Encoder:
    """z = μ(x) + σ(x) ε,  ε ~ N(0, I)"""

    def encode(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Code:
        mean, logvar = gaussian_moments(nets, x, ops)
        return Code(reparametrise(mean, logvar, noise.epsilon, xp=ops.xp), mean, logvar)

    return Encoder(
        {"encoder": Role(("data",), "moments")},
        encode=encode,
        centre=lambda nets, x, ops: gaussian_moments(nets, x, ops)[0],
        noise={"epsilon": Draw(Normal(), "latent")},
        moments="gaussian",
    )


@constructor
def implicit(noise: int = 16) -> Encoder:
    """z = e(x, ε),  ε ~ N(0, I) in `noise` dimensions: samples without a density. Shown at ε = 0."""
    noise = checks.whole("noise of an implicit encoder", noise)

    def centre(nets: Networks, x: Array, ops: Ops) -> Array:
        xp = ops.xp
        return nets.encoder(x, xp.tile(xp.zeros_like(flatten(x, xp=xp)[:, :1]), (1, noise)))

    return Encoder(
        {"encoder": Role(("data", "code noise"), "latent")},
        encode=lambda nets, x, draws, ops: Code(nets.encoder(x, draws.epsilon)),
        centre=centre,
        noise={"epsilon": Draw(Normal(), "code noise")},
        events=lambda shapes: {"code noise": (noise,)},
    )


VARIANCE = 1e-4  # added to the estimated variance, so that a code that does not vary has a density to compare with


@constructor
def separable(bases: int = 8, noise: int = 16) -> Encoder:
    """z = z_0(x) + Σ_i a_i(x) v_i(ε_i), the ε_i independent: implicit, with moments one can estimate.

    E z = z_0 + Σ a_i E v_i and Var z = Σ a_i² Var v_i + 1e-4, by the means and (biased) variances of the v_i over
    the batch. ``encoder`` gives z_0 and the a_i; ``basis`` is one network for all v_i, told which by a one-hot i.
    Mescheder, Nowozin & Geiger 2017, section 3.3 and appendix.
    """
    bases = checks.whole("bases of a separable encoder", bases)
    noise = checks.whole("noise of a separable encoder", noise)

    def encode(nets: Networks, x: Array, draws: NoiseDraws, ops: Ops) -> Code:
        xp = ops.xp
        parts = nets.encoder(x)
        origin, a = parts[:, 0, :], parts[:, 1:, :]
        ones = xp.tile(xp.ones_like(draws.epsilon[:, :, :1]), (1, 1, bases))
        which = xp.tril(xp.triu(ones))  # of every sample: the identity, a one-hot i a row
        inputs = xp.concat([draws.epsilon, which], axis=2)
        v = xp.reshape(nets.basis(xp.reshape(inputs, (-1, noise + bases))), (-1, *tuple(a.shape)[1:]))
        centre = xp.mean(v, axis=0, keepdims=True)
        variance = xp.mean((v - centre) ** 2, axis=0, keepdims=True)
        mean = origin + xp.sum(a * centre, axis=1)
        return Code(
            origin + xp.sum(a * v, axis=1),
            mean,
            xp.log(xp.sum(a * a * variance, axis=1) + VARIANCE),
        )

    return Encoder(
        {"encoder": Role(("data",), "code parts"), "basis": Role(("basis noise",), "latent", batch_norm=False)},
        encode=encode,
        centre=lambda nets, x, ops: nets.encoder(x)[:, 0, :],
        noise={"epsilon": Draw(Normal(), "code noise", copies=bases)},
        moments="estimated",
        events=lambda shapes: {
            "code noise": (noise,),
            "basis noise": (noise + bases,),
            "code parts": (1 + bases, *shapes["latent"]),
        },
    )
