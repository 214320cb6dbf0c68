"""Wrong formulas of primal and hybrid methods: sides, signs, routes and reductions that went astray."""

from collections.abc import Callable
from math import log, pi
from typing import Any

from diptych import divergences as d
from diptych.costs import gaussian
from diptych.method import Objective
from diptych.methods import encoders
from diptych.methods.vae_gan import critic_loss, decoder_loss, divergence_loss
from diptych.primitives import logsumexp, row_sum, softplus
from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.replaced import changed, instead


def _square(x: Any, y: Any, xp: Any) -> Any:
    return row_sum((x - y) ** 2, xp=xp)


def _mean_over_pixels(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.mean((x - nets.decoder(nets.encoder(x))) ** 2)


def _iwae(bound: Callable[[Any, Any], Any]) -> Objective:
    """The bound from log w, (n, K)."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        xp, draws = ops.xp, noise.epsilon.shape[1]
        mean, logvar = encoders.moments(nets, x, ops)
        logs = []
        for i in range(draws):
            e = noise.epsilon[:, i, :]
            z = d.reparametrise(mean, logvar, e, xp=xp)
            ratio = 0.5 * row_sum(e * e - z * z + logvar, xp=xp)
            logs.append(ratio - gaussian(0.7).of(x, nets.decoder(z), xp))
        return -bound(xp.stack(logs, axis=1), ops)

    return loss


def _surrogate(logs: Any, ops: Any) -> Any:
    """Σ w̃ log w with w̃ = softmax(log w) held constant: the gradient of the bound, not its value."""
    weights = ops.stop(ops.xp.exp(logs - logsumexp(logs, 1, xp=ops.xp)[:, None]))
    return ops.xp.mean(ops.xp.sum(weights * logs, axis=1))


def _mean_inside(logs: Any, ops: Any) -> Any:
    """The logarithm of one mean over draws and batch."""
    flat = ops.xp.reshape(logs, (1, -1))
    return logsumexp(flat, 1, xp=ops.xp)[0] - log(flat.shape[1])


def _prior_positive(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """Labels as in AAE, where AVB has them the other way round: the KL would be maximised."""
    codes = nets.encoder(x, noise.epsilon)
    return d.discriminator_loss(nets.critic(x, noise.z), nets.critic(x, codes), xp=ops.xp)


def _contrast(hold: bool, constants: bool) -> Objective:
    """AVB's adaptive contrast, its moments held constant or not, its reference with log σ² or without."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        xp = ops.xp
        code = encoders.separable().encode(nets, x, noise, ops)
        mean, logvar = (ops.stop(m) if hold else m for m in (code.mean, code.logvar))
        u = (code.z - mean) * xp.exp(-0.5 * logvar)
        density = -0.5 * row_sum(u * u + (logvar if constants else 0.0), xp=xp)
        kl = nets.critic(x, u) + density + 0.5 * row_sum(code.z**2, xp=xp)
        return xp.mean(gaussian(0.7).of(x, nets.decoder(code.z), xp) + kl)

    return loss


def _codes_positive(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """Labels as in AVB, where AAE has them the other way round."""
    return d.discriminator_loss(nets.critic(nets.encoder(x)), nets.critic(noise.z), xp=ops.xp)


def _mixed(objective: Objective) -> Objective:
    """Both phases in one loss, half and half."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        fooled = softplus(-nets.critic(nets.encoder(x)), xp=ops.xp)
        return 0.5 * objective(nets, x, noise, ops) + 0.5 * ops.xp.mean(fooled)

    return loss


def _wae_gan(log_density: Callable[[Any, Any, Any], Any]) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        codes = nets.encoder(x)
        logits = log_density(nets.critic(codes), codes, ops.xp)
        cost = ops.xp.mean(_square(x, nets.decoder(codes), ops.xp))
        return cost + 10 * ops.xp.mean(softplus(-logits, xp=ops.xp))

    return loss


def _every_pair(h: Any, z: Any, xp: Any) -> Any:
    """(n, 1) - (n,): every h with every norm."""
    constant = 0.5 * z.shape[1] * log(2 * pi)
    return h[:, None] - (0.5 * row_sum(z * z, xp=xp) + constant)[None, :]


def _half_a_dimension(h: Any, z: Any, xp: Any) -> Any:
    """1/2 log 2π where k/2 log 2π is meant."""
    return h - 0.5 * row_sum(z * z, xp=xp) - 0.5 * log(2 * pi)


def _decoder_plus_critic(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """γ · similarity - V: the game's part of the gradient points exactly the wrong way."""
    both = decoder_loss(nets, x, noise, ops, gamma=1e-2, reconstructions=True)
    return both + 2 * critic_loss(nets, x, noise, ops, reconstructions=True)


def _leaking(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return divergence_loss(nets, x, noise, ops) + critic_loss(nets, x, noise, ops, reconstructions=True)


def _without_reconstructions(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    def f(v: Any) -> Any:
        return nets.critic(nets.features(v))

    return d.discriminator_loss(f(x), f(nets.decoder(noise.z)), xp=ops.xp)


def _with_game(sign: float) -> Callable[[Objective], Objective]:
    """A loss with the samples' non-saturating loss added, or taken away twice."""

    def change(objective: Objective) -> Objective:
        def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            game = ops.xp.mean(softplus(-nets.critic(nets.decoder(noise.z)), xp=ops.xp))
            return objective(nets, x, noise, ops) + sign * game

        return loss

    return change


def _cost_moves_features(objective: Objective) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        y = nets.decoder(nets.encoder(x))
        return objective(nets, x, noise, ops) + ops.xp.mean(_square(nets.features(x), nets.features(y), ops.xp))

    return loss


def _fault(name: str, source: str, subject: str, wrap: Callable[[Any], Any], leg: str = "value") -> Fault:
    return Fault(name, source, f"objectives/{subject}/dense/float64/eager/*", leg, wrap)


AUTO_ENCODERS = (
    _fault(
        "squared error averaged over pixels",
        "a framework's mse for the paper's squared norm",
        "ae/autoencoder",
        instead("autoencoder", _mean_over_pixels),
    ),
    _fault("surrogate for the bound", "pythae IWAE", "iwae/autoencoder", instead("autoencoder", _iwae(_surrogate))),
    _fault(
        "logarithm of a mean over the batch",
        "logsumexp over both axes",
        "iwae/autoencoder",
        instead("autoencoder", _iwae(_mean_inside)),
    ),
    _fault(
        "prior draws the positive class of AVB",
        "AAE's labels: the KL is maximised",
        "avb/critic",
        instead("critic", _prior_positive),
    ),
    _fault(
        "moments of the reference not held constant",
        "AVB section 3.3: right value, another gradient",
        "avb-contrast/autoencoder",
        instead("autoencoder", _contrast(hold=False, constants=True)),
        leg="gradient",
    ),
    _fault(
        "log-variance of the reference forgotten",
        "AVB section 3.3",
        "avb-contrast/autoencoder",
        instead("autoencoder", _contrast(hold=True, constants=False)),
    ),
    _fault(
        "codes the positive class of AAE",
        "AVB's labels",
        "aae/critic",
        instead("critic", _codes_positive),
    ),
    _fault(
        "reconstruction and regulariser mixed half and half",
        "pythae AAE",
        "aae/autoencoder",
        changed("autoencoder", _mixed),
    ),
    _fault(
        "every logit with every norm",
        "tolstikhin/wae, z_adversary with gan_p_trick: (n, 1) - (n,)",
        "wae-gan/autoencoder",
        instead("autoencoder", _wae_gan(_every_pair)),
    ),
    _fault(
        "the prior's constant of half a dimension",
        "tolstikhin/wae",
        "wae-gan/autoencoder",
        instead("autoencoder", _wae_gan(_half_a_dimension)),
    ),
    _fault(
        "decoder loss plus discriminator loss",
        "pythae VAEGAN: cosine -1",
        "vae-gan/decoder",
        instead("decoder", _decoder_plus_critic),
    ),
    _fault(
        "discriminator loss leaks into the encoder",
        "pythae FactorVAE",
        "vae-gan/encoder",
        instead("encoder", _leaking),
    ),
    _fault(
        "reconstructions left out of the game",
        "pythae VAEGAN",
        "vae-gan/critic",
        instead("critic", _without_reconstructions),
    ),
    _fault(
        "the game's gradient turned",
        "a sign taken from the discriminator's loss",
        "ae-gan/decoder",
        changed("decoder", _with_game(-2.0)),
    ),
    _fault(
        "the game reaches the encoder",
        "one loss for encoder and decoder: the value is off by a term that does not move the encoder",
        "ae-gan/encoder",
        changed("encoder", _with_game(1.0)),
    ),
    _fault(
        "the cost moves the features it is measured on",
        "features trained to make the cost small",
        "wae-learned-cost/critic",
        changed("critic", _cost_moves_features),
    ),
)
