"""f-GANs: -E g(V(x)) + E h(V(G(z))) and -E g(V(G(z))) at once, as a PyTorch user writes them by hand."""

from collections.abc import Callable
from functools import partial
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_by_hand.games import DCGAN
from torch_by_hand.steps import Found, Method, Nets, Noise, Player, Step

Elementwise = Callable[[Tensor], Tensor]
PI, ALPHA = 0.25, 0.5


def losses(nets: Nets, x: Tensor, noise: Noise, *, g: Elementwise, h: Elementwise) -> Found:
    v_x, v_y = nets["critic"](x), nets["critic"](nets["generator"](noise["z"]))
    on_samples = g(v_y).mean()
    return {"critic": h(v_y).mean() - g(v_x).mean(), "generator": -on_samples}


def f_gan(g: Elementwise, h: Elementwise) -> Method:
    players = {"critic": Player(("critic",), DCGAN), "generator": Player(("generator",), DCGAN)}
    return {("critic", "generator"): Step(players, partial(losses, g=g, h=h))}


def identity(v: Tensor) -> Tensor:
    return v


def jeffrey(v: Tensor) -> Tensor:
    """u - 1 + log u where log u + 1 - 1/u = v: Newton's method off the tape, the derivative by v is u."""
    t = v.detach()
    log_u = F.softplus(t - 1) - torch.log1p(F.softplus(-t))
    for _ in range(4):
        e = torch.exp(-log_u)
        log_u = log_u - (log_u + 1 - e - t) / (1 + e)
    u = torch.exp(log_u)
    return u - 1 + log_u + u * (v - t)


def weighted_js(v: Tensor) -> Tensor:
    return (1 - PI) * (log(1 - PI) - torch.log1p(-(torch.sigmoid(v) ** (1 / PI))))


def alpha_conjugate(v: Tensor) -> Tensor:
    return (((1 - ALPHA) * F.softplus(-v)) ** (ALPHA / (ALPHA - 1)) - 1) / ALPHA


METHODS = {
    "fgan-kl": f_gan(identity, lambda v: torch.exp(v - 1)),
    "fgan-reverse-kl": f_gan(lambda v: -torch.exp(-v), lambda v: v - 1),
    "fgan-pearson": f_gan(identity, lambda v: v * v / 4 + v),
    "fgan-neyman": f_gan(lambda v: 1 - torch.exp(-v), lambda v: 2 - 2 * torch.exp(-v / 2)),
    "fgan-hellinger": f_gan(lambda v: 1 - torch.exp(-v), lambda v: torch.exp(v) - 1),
    "fgan-jeffrey": f_gan(identity, jeffrey),
    "fgan-js": f_gan(lambda v: log(2) - F.softplus(-v), lambda v: F.softplus(v) - log(2)),
    "fgan-tv": f_gan(lambda v: 0.5 * torch.tanh(v), lambda v: 0.5 * torch.tanh(v)),
    "fgan-gan": f_gan(lambda v: -F.softplus(-v), F.softplus),
    "fgan-js-weighted": f_gan(lambda v: -PI * log(PI) - F.softplus(-v), weighted_js),
    "fgan-alpha": f_gan(lambda v: 1 / (1 - ALPHA) - F.softplus(-v), alpha_conjugate),
}
