"""Wrong gradients of hybrids: the game's loss reaches another network than it should, or has another sign."""

from collections.abc import Callable
from typing import Any

from diptych import functional as F
from diptych.method import Objective
from diptych.methods.presets.vae_gan import critic_loss, decoder_loss, divergence_loss
from diptych.primitives import row_sum, softplus
from diptych_conformance.faults.replaced import changed, instead, loss_fault


def _decoder_plus_critic(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """γ · similarity - V, in which the game's part of the gradient has the wrong sign."""
    both = decoder_loss(nets, x, noise, ops, gamma=1e-2, reconstructions=True)
    return both + 2 * critic_loss(nets, x, noise, ops, reconstructions=True)


def _leaking(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return divergence_loss(nets, x, noise, ops) + critic_loss(nets, x, noise, ops, reconstructions=True)


def _without_reconstructions(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    def f(v: Any) -> Any:
        return nets.critic(nets.features(v))

    return F.discriminator_loss(f(x), f(nets.decoder(noise.z)), xp=ops.xp)


def _with_game(sign: float) -> Callable[[Objective], Objective]:
    """A loss plus `sign` times the non-saturating loss of the samples."""

    def change(objective: Objective) -> Objective:
        def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            game = ops.xp.mean(softplus(-nets.critic(nets.decoder(noise.z)), xp=ops.xp))
            return objective(nets, x, noise, ops) + sign * game

        return loss

    return change


def _cost_moves_features(objective: Objective) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        moved = nets.features(x) - nets.features(nets.decoder(nets.encoder(x)))
        return objective(nets, x, noise, ops) + ops.xp.mean(row_sum(moved**2, xp=ops.xp))

    return loss


HYBRIDS = (
    loss_fault(
        "decoder loss plus discriminator loss",
        "pythae VAEGAN: cosine -1",
        "vae-gan/decoder",
        "value",
        instead("decoder", _decoder_plus_critic),
    ),
    loss_fault(
        "discriminator loss leaks into the encoder",
        "pythae FactorVAE",
        "vae-gan/encoder",
        "value",
        instead("encoder", _leaking),
    ),
    loss_fault(
        "reconstructions left out of the game",
        "pythae VAEGAN",
        "vae-gan/critic",
        "value",
        instead("critic", _without_reconstructions),
    ),
    loss_fault(
        "the game's gradient turned",
        "a sign taken from the discriminator's loss",
        "ae-gan/decoder",
        "value",
        changed("decoder", _with_game(-2.0)),
    ),
    loss_fault(
        "the game reaches the encoder",
        "one loss for encoder and decoder: the value is off by a term that does not move the encoder",
        "ae-gan/encoder",
        "value",
        changed("encoder", _with_game(1.0)),
    ),
    loss_fault(
        "the cost moves the features it is measured on",
        "features trained to make the cost small",
        "wae-learned-cost/critic",
        "value",
        changed("critic", _cost_moves_features),
    ),
)
