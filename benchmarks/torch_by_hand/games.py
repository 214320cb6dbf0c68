"""Games of a critic and a generator, one after the other, as a PyTorch user writes them by hand."""

from __future__ import annotations  # the tracer does not evaluate annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from torch_by_hand.steps import Adam, Method, Nets, Noise, Player, RMSprop, Step

Loss = Callable[[Nets, Tensor, Noise], Tensor]


def game(critic: Loss, generator: Loss, rule: Adam | RMSprop, clips: tuple[str, ...] = ()) -> Method:
    return {
        **alone("critic", Player(("critic",), rule, clips), critic),
        **alone("generator", Player(("generator",), rule), generator),
    }


def alone(name: str, player: Player, loss: Loss) -> Method:
    """The step of one player."""
    return {(name,): Step({name: player}, lambda nets, x, noise: {name: loss(nets, x, noise)})}


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


def wgan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return generated(nets, noise).mean() - nets["critic"](x).mean()


def wgan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return -generated(nets, noise).mean()


def rp_gan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.softplus(generated(nets, noise) - nets["critic"](x)).mean()


def rp_gan_generator(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return F.softplus(nets["critic"](x) - generated(nets, noise)).mean()


def value_and_slope(f: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """f(x) of every sample and its gradient by x, from one call of f."""
    if torch.compiler.is_compiling():

        def total(point: Tensor) -> tuple[Tensor, Tensor]:
            values = f(point)
            return values.sum(), values

        slope, values = torch.func.grad(total, has_aux=True)(x)
        return values, slope
    x = x.detach().requires_grad_()
    values = f(x)
    (slope,) = torch.autograd.grad(values.sum(), x, create_graph=True)
    return values, slope


def wgan_gp_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return charged_between(nets, x, noise, lambda norm: (norm - 1) ** 2)


def wgan_lp_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    return charged_between(nets, x, noise, lambda norm: F.relu(norm - 1) ** 2)


def charged_between(nets: Nets, x: Tensor, noise: Noise, penalty: Callable[[Tensor], Tensor]) -> Tensor:
    critic, fake, e = nets["critic"], nets["generator"](noise["z"]), noise["e"]
    _, slope = value_and_slope(critic, e * x + (1 - e) * fake)
    return critic(fake).mean() - critic(x).mean() + 10 * penalty(slope.flatten(1).norm(dim=1)).mean()


def r3gan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    f_x, of_x = value_and_slope(nets["critic"], x)
    f_y, of_y = value_and_slope(nets["critic"], nets["generator"](noise["z"]))
    return F.softplus(f_y - f_x).mean() + 0.5 * squares(of_x).mean() + 0.5 * squares(of_y).mean()


def roth_gan_critic(nets: Nets, x: Tensor, noise: Noise) -> Tensor:
    f_x, of_x = value_and_slope(nets["critic"], x)
    f_y, of_y = value_and_slope(nets["critic"], nets["generator"](noise["z"]))
    charge = torch.sigmoid(-f_x.flatten()) ** 2 * squares(of_x) + torch.sigmoid(f_y.flatten()) ** 2 * squares(of_y)
    return F.softplus(-f_x).mean() + F.softplus(f_y).mean() + charge.mean()


def squares(slope: Tensor) -> Tensor:
    return (slope**2).flatten(1).sum(1)


DCGAN, GULRAJANI = Adam(2e-4, (0.5, 0.999)), Adam(1e-4, (0.5, 0.9))

METHODS = {
    "gan": game(gan_critic, gan_generator, DCGAN),
    "ns-gan": game(gan_critic, ns_gan_generator, DCGAN),
    "lsgan": game(lsgan_critic, lsgan_generator, DCGAN),
    "hinge": game(hinge_critic, wgan_generator, DCGAN),
    "rp-gan": game(rp_gan_critic, rp_gan_generator, DCGAN),
    "r3gan": game(r3gan_critic, rp_gan_generator, Adam(2e-4, (0.0, 0.99))),
    "roth-gan": game(roth_gan_critic, ns_gan_generator, DCGAN),
    "wgan": game(wgan_critic, wgan_generator, RMSprop(5e-5), clips=("critic",)),
    "wgan-gp": game(wgan_gp_critic, wgan_generator, GULRAJANI),
    "wgan-lp": game(wgan_lp_critic, wgan_generator, GULRAJANI),
}
