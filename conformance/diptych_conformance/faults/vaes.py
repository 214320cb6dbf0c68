"""Wrong bounds of VAE and IWAE: wrong reductions, constants and clamps."""

from collections.abc import Callable
from math import log
from typing import Any

import numpy as np

from diptych import densities
from diptych import functional as F
from diptych.algebra import encoders
from diptych.costs import gaussian_nll
from diptych.method import Objective
from diptych.primitives import clip, logsumexp, row_sum, softplus
from diptych_conformance.faults.replaced import instead, loss_fault


def _elbo(reconstruction: Callable[..., Any], kl: Callable[..., Any]) -> Objective:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        moments = nets.encoder(x)
        k = moments.shape[1] // 2
        mean, logvar = moments[:, :k], moments[:, k:]
        y = nets.decoder(F.reparametrise(mean, logvar, noise.epsilon, xp=ops.xp))
        divergence = ops.xp.mean(F.kl_to_standard_normal(mean, logvar, xp=ops.xp))
        return reconstruction(x, y, ops.xp) + kl(divergence, k)

    return loss


def _summed(x: Any, y: Any, xp: Any) -> Any:
    return xp.mean(gaussian_nll(0.7).of(x, y, xp=xp))


def _averaged(x: Any, y: Any, xp: Any) -> Any:
    return _summed(x, y, xp) / np.prod(tuple(x.shape)[1:])


def _without_constant(x: Any, y: Any, xp: Any) -> Any:
    return xp.mean(row_sum((x - y) ** 2, xp=xp)) / (2 * 0.7**2)


def _bernoulli(cross_entropy: Callable[..., Any]) -> Objective:
    """The VAE's loss with another cross-entropy, a function of the data and the decoder's logits."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        mean, logvar = densities.moments(nets.encoder(x), xp=ops.xp)
        y = nets.decoder(F.reparametrise(mean, logvar, noise.epsilon, xp=ops.xp))
        return cross_entropy(x, y, ops.xp) + ops.xp.mean(F.kl_to_standard_normal(mean, logvar, xp=ops.xp))

    return loss


def _clipped_probabilities(x: Any, y: Any, xp: Any) -> Any:
    """The cross-entropy of probabilities clipped to [1e-7, 1 - 1e-7]."""
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
    """The right loss, with the decoder's scale held constant."""
    mean, logvar = densities.moments(nets.encoder(x), xp=ops.xp)
    y, scale = densities.moments(nets.decoder(F.reparametrise(mean, logvar, noise.epsilon, xp=ops.xp)), xp=ops.xp)
    kl = F.kl_to_standard_normal(mean, logvar, xp=ops.xp)
    return ops.xp.mean(kl - densities.log_diagonal_normal(x, y, ops.stop(scale), xp=ops.xp))


def _iwae(bound: Callable[[Any, Any], Any]) -> Objective:
    """The loss of IWAE by another function of log w, (n, K)."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        xp, draws = ops.xp, noise.epsilon.shape[1]
        mean, logvar = encoders.gaussian_moments(nets, x, ops)
        logs = []
        for i in range(draws):
            e = noise.epsilon[:, i, :]
            z = F.reparametrise(mean, logvar, e, xp=xp)
            ratio = 0.5 * row_sum(e * e - z * z + logvar, xp=xp)
            logs.append(ratio - gaussian_nll(0.7).of(x, nets.decoder(z), xp=xp))
        return -bound(xp.stack(logs, axis=1), ops)

    return loss


def _surrogate(logs: Any, ops: Any) -> Any:
    """Σ w̃ log w with w̃ = softmax(log w) held constant: the gradient of the bound, not its value."""
    weights = ops.stop(ops.xp.exp(logs - logsumexp(logs, 1, xp=ops.xp)[:, None]))
    return ops.xp.mean(ops.xp.sum(weights * logs, axis=1))


def _mean_inside(logs: Any, ops: Any) -> Any:
    """The logarithm of one mean over both draws and batch."""
    flat = ops.xp.reshape(logs, (1, -1))
    return logsumexp(flat, 1, xp=ops.xp)[0] - log(flat.shape[1])


VAES = (
    loss_fault(
        "KL averaged over latent dimensions",
        "PyTorch-VAE issues 56 and 11",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_summed, lambda kl, k: kl / k)),
    ),
    loss_fault(
        "reconstruction averaged over pixels",
        "the most common slip of all VAE code",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_averaged, lambda kl, k: kl)),
    ),
    loss_fault(
        "the Gaussian's constant dropped",
        "pythae's mse",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_without_constant, lambda kl, k: kl)),
    ),
    loss_fault(
        "KL weighted by the batch's share of the data",
        "PyTorch-VAE issue 11: kld_weight",
        "vae/autoencoder",
        "value",
        instead("autoencoder", _elbo(_summed, lambda kl, k: kl * 6 / 50000)),
    ),
    loss_fault(
        "cross-entropy of clipped probabilities",
        "Keras clips at 1e-7",
        "vae-bernoulli/autoencoder",
        "exactness",
        instead("autoencoder", _bernoulli(_clipped_probabilities)),
        alone=True,
    ),
    loss_fault(
        "logarithms clamped at -100",
        "torch.nn.BCELoss",
        "vae-bernoulli/autoencoder",
        "exactness",
        instead("autoencoder", _bernoulli(_clamped_logarithms)),
        alone=True,
    ),
    loss_fault(
        "log-variance read as a log-deviation",
        "two conventions of one network output",
        "vae-learned/autoencoder",
        "value",
        instead("autoencoder", _elbo(_deviation_for_variance, lambda kl, k: kl)),
    ),
    loss_fault(
        "a learned scale that is held",
        "a detach too many",
        "vae-learned/autoencoder",
        "gradient",
        instead("autoencoder", _scale_held),
    ),
    loss_fault(
        "log-variance not clipped",
        "infinite at log-variance 1e4",
        "vae/autoencoder",
        "exactness",
        instead("autoencoder", _elbo(_summed, lambda kl, k: kl)),
        alone=True,
    ),
    loss_fault(
        "surrogate for the bound",
        "pythae IWAE",
        "iwae/autoencoder",
        "value",
        instead("autoencoder", _iwae(_surrogate)),
    ),
    loss_fault(
        "logarithm of a mean over the batch",
        "logsumexp over both axes",
        "iwae/autoencoder",
        "value",
        instead("autoencoder", _iwae(_mean_inside)),
    ),
)
