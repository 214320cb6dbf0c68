"""Wrong critics of Wasserstein distances, and wrong penalties on a critic's slope."""

from collections.abc import Callable
from typing import Any

from diptych import functional as F
from diptych.method import Objective
from diptych.primitives import row_norm, row_sum
from diptych_conformance.faults.replaced import changed, instead, loss_fault, without_gradient


def _critic(penalty: Callable[[Any, Any, Any, Any], Any]) -> Objective:
    """The critic's loss of wgan-gp with another penalty, a function of (f, x, fake, (noise, ops))."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        fake = nets.generator(noise.z)
        return ops.xp.mean(nets.critic(fake)) - ops.xp.mean(nets.critic(x)) + 10 * penalty(nets, x, noise, ops)

    return loss


def _slope(nets: Any, x: Any, noise: Any, ops: Any, e: Any = None) -> Any:
    e = noise.e if e is None else e
    return ops.grad(nets.critic, F.interpolate(x, nets.generator(noise.z), e, xp=ops.xp))


def _over_the_batch(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    slope = _slope(nets, x, noise, ops)
    return (ops.xp.sqrt(ops.xp.sum(slope * slope)) - 1) ** 2


def _one_weight(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return F.gradient_penalty(_slope(nets, x, noise, ops, e=0 * noise.e + noise.e[:1]), xp=ops.xp)


def _normal_weights(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """Weights e from a logistic law, which leave [0, 1] as normal ones do."""
    e = ops.xp.log(noise.e) - ops.xp.log1p(-noise.e)
    return F.gradient_penalty(_slope(nets, x, noise, ops, e=e), xp=ops.xp)


def _no_corner(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The right value, with an infinite gradient where the slope is 0."""
    slope, f = _slope(nets, x, noise, ops), ops.xp.mean(nets.critic(x))
    norms = row_norm(slope, xp=ops.xp)
    flat = ops.xp.mean(ops.xp.where(norms == 0, ops.xp.ones_like(norms), ops.xp.zeros_like(norms)))
    return F.gradient_penalty(slope, xp=ops.xp) + 1e300 * flat * (f - ops.stop(f))


def _no_gradient(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.stop(F.gradient_penalty(_slope(nets, x, noise, ops), xp=ops.xp))


def _under_the_root(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    slope = _slope(nets, x, noise, ops)
    return ops.xp.mean((ops.xp.sqrt(row_sum(slope * slope, xp=ops.xp) + 1e-10) - 1) ** 2)


def _wgan_lp(penalty: Callable[..., Any]) -> Any:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        fake = nets.generator(noise.z)
        slope = ops.grad(nets.critic, F.interpolate(x, fake, noise.e, xp=ops.xp))
        return -F.critic_gap(nets.critic(x), nets.critic(fake), xp=ops.xp) + 10 * penalty(slope, ops)

    return loss


def _r3gan(penalty: Callable[..., Any]) -> Objective:
    """The critic's loss of r3gan with another penalty, a function of (slope, ops), at data and at samples."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        f, fake = nets.critic, nets.generator(noise.z)
        charges = penalty(ops.grad(f, x), ops) + penalty(ops.grad(f, fake), ops)
        return F.relativistic_loss(f(x), f(fake), xp=ops.xp) + charges

    return loss


def _summed(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.sum(nets.critic(nets.generator(noise.z))) - ops.xp.sum(nets.critic(x))


PENALTIES = (
    loss_fault(
        "penalty's norm over the batch",
        "TorchGAN; PyTorch-GAN issue 20; caogang/wgan-gp issue 27",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_over_the_batch)),
    ),
    loss_fault(
        "one interpolation weight a batch",
        "keras-io pull request 624",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_one_weight)),
    ),
    loss_fault(
        "interpolation weights of another law",
        "keras-io pull request 624: a normal's",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_normal_weights)),
    ),
    loss_fault(
        "a root without its corner",
        "one author's WGAN-GP: gradient 0 in torch, NaN in TensorFlow, of a critic that is 0",
        "wgan-gp/critic",
        "exactness",
        instead("critic", _critic(_no_corner)),
    ),
    loss_fault(
        "penalty of the right value without a gradient",
        "TorchGAN InfoGAN; TorchGAN issue 100",
        "wgan-gp/critic",
        "gradient",
        instead("critic", _critic(_no_gradient)),
    ),
    loss_fault(
        "1e-10 under the root of the penalty's norm",
        "TF-GAN; not visible in float32",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_under_the_root)),
    ),
    loss_fault(
        "sums for means in the critic's loss",
        "a learning rate that grows with the batch",
        "wgan/critic",
        "value",
        instead("critic", _summed),
    ),
    loss_fault(
        "wgan's generator without a gradient",
        "samples held where they should not be",
        "wgan/generator",
        "gradient",
        changed("generator", without_gradient),
    ),
    loss_fault(
        "two-sided penalty for the one-sided",
        "WGAN-GP under the name of LP",
        "wgan-lp/critic",
        "value",
        instead("critic", _wgan_lp(lambda slope, ops: F.gradient_penalty(slope, xp=ops.xp))),
    ),
    loss_fault(
        "one-sided penalty without a gradient",
        "TorchGAN issue 100",
        "wgan-lp/critic",
        "exactness",
        instead("critic", _wgan_lp(lambda slope, ops: ops.stop(F.one_sided_penalty(slope, xp=ops.xp)))),
    ),
    loss_fault(
        "γ for γ/2 of R1",
        "R1 in code bases whose γ is half of the paper's",
        "r3gan/critic",
        "value",
        instead("critic", _r3gan(lambda slope, ops: F.zero_centred_penalty(slope, xp=ops.xp))),
    ),
    loss_fault(
        "zero-centred penalty without a gradient",
        "slopes taken where no graph is kept",
        "r3gan/critic",
        "gradient",
        instead("critic", _r3gan(lambda slope, ops: 0.5 * ops.stop(F.zero_centred_penalty(slope, xp=ops.xp)))),
    ),
)
