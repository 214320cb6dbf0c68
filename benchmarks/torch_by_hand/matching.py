"""Methods that match two samples by a kernel or by transport, as a PyTorch user writes them by hand."""

from __future__ import annotations  # the tracer does not evaluate annotations

from collections.abc import Callable
from functools import partial
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_by_hand.games import GULRAJANI, alone, value_and_slope
from torch_by_hand.steps import Adam, Method, Nets, Noise, Player, RMSprop

Kernel = Callable[[Tensor, Tensor], Tensor]


def squared_distances(x: Tensor, y: Tensor) -> Tensor:
    return ((x * x).sum(1)[:, None] + (y * y).sum(1)[None, :] - 2 * x @ y.T).clamp(min=0)


def gaussian_mixture(x: Tensor, y: Tensor, *, variances: tuple[float, ...]) -> Tensor:
    s = squared_distances(x, y)
    return sum((torch.exp(-s / (2 * v)) for v in variances[1:]), torch.exp(-s / (2 * variances[0])))


def biased_mmd(kernel: Kernel, x: Tensor, y: Tensor) -> Tensor:
    return torch.sqrt(kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean())


def unbiased_mmd2(kernel: Kernel, x: Tensor, y: Tensor) -> Tensor:
    def distinct(x: Tensor) -> Tensor:
        k, n = kernel(x, x), len(x)
        return (k.sum() - k.diagonal().sum()) / (n * (n - 1))

    return distinct(x) + distinct(y) - 2 * kernel(x, y).mean()


def gmmn(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    kernel = partial(gaussian_mixture, variances=(2.0, 5.0, 10.0, 20.0, 40.0, 80.0))
    return biased_mmd(kernel, x.flatten(1), nets["generator"](noise["z"]).flatten(1))


def gmmn_ae_autoencoder(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return ((x - nets["decoder"](nets["encoder"](x))) ** 2).flatten(1).sum(1).mean()


def gmmn_ae_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    kernel = partial(gaussian_mixture, variances=(1.0, 2.0, 5.0, 10.0, 20.0, 40.0))
    return biased_mmd(kernel, nets["encoder"](x), nets["generator"](noise["z"]))


def sliced(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    theta = F.normalize(noise["theta"].flatten(1), dim=1)
    of_x = (theta @ x.flatten(1).T).sort(dim=1).values
    of_y = (theta @ nets["generator"](noise["z"]).flatten(1).T).sort(dim=1).values
    return ((of_x - of_y) ** 2).mean()


def sinkhorn(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    x, y = x.flatten(1), nets["generator"](noise["z"]).flatten(1)
    return transport(squared_distances(x, y)) - 0.5 * (self_transport(x) + self_transport(y))


def transport(c: Tensor) -> Tensor:
    """OT of these costs at ε = 1, by 10 averaged steps in the log domain."""
    log_n = log(len(c))

    def answers(f: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
        return log_n - torch.logsumexp(g[None, :] - c, 1), log_n - torch.logsumexp(f[:, None] - c, 0)

    f = g = c.new_zeros(len(c))
    for _ in range(10):
        f_best, g_best = answers(f, g)
        f, g = 0.5 * (f + f_best), 0.5 * (g + g_best)
    f_best, g_best = answers(f, g)
    return 0.5 * ((f + f_best).mean() + (g + g_best).mean())


def self_transport(x: Tensor) -> Tensor:
    """Both potentials are one here."""
    c, f = squared_distances(x, x), x.new_zeros(len(x))
    for _ in range(10):
        f = 0.5 * (f + log(len(x)) - torch.logsumexp(f[None, :] - c, 1))
    return (f + log(len(x)) - torch.logsumexp(f[None, :] - c, 1)).mean()


def from_zero(x: Tensor, y: Tensor) -> Tensor:
    s = squared_distances(x, y)
    return sum((torch.expm1(-s / (2 * sigma**2)) for sigma in (2, 4, 8, 16)), torch.expm1(-s / 2))


def mmd_gan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return of_features(nets["features"](x), nets["features"](nets["generator"](noise["z"])))


def mmd_gan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    y = nets["generator"](noise["z"])
    h_x, h_y = nets["features"](x), nets["features"](y)
    errors = F.mse_loss(nets["features_decoder"](h_x), x) + F.mse_loss(nets["features_decoder"](h_y), y)
    return 8 * errors - of_features(h_x, h_y)


def of_features(h_x: Tensor, h_y: Tensor) -> Tensor:
    return biased_mmd(from_zero, h_x, h_y) - 16 * F.relu(h_y.mean(0) - h_x.mean(0)).mean()


def quadratic_and_linear(x: Tensor, y: Tensor) -> Tensor:
    s = squared_distances(x, y)
    return sum(((1 + s / (2 * a)) ** -a for a in (0.2, 0.5, 1.0, 2.0, 5.0)), x @ y.T)


def mmd_gan_gp_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return unbiased_mmd2(quadratic_and_linear, nets["features"](x), nets["features"](nets["generator"](noise["z"])))


def mmd_gan_gp_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    y, e = nets["generator"](noise["z"]), noise["e"]
    h_x, h_y = nets["features"](x), nets["features"](y)

    def witness(point: Tensor) -> Tensor:
        h = nets["features"](point)
        return quadratic_and_linear(h, h_x).mean(1) - quadratic_and_linear(h, h_y).mean(1)

    _, slope = value_and_slope(witness, e * x + (1 - e) * y)
    charge = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    activity = 0.5 * ((h_x * h_x).mean() + (h_y * h_y).mean())
    return charge + activity - unbiased_mmd2(quadratic_and_linear, h_x, h_y)


GENERATOR = Player(("generator",), Adam(1e-3))

METHODS: dict[str, Method] = {
    "gmmn": alone("generator", GENERATOR, gmmn),
    "gmmn-ae": {
        **alone("autoencoder", Player(("encoder", "decoder"), Adam(1e-3)), gmmn_ae_autoencoder),
        **alone("generator", GENERATOR, gmmn_ae_generator),
    },
    "sliced-wasserstein": alone("generator", GENERATOR, sliced),
    "sinkhorn": alone("generator", GENERATOR, sinkhorn),
    "mmd-gan": {
        **alone("critic", Player(("features", "features_decoder"), RMSprop(5e-5), ("features",)), mmd_gan_critic),
        **alone("generator", Player(("generator",), RMSprop(5e-5)), mmd_gan_generator),
    },
    "mmd-gan-gp": {
        **alone("critic", Player(("features",), GULRAJANI), mmd_gan_gp_critic),
        **alone("generator", Player(("generator",), GULRAJANI), mmd_gan_gp_generator),
    },
}
