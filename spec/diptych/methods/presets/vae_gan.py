"""VAE/GAN: a variational auto-encoder whose likelihood is measured on features of a discriminator.

Larsen, Sønderby, Larochelle & Winther 2016, Algorithm 1. As printed, the algorithm's signs agree only where L_GAN
is the discriminator's loss -V; below, V is what the discriminator maximises.
"""

from functools import partial

from diptych import checks
from diptych.algebra import encoders
from diptych.construction import constructor
from diptych.divergences.gaussian import kl_to_standard_normal
from diptych.method import Card, Method, Player, Role
from diptych.noise import Draw, Normal
from diptych.optimizers import RMSprop
from diptych.primitives import row_squared_distances, softplus
from diptych.typing import Array, Networks, NoiseDraws, Ops

ENCODER = encoders.gaussian()
EQUILIBRIUM = 0.68  # of the gate; a discriminator that knows nothing costs log 2 = 0.69 a term


def divergence_loss(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
    """E KL(Q(z|x) | N(0, I)) + E 1/2 |φ(x) - φ(x̃)|²"""
    mean, logvar, y = _reconstructed(nets, x, noise, ops)
    kl = kl_to_standard_normal(mean, logvar, xp=ops.xp)
    return ops.xp.mean(kl) + _dissimilarity(nets, x, y, ops)


def decoder_loss(
    nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, *, gamma: float, reconstructions: bool
) -> Array:
    """γ E 1/2 |φ(x) - φ(x̃)|² + V"""
    _, _, y = _reconstructed(nets, x, noise, ops)
    real, fakes = _costs(nets, x, y, noise, ops, reconstructions)
    return gamma * _dissimilarity(nets, x, y, ops) - (real + sum(fakes))


def critic_loss(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, *, reconstructions: bool) -> Array:
    """-V = -E log D(x) - E log(1 - D(x̃)) - E log(1 - D(G(z))), without the second where so wished"""
    _, _, y = _reconstructed(nets, x, noise, ops)
    real, fakes = _costs(nets, x, y, noise, ops, reconstructions)
    return real + sum(fakes)


def gate(
    nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, *, margin: float, reconstructions: bool
) -> dict[str, Array]:
    """Who moves: not the critic where it is far ahead, not the decoder where the critic is far behind."""
    xp = ops.xp
    _, _, y = _reconstructed(nets, x, noise, ops)
    real, fakes = _costs(nets, x, y, noise, ops, reconstructions)
    fake = sum(fakes) / len(fakes)
    ahead = xp.logical_or(real < EQUILIBRIUM - margin, fake < EQUILIBRIUM - margin)
    behind = xp.logical_or(real > EQUILIBRIUM + margin, fake > EQUILIBRIUM + margin)
    return {
        "critic": xp.logical_or(xp.logical_not(ahead), behind),
        "decoder": xp.logical_or(xp.logical_not(behind), ahead),
    }


def _reconstructed(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> tuple[Array, Array, Array]:
    """μ, log σ² and x̃ = G(μ + σ ε)"""
    code = ENCODER.encode(nets, x, noise, ops)
    assert code.mean is not None  # a Gaussian encoder knows them
    assert code.logvar is not None
    return code.mean, code.logvar, nets.decoder(code.z)


def _dissimilarity(nets: Networks, x: Array, y: Array, ops: Ops) -> Array:
    """E 1/2 |φ(x) - φ(y)|²"""
    return 0.5 * ops.xp.mean(row_squared_distances(nets.features(x), nets.features(y), xp=ops.xp))


def _costs(
    nets: Networks, x: Array, y: Array, noise: NoiseDraws, ops: Ops, reconstructions: bool
) -> tuple[Array, list[Array]]:
    """-E log D(x);  -E log(1 - D) of the fakes G(z), and x̃ where it is one"""
    xp = ops.xp

    def f(v: Array) -> Array:
        return nets.critic(nets.features(v))

    def mean_cost(logits: Array) -> Array:
        return xp.mean(softplus(logits, xp=xp))

    fakes = [nets.decoder(noise.z), *([y] if reconstructions else [])]
    return mean_cost(-f(x)), [mean_cost(f(fake)) for fake in fakes]


def _card(reconstructions: bool) -> Card:
    of_reconstructions = r" + \mathbb{E}\log(1 - D(\tilde x))" * reconstructions
    return Card(
        title="VAE/GAN",
        paper="Larsen, Sønderby, Larochelle & Winther, Autoencoding beyond pixels using a learned similarity "
        "metric, ICML 2016",
        equation="Algorithm 1; eq. 8",
        formula={
            "encoder": r"\mathbb{E}\,\mathrm{KL}(Q(z \mid x)\,\|\,N(0, I))"
            r" + \mathbb{E}\,\frac{1}{2} \lVert \varphi(x) - \varphi(\tilde x)\rVert^2,"
            r"\quad \tilde x = G(\tilde z),\ \tilde z \sim Q(z \mid x)",
            "decoder": r"\gamma\,\mathbb{E}\,\frac{1}{2} \lVert \varphi(x) - \varphi(\tilde x)\rVert^2 + V",
            "critic": rf"-V,\quad V = \mathbb{{E}}\log D(x){of_reconstructions}"
            r" + \mathbb{E}\log(1 - D(G(z))),\quad D = \sigma \circ h \circ \varphi",
        },
        conventions=(
            "The prior is N(0, I). All three move at once, from gradients at one point. The critic "
            "owns φ; the likelihood term (unit variance, without its constant) does not move it, and V does not "
            "move the encoder. Summed over features and latent dimensions, averaged over the batch; V is a sum of "
            "means. With discriminate_reconstructions = False, as the authors have it for CelebA, V loses its term "
            "of x̃. The gate: with c_r = -E log D(x) and c_f the mean cost of the fakes, the critic rests where "
            "either is below 0.68 - margin, the decoder where either is above 0.68 + margin, nobody where both "
            "would. It stands alone: `hybrid` has no γ on the decoder's cost alone, nor fakes of both kinds. "
            "Defaults: γ = 1e-2, margin = 0.35 (the authors' code), RMSprop 3e-4, batch 64; 64 features (ours)."
        ),
    )


@constructor
def vae_gan(
    *,
    gamma: float = 1e-2,
    margin: float | None = 0.35,
    features: int = 64,
    discriminate_reconstructions: bool = True,
) -> Method:
    """min E KL(Q(z|x) | N(0, I)) + E 1/2 |φ(x) - φ(x̃)|², and V, by encoder, decoder and critic.

    Args:
        gamma: weight γ of the error of features, in the decoder's loss, against V (Algorithm 1); finite and at
            least 0
        margin: half the width of the gate's band around 0.68, the critic may rest where a cost is below, the
            decoder where one is above, None for no gate (the authors' code); finite and at least 0, or None
        features: number of features φ of a sample, by which reconstructions are compared; a whole number of at
            least 1
        discriminate_reconstructions: whether reconstructions are fakes too, beside samples, as in Algorithm 1,
            False in the authors' code for CelebA
    """
    gamma = checks.non_negative("gamma", gamma)
    margin = None if margin is None else checks.non_negative("margin, if not None,", margin)
    features = checks.whole("features", features)
    reconstructions = checks.flag("discriminate_reconstructions", discriminate_reconstructions)
    decoding = partial(decoder_loss, gamma=gamma, reconstructions=reconstructions)
    criticising = partial(critic_loss, reconstructions=reconstructions)
    rule = RMSprop(3e-4)
    encoder = encoders.gaussian()
    return Method(
        name="vae-gan",
        family="hybrid",
        roles={
            **encoder.roles,
            "decoder": Role(("latent",), "data"),
            "features": Role(("data",), "features"),
            "critic": Role(("features",), "scalar"),
        },
        noise={**encoder.noise, "z": Draw(Normal(), "latent")},
        players=(
            Player("encoder", divergence_loss, tuple(encoder.roles), optimizer=rule),
            Player("decoder", decoding, ("decoder",), optimizer=rule),
            Player("critic", criticising, ("features", "critic"), optimizer=rule),
        ),
        prior=Draw(Normal(), "latent"),
        generate=lambda nets, z, ops: nets.decoder(z),
        reconstruct=lambda nets, x, ops: nets.decoder(encoder.centre(nets, x, ops)),
        encode=encoder.centre,
        draw_codes=lambda nets, x, noise, ops: encoder.encode(nets, x, noise, ops).z,
        order="simultaneous",
        batch=64,
        hyper={
            "gamma": gamma,
            "margin": margin,
            "features": features,
            "discriminate_reconstructions": reconstructions,
        },
        card=_card(reconstructions),
        events=lambda shapes: {"features": (features,)},
        gate=None if margin is None else partial(gate, margin=margin, reconstructions=reconstructions),
    )


PRESETS = {"vae-gan": vae_gan}
RANK = 210
