"""Wrong formulas: a player's objective replaced by one that shipped somewhere."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import densities
from diptych import divergences as d
from diptych.costs import gaussian
from diptych.method import Objective
from diptych.primitives import clip, row_norm, row_sum, softplus
from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.replaced import changed, instead


def _critic(penalty: Callable[[Any, Any, Any, Any], Any]) -> Objective:
    """The critic of wgan-gp with another penalty (f, x, fake, (noise, ops))."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        fake = nets.generator(noise.z)
        return ops.xp.mean(nets.critic(fake)) - ops.xp.mean(nets.critic(x)) + 10 * penalty(nets, x, noise, ops)

    return loss


def _slope(nets: Any, x: Any, noise: Any, ops: Any, e: Any = None) -> Any:
    e = noise.e if e is None else e
    return ops.grad(nets.critic, d.interpolate(x, nets.generator(noise.z), e))


def _over_the_batch(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    slope = _slope(nets, x, noise, ops)
    return (ops.xp.sqrt(ops.xp.sum(slope * slope)) - 1) ** 2


def _one_weight(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return d.gradient_penalty(_slope(nets, x, noise, ops, e=0 * noise.e + noise.e[:1]), xp=ops.xp)


def _normal_weights(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """Weights with the logistic law's quantiles, which leave [0, 1] as a normal's do."""
    e = ops.xp.log(noise.e) - ops.xp.log1p(-noise.e)
    return d.gradient_penalty(_slope(nets, x, noise, ops, e=e), xp=ops.xp)


def _no_corner(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The right value; where the slope is 0, a gradient as of the root there, beyond all bounds."""
    slope, f = _slope(nets, x, noise, ops), ops.xp.mean(nets.critic(x))
    norms = row_norm(slope, xp=ops.xp)
    flat = ops.xp.mean(ops.xp.where(norms == 0, ops.xp.ones_like(norms), ops.xp.zeros_like(norms)))
    return d.gradient_penalty(slope, xp=ops.xp) + 1e300 * flat * (f - ops.stop(f))


def _no_gradient(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.stop(d.gradient_penalty(_slope(nets, x, noise, ops), xp=ops.xp))


def _under_the_root(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    slope = _slope(nets, x, noise, ops)
    return ops.xp.mean((ops.xp.sqrt(row_sum(slope * slope, xp=ops.xp) + 1e-10) - 1) ** 2)


def _log_sigmoid(epsilon: float) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        logit = nets.critic(nets.generator(noise.z))
        return -ops.xp.mean(ops.xp.log(1 / (1 + ops.xp.exp(-logit)) + epsilon))

    return loss


def _halved(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return 0.5 * d.discriminator_loss(nets.critic(x), nets.critic(nets.generator(noise.z)), xp=ops.xp)


def _fooled(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The minimax loss where the non-saturating one is meant."""
    return -ops.xp.mean(softplus(nets.critic(nets.generator(noise.z)), xp=ops.xp))


def _clamped(objective: Objective) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        value = objective(nets, x, noise, ops)
        return ops.xp.where(value > 1e3, 1e3 * ops.xp.ones_like(value), value)

    return loss


def _elbo(reconstruction: Callable[..., Any], kl: Callable[..., Any]) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        moments = nets.encoder(x)
        k = moments.shape[1] // 2
        mean, logvar = moments[:, :k], moments[:, k:]
        y = nets.decoder(d.reparametrise(mean, logvar, noise.epsilon, xp=ops.xp))
        divergence = ops.xp.mean(d.kl_to_standard_normal(mean, logvar, xp=ops.xp))
        return reconstruction(x, y, ops.xp) + kl(divergence, k)

    return loss


def _summed(x: Any, y: Any, xp: Any) -> Any:
    return xp.mean(gaussian(0.7).of(x, y, xp))


def _averaged(x: Any, y: Any, xp: Any) -> Any:
    return _summed(x, y, xp) / np.prod(tuple(x.shape)[1:])


def _without_constant(x: Any, y: Any, xp: Any) -> Any:
    return xp.mean(row_sum((x - y) ** 2, xp=xp)) / (2 * 0.7**2)


def _bernoulli(cross_entropy: Callable[..., Any]) -> Objective:
    """The VAE with another cross-entropy of the data and the decoder's logits."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        mean, logvar = densities.moments(nets.encoder(x), xp=ops.xp)
        y = nets.decoder(d.reparametrise(mean, logvar, noise.epsilon, xp=ops.xp))
        return cross_entropy(x, y, ops.xp) + ops.xp.mean(d.kl_to_standard_normal(mean, logvar, xp=ops.xp))

    return loss


def _clipped_probabilities(x: Any, y: Any, xp: Any) -> Any:
    """The cross-entropy of probabilities kept 1e-7 away from 0 and 1."""
    probability = clip(1 / (1 + xp.exp(-y)), 1e-7, 1 - 1e-7, xp=xp)
    return -xp.mean(row_sum(x * xp.log(probability) + (1 - x) * xp.log(1 - probability), xp=xp))


def _clamped_logarithms(x: Any, y: Any, xp: Any) -> Any:
    """The cross-entropy with logarithms of at least -100."""
    yes, no = (clip(-softplus(-logit, xp=xp), -100.0, 0.0, xp=xp) for logit in (y, -y))
    return -xp.mean(row_sum(x * yes + (1 - x) * no, xp=xp))


def _deviation_for_variance(x: Any, y: Any, xp: Any) -> Any:
    """log σ² read as log σ."""
    mean, log_sigma = densities.moments(y, xp=xp)
    return xp.mean(-densities.log_diagonal_normal(x, mean, 2 * log_sigma, xp=xp))


def _scale_held(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The right loss, without the gradient of the decoder's scale."""
    mean, logvar = densities.moments(nets.encoder(x), xp=ops.xp)
    y, scale = densities.moments(nets.decoder(d.reparametrise(mean, logvar, noise.epsilon, xp=ops.xp)), xp=ops.xp)
    kl = d.kl_to_standard_normal(mean, logvar, xp=ops.xp)
    return ops.xp.mean(kl - densities.log_diagonal_normal(x, y, ops.stop(scale), xp=ops.xp))


def _wae(penalty: Callable[..., Any]) -> Objective:
    kernel = d.inverse_multiquadratic([2 * c for c in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)])

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        codes = nets.encoder(x)
        cost = ops.xp.mean(row_sum((x - nets.decoder(codes)) ** 2, xp=ops.xp))
        return cost + 10 * penalty(noise.z, codes, kernel, ops.xp)

    return loss


def _one_by_one(p: Any, q: Any, kernel: Any, xp: Any) -> Any:
    """Sums over pairs divided by n² instead of n (n - 1), the diagonal left out."""
    n = p.shape[0]
    return d.mmd2_biased(p, q, kernel, xp=xp) - 2 * 7 / n


def _gmmn_mean(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """The kernel a mean over the bandwidths."""
    kernel = d.rbf([v**0.5 for v in (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)])
    fake = nets.generator(noise.z)
    return ops.xp.sqrt(d.mmd2_biased(x, fake, kernel, xp=ops.xp) / 6)


def _fault(
    name: str, source: str, subject: str, leg: str, wrap: Callable[[Any], Any], *, alone: bool = False
) -> Fault:
    return Fault(name, source, f"objectives/{subject}/dense/float64/eager/*", leg, wrap, alone)


LOSSES = (
    _fault(
        "penalty's norm over the batch",
        "TorchGAN; PyTorch-GAN issue 20; caogang/wgan-gp issue 27",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_over_the_batch)),
    ),
    _fault(
        "one interpolation weight a batch",
        "keras-io pull request 624",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_one_weight)),
    ),
    _fault(
        "interpolation weights of another law",
        "keras-io pull request 624: a normal's",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_normal_weights)),
    ),
    _fault(
        "a root without its corner",
        "one author's WGAN-GP: gradient 0 in torch, NaN in TensorFlow, of a critic that is 0",
        "wgan-gp/critic",
        "exactness",
        instead("critic", _critic(_no_corner)),
    ),
    _fault(
        "penalty of the right value without a gradient",
        "TorchGAN InfoGAN; TorchGAN issue 100",
        "wgan-gp/critic",
        "gradient",
        instead("critic", _critic(_no_gradient)),
    ),
    _fault(
        "1e-10 under the root of the penalty's norm",
        "TF-GAN; not visible in float32",
        "wgan-gp/critic",
        "value",
        instead("critic", _critic(_under_the_root)),
    ),
    _fault(
        "log(sigmoid + eps)",
        "mimicry: gradient -9e-6 at logit -30, where it is -1",
        "ns-gan/generator",
        "exactness",
        instead("generator", _log_sigmoid(1e-12)),
    ),
    _fault(
        "log(sigmoid): infinite at logit -1e4",
        "f-GAN conjugates that overflow (LynnHo f-GAN)",
        "ns-gan/generator",
        "exactness",
        instead("generator", _log_sigmoid(0.0)),
        alone=True,
    ),
    _fault(
        "discriminator's loss an average of two means",
        "DCGAN mode of improved_wgan_training; pythae",
        "ns-gan/critic",
        "value",
        instead("critic", _halved),
    ),
    _fault(
        "minimax for non-saturating",
        "TF-GAN's minimax_generator_loss is the other loss",
        "ns-gan/generator",
        "value",
        instead("generator", _fooled),
    ),
    _fault(
        "loss clamped at 1000",
        "clamps that hide divergence",
        "wae-mmd/autoencoder",
        "exactness",
        changed("autoencoder", _clamped),
        alone=True,
    ),
    _fault(
        "KL averaged over latent dimensions",
        "PyTorch-VAE issues 56 and 11",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_summed, lambda kl, k: kl / k)),
    ),
    _fault(
        "reconstruction averaged over pixels",
        "the most common slip of all VAE code",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_averaged, lambda kl, k: kl)),
    ),
    _fault(
        "the Gaussian's constant dropped",
        "pythae's mse",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_without_constant, lambda kl, k: kl)),
    ),
    _fault(
        "KL weighted by the batch's share of the data",
        "PyTorch-VAE issue 11: kld_weight",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_summed, lambda kl, k: kl * 6 / 50000)),
    ),
    _fault(
        "cross-entropy of clipped probabilities",
        "Keras clips at 1e-7",
        "vae-bernoulli/autoencoder",
        "exactness",
        instead("autoencoder", _bernoulli(_clipped_probabilities)),
        alone=True,
    ),
    _fault(
        "logarithms clamped at -100",
        "torch.nn.BCELoss",
        "vae-bernoulli/autoencoder",
        "exactness",
        instead("autoencoder", _bernoulli(_clamped_logarithms)),
        alone=True,
    ),
    _fault(
        "log-variance read as a log-deviation",
        "two conventions of one network output",
        "vae-learned/autoencoder",
        "value",
        instead("autoencoder", _elbo(_deviation_for_variance, lambda kl, k: kl)),
    ),
    _fault(
        "a learned scale that is held",
        "a detach too many",
        "vae-learned/autoencoder",
        "gradient",
        instead("autoencoder", _scale_held),
    ),
    _fault(
        "log-variance not clipped",
        "infinite at log-variance 1e4",
        "vae/autoencoder",
        "exactness",
        instead("autoencoder", _elbo(_summed, lambda kl, k: kl)),
        alone=True,
    ),
    _fault(
        "latent penalty lost in its reduction",
        "PyTorch-VAE WAE: 0.050 where weight · MMD² is 115.7",
        "wae-mmd/autoencoder",
        "value",
        instead("autoencoder", _wae(lambda p, q, k, xp: d.mmd2_unbiased(p, q, k, xp=xp) / p.shape[0] ** 2)),
    ),
    _fault(
        "biased MMD for the unbiased one",
        "tolstikhin/wae issue 12: the diagonal not removed",
        "wae-mmd/autoencoder",
        "value",
        instead("autoencoder", _wae(lambda p, q, k, xp: d.mmd2_biased(p, q, k, xp=xp))),
    ),
    _fault(
        "pairs averaged over n² without their diagonal",
        "a mean over the matrix after the diagonal is zeroed",
        "wae-mmd/autoencoder",
        "value",
        instead("autoencoder", _wae(_one_by_one)),
    ),
    _fault(
        "kernel a mean over bandwidths",
        "two conventions under one name",
        "gmmn/generator",
        "value",
        instead("generator", _gmmn_mean),
    ),
)
