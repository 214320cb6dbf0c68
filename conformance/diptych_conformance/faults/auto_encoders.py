"""Wrong losses of auto-encoders, with and without a critic of their codes: exchanged labels, signs, constants."""

from collections.abc import Callable
from math import log, pi
from typing import Any

from diptych import functional as F
from diptych.algebra import encoders
from diptych.costs import gaussian_nll
from diptych.method import Objective
from diptych.primitives import row_sum, softplus
from diptych_conformance.faults.replaced import changed, instead, loss_fault


def _clamped(objective: Objective) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        value = objective(nets, x, noise, ops)
        return ops.xp.where(value > 1e3, 1e3 * ops.xp.ones_like(value), value)

    return loss


def _square(x: Any, y: Any, xp: Any) -> Any:
    return row_sum((x - y) ** 2, xp=xp)


def _mean_over_pixels(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.mean((x - nets.decoder(nets.encoder(x))) ** 2)


def _prior_positive(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """AAE's labels in AVB, whose labels are the other way round: the KL would be maximised."""
    codes = nets.encoder(x, noise.epsilon)
    return F.discriminator_loss(nets.critic(x, noise.z), nets.critic(x, codes), xp=ops.xp)


def _contrast(hold: bool, constants: bool) -> Objective:
    """AVB's adaptive contrast, with its moments held constant or not, and with log σ² in its reference or not."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        xp = ops.xp
        code = encoders.separable().encode(nets, x, noise, ops)
        moments: Any = (code.mean, code.logvar)
        mean, logvar = (ops.stop(m) if hold else m for m in moments)
        u = (code.z - mean) * xp.exp(-0.5 * logvar)
        density = -0.5 * row_sum(u * u + (logvar if constants else 0.0), xp=xp)
        kl = nets.critic(x, u) + density + 0.5 * row_sum(code.z**2, xp=xp)
        return xp.mean(gaussian_nll(0.7).of(x, nets.decoder(code.z), xp=xp) + kl)

    return loss


def _codes_positive(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """AVB's labels in AAE, whose labels are the other way round."""
    return F.discriminator_loss(nets.critic(nets.encoder(x)), nets.critic(noise.z), xp=ops.xp)


def _mixed(objective: Objective) -> Objective:
    """One loss that is the average of the losses of both phases."""

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
    """(n, 1) - (n,), which pairs every h with every norm."""
    constant = 0.5 * z.shape[1] * log(2 * pi)
    return h[:, None] - (0.5 * row_sum(z * z, xp=xp) + constant)[None, :]


def _half_a_dimension(h: Any, z: Any, xp: Any) -> Any:
    """1/2 log 2π in place of k/2 log 2π."""
    return h - 0.5 * row_sum(z * z, xp=xp) - 0.5 * log(2 * pi)


AUTO_ENCODERS = (
    loss_fault(
        "loss clamped at 1000",
        "clamps that hide divergence",
        "wae-mmd/autoencoder",
        "exactness",
        changed("autoencoder", _clamped),
        alone=True,
    ),
    loss_fault(
        "squared error averaged over pixels",
        "a framework's mse for the paper's squared norm",
        "ae/autoencoder",
        "value",
        instead("autoencoder", _mean_over_pixels),
    ),
    loss_fault(
        "prior draws the positive class of AVB",
        "AAE's labels: the KL is maximised",
        "avb/critic",
        "value",
        instead("critic", _prior_positive),
    ),
    loss_fault(
        "moments of the reference not held constant",
        "AVB section 3.3: right value, another gradient",
        "avb-contrast/autoencoder",
        "gradient",
        instead("autoencoder", _contrast(hold=False, constants=True)),
    ),
    loss_fault(
        "log-variance of the reference forgotten",
        "AVB section 3.3",
        "avb-contrast/autoencoder",
        "value",
        instead("autoencoder", _contrast(hold=True, constants=False)),
    ),
    loss_fault(
        "codes the positive class of AAE", "AVB's labels", "aae/critic", "value", instead("critic", _codes_positive)
    ),
    loss_fault(
        "reconstruction and regulariser mixed half and half",
        "pythae AAE",
        "aae/autoencoder",
        "value",
        changed("autoencoder", _mixed),
    ),
    loss_fault(
        "every logit with every norm",
        "tolstikhin/wae, z_adversary with gan_p_trick: (n, 1) - (n,)",
        "wae-gan/autoencoder",
        "value",
        instead("autoencoder", _wae_gan(_every_pair)),
    ),
    loss_fault(
        "the prior's constant of half a dimension",
        "tolstikhin/wae",
        "wae-gan/autoencoder",
        "value",
        instead("autoencoder", _wae_gan(_half_a_dimension)),
    ),
)
