"""The losses of methods as a PyTorch user writes them by hand, and who minimises them by which rates."""

from collections.abc import Callable, Mapping
from math import log, pi
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

Noise = dict[str, Tensor]
Nets = Mapping[str, Callable[[Tensor], Tensor]]
Loss = Callable[[Nets, Tensor, Noise], Tensor]


class Player(NamedTuple):
    loss: Loss
    owns: tuple[str, ...]
    rate: float
    betas: tuple[float, float]


def generated(nets: Nets, noise: Noise) -> Tensor:
    return nets["critic"](nets["generator"](noise["z"]))


def gan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.softplus(-nets["critic"](x)).mean() + F.softplus(generated(nets, noise)).mean()


def gan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return -F.softplus(generated(nets, noise)).mean()


def ns_gan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.softplus(-generated(nets, noise)).mean()


def lsgan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return 0.5 * ((nets["critic"](x) - 1) ** 2).mean() + 0.5 * (generated(nets, noise) ** 2).mean()


def lsgan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return 0.5 * ((generated(nets, noise) - 1) ** 2).mean()


def hinge_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.relu(1 - nets["critic"](x)).mean() + F.relu(1 + generated(nets, noise)).mean()


def rp_gan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.softplus(generated(nets, noise) - nets["critic"](x)).mean()


def rp_gan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.softplus(nets["critic"](x) - generated(nets, noise)).mean()


def wgan_gp_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return slope_charged(nets, x, noise, lambda norm: (norm - 1) ** 2)


def wgan_lp_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return slope_charged(nets, x, noise, lambda norm: F.relu(norm - 1) ** 2)


def slope_charged(nets: Nets, x: Tensor, noise: Noise, penalty: Callable[[Tensor], Tensor]) -> Tensor:
    critic, fake, e = nets["critic"], nets["generator"](noise["z"]), noise["e"]
    slope = input_gradient(critic, e * x + (1 - e) * fake)
    return critic(fake).mean() - critic(x).mean() + 10 * penalty(slope.flatten(1).norm(dim=1)).mean()


def input_gradient(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    if torch.compiler.is_compiling():
        return torch.func.grad(lambda point: f(point).sum())(x)
    x.requires_grad_()
    (slope,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    return slope


def wgan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return -generated(nets, noise).mean()


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    return ((x * x).sum(1)[:, None] + (y * y).sum(1)[None, :] - 2 * x @ y.T).clamp(min=0)


def gmmn_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    def kernel(x: Tensor, y: Tensor) -> Any:
        s = squared_distances(x, y)
        return sum(torch.exp(-s / (2 * v)) for v in (2.0, 5.0, 10.0, 20.0, 40.0, 80.0))

    x, fake = x.flatten(1), nets["generator"](noise["z"]).flatten(1)
    return torch.sqrt(kernel(x, x).mean() + kernel(fake, fake).mean() - 2 * kernel(x, fake).mean())


def ae(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return ((x - nets["decoder"](nets["encoder"](x))) ** 2).flatten(1).sum(1).mean()


def vae(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    mean, logvar = nets["encoder"](x).chunk(2, dim=1)
    y = nets["decoder"](mean + torch.exp(0.5 * logvar) * noise["epsilon"])
    squares = ((x - y) ** 2).flatten(1).sum(1)
    nll = squares / (2 * 0.7**2) + 0.5 * 784 * log(2 * pi * 0.7**2)
    kl = 0.5 * (mean**2 + logvar.exp() - logvar - 1).sum(1)
    return (nll + kl).mean()


def wae_mmd(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    def kernel(x: Tensor, y: Tensor) -> Any:
        s = squared_distances(x, y)
        return sum(c / (c + s) for c in (1.6, 3.2, 8.0, 16.0, 32.0, 80.0, 160.0))

    def pairs(x: Tensor) -> Tensor:
        k, n = kernel(x, x), len(x)
        return (k.sum() - k.diagonal().sum()) / (n * (n - 1))

    z, prior = nets["encoder"](x), noise["z"]
    cost = ((x - nets["decoder"](z)) ** 2).flatten(1).sum(1).mean()
    return cost + 10 * (pairs(prior) + pairs(z) - 2 * kernel(prior, z).mean())


DCGAN, GULRAJANI = (2e-4, (0.5, 0.999)), (1e-4, (0.5, 0.9))


def game(critic: Loss, generator: Loss, rate: float, betas: tuple[float, float]) -> dict[str, Player]:
    return {
        "critic": Player(critic, ("critic",), rate, betas),
        "generator": Player(generator, ("generator",), rate, betas),
    }


def autoencoder(loss: Loss, betas: tuple[float, float]) -> dict[str, Player]:
    return {"autoencoder": Player(loss, ("encoder", "decoder"), 1e-3, betas)}


METHODS: dict[str, dict[str, Player]] = {
    "gan": game(gan_critic, gan_generator, *DCGAN),
    "ns-gan": game(gan_critic, ns_gan_generator, *DCGAN),
    "lsgan": game(lsgan_critic, lsgan_generator, *DCGAN),
    "hinge": game(hinge_critic, wgan_generator, *DCGAN),
    "rp-gan": game(rp_gan_critic, rp_gan_generator, *DCGAN),
    "wgan-gp": game(wgan_gp_critic, wgan_generator, *GULRAJANI),
    "wgan-lp": game(wgan_lp_critic, wgan_generator, *GULRAJANI),
    "gmmn": {"generator": Player(gmmn_generator, ("generator",), 1e-3, (0.9, 0.999))},
    "ae": autoencoder(ae, (0.9, 0.999)),
    "vae": autoencoder(vae, (0.9, 0.999)),
    "wae-mmd": autoencoder(wae_mmd, (0.5, 0.999)),
}
