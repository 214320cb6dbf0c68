"""Wrong penalties on the slopes of a discriminator: R1, R2 and Roth's."""

from typing import Any

from diptych import functional as F
from diptych.primitives import softplus
from diptych_conformance.faults.replaced import instead, loss_fault, term_fault


def _over_the_batch(slope: Any, *, xp: Any) -> Any:
    """|∇f|² summed over the batch, in place of the mean."""
    return xp.sum(slope * slope)


def _of_probabilities(f_p: Any, slope_p: Any, f_q: Any, slope_q: Any, *, xp: Any) -> Any:
    """The slopes of σ(f) in place of those of f."""

    def turned(f: Any, slope: Any) -> Any:
        derivative = xp.exp(-softplus(f, xp=xp) - softplus(-f, xp=xp))
        return slope * xp.reshape(derivative, (-1, *(1 for _ in tuple(slope.shape)[1:])))

    return _roth(f_p, turned(f_p, slope_p), f_q, turned(f_q, slope_q), xp=xp)


_roth = F.roth_penalty


def _roth_weights_held(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """(1 - σ)² and σ² held constant."""
    f, fake = nets.critic, nets.generator(noise.z)
    f_x, f_fake = f(x), f(fake)
    omega = F.roth_penalty(ops.stop(f_x), ops.grad(f, x), ops.stop(f_fake), ops.grad(f, fake), xp=ops.xp)
    return F.discriminator_loss(f_x, f_fake, xp=ops.xp) + omega


def _roth_in_full(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """γ in place of γ/2."""
    f, fake = nets.critic, nets.generator(noise.z)
    omega = F.roth_penalty(f(x), ops.grad(f, x), f(fake), ops.grad(f, fake), xp=ops.xp)
    return F.discriminator_loss(f(x), f(fake), xp=ops.xp) + 2.0 * omega


def _roth_never_annealed(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The γ of round 0 in every round."""
    f, fake = nets.critic, nets.generator(noise.z)
    omega = F.roth_penalty(f(x), ops.grad(f, x), f(fake), ops.grad(f, fake), xp=ops.xp)
    return F.discriminator_loss(f(x), f(fake), xp=ops.xp) + 0.5 * 2.0 * omega


REGULARISERS = (
    term_fault("one norm for the batch", "TorchGAN; caogang/wgan-gp 27", "zero_centred_penalty", _over_the_batch),
    term_fault(
        "slopes of probabilities for slopes of logits",
        "Roth's regulariser, misread",
        "roth_penalty",
        _of_probabilities,
    ),
    loss_fault(
        "γ for γ/2", "two conventions under one name", "roth-gan/critic", "value", instead("critic", _roth_in_full)
    ),
    loss_fault(
        "a schedule that never moves",
        "pythae 92: a run that starts its schedule again",
        "roth-gan-annealed/critic",
        "value",
        instead("critic", _roth_never_annealed),
    ),
    loss_fault(
        "the regulariser's weights held constant",
        "a detach too many",
        "roth-gan/critic",
        "gradient",
        instead("critic", _roth_weights_held),
    ),
)
