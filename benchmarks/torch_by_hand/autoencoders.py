"""Auto-encoders, with a game of codes or without, as a PyTorch user writes them by hand."""

from math import log, pi

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_by_hand.games import alone
from torch_by_hand.matching import squared_distances, unbiased_mmd2
from torch_by_hand.steps import Adam, Found, Method, Nets, Noise, Player, Step

SCALE = 0.7  # of the Gaussian decoder


def squared_error(x: Tensor, y: Tensor) -> Tensor:
    return ((x - y) ** 2).flatten(1).sum(1)


def gaussian_nll(x: Tensor, y: Tensor) -> Tensor:
    return squared_error(x, y) / (2 * SCALE**2) + 0.5 * x[0].numel() * log(2 * pi * SCALE**2)


def encoded(nets: Nets, x: Tensor, epsilon: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mean, logvar = nets["encoder"](x).chunk(2, dim=1)
    return mean, logvar, mean + torch.exp(0.5 * logvar) * epsilon


def kl(mean: Tensor, logvar: Tensor) -> Tensor:
    return 0.5 * (mean**2 + logvar.exp() - logvar - 1).sum(1)


def ae(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return squared_error(x, nets["decoder"](nets["encoder"](x))).mean()


def vae(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    mean, logvar, z = encoded(nets, x, noise["epsilon"])
    return (gaussian_nll(x, nets["decoder"](z)) + kl(mean, logvar)).mean()


def iwae(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    epsilon = noise["epsilon"]
    n, draws, _ = epsilon.shape
    mean, logvar = nets["encoder"](x)[:, None, :].chunk(2, dim=2)
    z = mean + torch.exp(0.5 * logvar) * epsilon
    y = nets["decoder"](z.flatten(0, 1)).view(n, draws, *x.shape[1:])
    squares = ((x[:, None] - y) ** 2).flatten(2).sum(2)
    log_p = -squares / (2 * SCALE**2) - 0.5 * x[0].numel() * log(2 * pi * SCALE**2)
    log_w = log_p + 0.5 * (epsilon**2 - z**2 + logvar).sum(2)
    return log(draws) - torch.logsumexp(log_w, 1).mean()


def inverse_multiquadratic(x: Tensor, y: Tensor) -> Tensor:
    """Σ c / (c + s), c = 2 d times 0.1, 0.2, ..., 10 for codes of d numbers."""
    s, d = squared_distances(x, y), x.shape[1]
    constants = [2 * d * scale for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
    return sum((c / (c + s) for c in constants[1:]), constants[0] / (constants[0] + s))


def wae_mmd(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    z = nets["encoder"](x)
    return squared_error(x, nets["decoder"](z)).mean() + 10 * unbiased_mmd2(inverse_multiquadratic, noise["z"], z)


def discriminator(f_z: Tensor, f_code: Tensor) -> Tensor:
    return F.softplus(-f_z).mean() + F.softplus(f_code).mean()


def aae_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return discriminator(nets["critic"](noise["z"]), nets["critic"](nets["encoder"](x)))


def aae_regulariser(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.softplus(-nets["critic"](nets["encoder"](x))).mean()


def tilted(nets: Nets, z: Tensor) -> Tensor:
    """The critic and the prior's log-density."""
    return nets["critic"](z).flatten() - 0.5 * (z * z).sum(1) - 0.5 * z.shape[1] * log(2 * pi)


def wae_gan_autoencoder(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    z = nets["encoder"](x)
    return squared_error(x, nets["decoder"](z)).mean() + 10 * F.softplus(-tilted(nets, z)).mean()


def wae_gan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return 10 * discriminator(tilted(nets, noise["z"]), tilted(nets, nets["encoder"](x)))


def avb(nets: Nets, x: Tensor, noise: Noise) -> Found:
    z = nets["encoder"](x, noise["epsilon"])
    t_q, t_p = nets["critic"](x, z), nets["critic"](x, noise["z"])
    return {
        "autoencoder": gaussian_nll(x, nets["decoder"](z)).mean() + t_q.mean(),
        "critic": discriminator(t_q, t_p),
    }


BOTH = ("encoder", "decoder")
FAST, SLOW = Adam(1e-3, (0.5, 0.999)), Adam(5e-4, (0.5, 0.999))
AVB = {
    "autoencoder": Player(BOTH, Adam(1e-4, (0.5, 0.999))),
    "critic": Player(("critic",), Adam(2e-4, (0.5, 0.999))),
}

METHODS: dict[str, Method] = {
    "ae": alone("autoencoder", Player(BOTH, Adam(1e-3)), ae),
    "vae": alone("autoencoder", Player(BOTH, Adam(1e-3)), vae),
    "iwae": alone("autoencoder", Player(BOTH, Adam(1e-3)), iwae),
    "wae-mmd": alone("autoencoder", Player(BOTH, FAST), wae_mmd),
    "wae-gan": {
        **alone("autoencoder", Player(BOTH, FAST), wae_gan_autoencoder),
        **alone("critic", Player(("critic",), SLOW), wae_gan_critic),
    },
    "aae": {
        **alone("autoencoder", Player(BOTH, FAST), ae),
        **alone("critic", Player(("critic",), SLOW), aae_critic),
        **alone("regulariser", Player(("encoder",), FAST), aae_regulariser),
    },
    "avb": {("autoencoder", "critic"): Step(AVB, avb)},
}
