"""Wrong losses of a discriminator's logits: GAN, non-saturating GAN, least squares, hinge, relativistic."""

from collections.abc import Callable
from typing import Any

from diptych import functional as F
from diptych.method import Objective
from diptych.primitives import maximum, softplus
from diptych_conformance.faults.replaced import instead, loss_fault, term_fault

Elementwise = Callable[..., Any]  # (critic's output, xp=namespace)


def _log_sigmoid(epsilon: float) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        logit = nets.critic(nets.generator(noise.z))
        return -ops.xp.mean(ops.xp.log(1 / (1 + ops.xp.exp(-logit)) + epsilon))

    return loss


def _halved(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return 0.5 * F.discriminator_loss(nets.critic(x), nets.critic(nets.generator(noise.z)), xp=ops.xp)


def _fooled(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The minimax loss in place of the non-saturating loss."""
    return -ops.xp.mean(softplus(nets.critic(nets.generator(noise.z)), xp=ops.xp))


def of_samples(f: Elementwise) -> Objective:
    """The mean of a function of V(G(z))."""
    return lambda nets, x, noise, ops: ops.xp.mean(f(nets.critic(nets.generator(noise.z)), xp=ops.xp))


def _smoothed_labels(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
    return F.discriminator_loss(real, fake, xp=ops.xp) + 0.125 * ops.xp.mean(real)  # 0.875 for 1


def _interchanged(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return F.hinge_loss(nets.critic(nets.generator(noise.z)), nets.critic(x), xp=ops.xp)


def _twice_least_squares(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
    return 2 * F.least_squares_loss(real, fake, xp=ops.xp)


def _against_the_mean(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The critic of the relativistic average GAN, or half of it: each row of the data against the mean sample."""
    real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
    return ops.xp.mean(softplus(ops.xp.mean(fake) - real, xp=ops.xp))


def _without_the_data(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The right value, with the gradient of the non-saturating GAN for the generator."""
    real, fake = nets.critic(x), nets.critic(nets.generator(noise.z))
    loss, other = F.relativistic_model_loss(real, fake, xp=ops.xp), F.non_saturating_loss(fake, xp=ops.xp)
    return ops.stop(loss - other) + other


def probability(v: Any, xp: Any) -> Any:
    return 1 / (1 + xp.exp(-v))


def _hinge(f_p: Any, f_q: Any, *, xp: Any) -> Any:
    """The hinge by a maximum with 0, whose slope on the margin is 1/2."""
    zero = xp.zeros_like
    return xp.mean(maximum(1 - f_p, zero(f_p), xp=xp)) + xp.mean(maximum(1 + f_q, zero(f_q), xp=xp))


GANS = (
    loss_fault(
        "log(sigmoid + eps)",
        "mimicry: gradient -9e-6 at logit -30, where it is -1",
        "ns-gan/generator",
        "exactness",
        instead("generator", _log_sigmoid(1e-12)),
    ),
    loss_fault(
        "log(sigmoid): infinite at logit -1e4",
        "f-GAN conjugates that overflow (LynnHo f-GAN)",
        "ns-gan/generator",
        "exactness",
        instead("generator", _log_sigmoid(0.0)),
        alone=True,
    ),
    loss_fault(
        "discriminator's loss an average of two means",
        "DCGAN mode of improved_wgan_training; pythae",
        "ns-gan/critic",
        "value",
        instead("critic", _halved),
    ),
    loss_fault(
        "minimax for non-saturating",
        "TF-GAN's minimax_generator_loss is the other loss",
        "ns-gan/generator",
        "value",
        instead("generator", _fooled),
    ),
    loss_fault(
        "labels smoothed unasked",
        "TF-GAN's modified_discriminator_loss",
        "gan/critic",
        "value",
        instead("critic", _smoothed_labels),
    ),
    loss_fault(
        "a constant for the real half",
        "TF-GAN's minimax_generator_loss: 0.313262 too much",
        "gan/generator",
        "value",
        instead("generator", of_samples(lambda v, xp: 0.313262 - softplus(v, xp=xp))),
    ),
    loss_fault(
        "log(1 - D) by way of D",
        "infinite at logit 1e4",
        "gan/generator",
        "exactness",
        instead("generator", of_samples(lambda v, xp: xp.log(1 - probability(v, xp)))),
        alone=True,
    ),
    loss_fault(
        "least squares without the halves",
        "a framework's mean squared error",
        "lsgan/critic",
        "value",
        instead("critic", _twice_least_squares),
    ),
    loss_fault(
        "least squares of probabilities",
        "a sigmoid left at the critic's end",
        "lsgan/generator",
        "gradient",
        instead("generator", of_samples(lambda v, xp: 0.5 * (probability(v, xp) - 1) ** 2)),
    ),
    loss_fault(
        "hinge with data and samples interchanged",
        "a critic that calls data negative beside a generator that raises it",
        "hinge/critic",
        "value",
        instead("critic", _interchanged),
    ),
    loss_fault(
        "hinge in the generator too",
        "max(0, 1 - f) where the paper has -f",
        "hinge/generator",
        "value",
        instead("generator", of_samples(lambda v, xp: softplus(1 - v, xp=xp))),
    ),
    loss_fault(
        "each of the data against the mean of the samples",
        "the relativistic average GAN of the same paper",
        "rp-gan/critic",
        "value",
        instead("critic", _against_the_mean),
    ),
    loss_fault(
        "a generator that does not look at the data",
        "the data's half dropped, as it is in every other game",
        "rp-gan/generator",
        "gradient",
        instead("generator", _without_the_data),
    ),
    term_fault(
        "hinge of half a slope on its margin",
        "the same author's in torch and TensorFlow: -0.125 against -0.25",
        "hinge_loss*",
        _hinge,
        "hinge_loss",
    ),
)
