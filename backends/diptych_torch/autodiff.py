"""The autodiff verbs, in two forms with one meaning.

Eager steps use the autograd tape, which costs least. Inside a compiled step only `torch.func` transforms can be
traced, so there the same objective is differentiated as a function of its parameters.
"""

from __future__ import annotations  # the tracer does not evaluate annotations

from collections.abc import Callable, Mapping

import array_api_compat.torch as xp
import torch
from torch import Tensor
from torch.func import grad_and_value

from diptych.method import Player
from diptych_torch.arrays import Named
from diptych_torch.nets import Nets

Tensors = dict[str, Tensor]
Gradients = dict[str, Tensors]  # role -> native name -> gradient


class TapeOps:
    """`Ops` on the autograd tape."""

    xp = xp

    @staticmethod
    def grad(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        with torch.enable_grad():
            point = x if x.requires_grad else x.detach().requires_grad_()
            total = f(point).sum()
            if not total.requires_grad:
                return torch.zeros_like(x)
            (slope,) = torch.autograd.grad(total, point, create_graph=True, materialize_grads=True)
        return slope

    @staticmethod
    def stop(x: Tensor) -> Tensor:
        return x.detach()


class FunctionOps:
    """`Ops` by function transform."""

    xp = xp

    @staticmethod
    def grad(f: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
        return torch.func.grad(lambda point: f(point).sum())(x)

    @staticmethod
    def stop(x: Tensor) -> Tensor:
        return x.detach()


def tape_gradients(
    player: Player, nets: Nets, x: Tensor, noise: Mapping[str, Tensor]
) -> tuple[Tensor, Gradients, Gradients]:
    """Loss, gradients by the owned trainable tensors, and the owned networks' running statistics after it.

    Only owned parameters require gradients while the loss is made, so nothing is recorded through the others.
    """
    statistics = nets.statistics()
    with nets.owned_by(player.owns):
        view = Named({role: nets.caller(role, {}, statistics[role]) for role in nets.modules})
        loss = player.objective(view, x, Named(noise), TapeOps)
        owned = [(role, name, p) for role in player.owns for name, p in nets.trainable[role].items()]
        if loss.requires_grad:
            found = torch.autograd.grad(loss, [p for _, _, p in owned], materialize_grads=True)
        else:
            found = tuple(torch.zeros_like(p) for _, _, p in owned)
    gradients: Gradients = {role: {} for role in player.owns}
    for (role, name, _), g in zip(owned, found, strict=True):
        gradients[role][name] = g
    return loss.detach(), gradients, {role: statistics[role] for role in player.owns}


def function_gradients(
    player: Player, nets: Nets, x: Tensor, noise: Mapping[str, Tensor]
) -> tuple[Tensor, Gradients, Gradients]:
    """The same as `tape_gradients`, as one function transform; to be called under `torch.no_grad`."""

    def loss(parameters: Gradients) -> tuple[Tensor, Gradients]:
        statistics = nets.statistics()
        view = Named({role: nets.caller(role, parameters.get(role, {}), statistics[role]) for role in nets.modules})
        value = player.objective(view, x, Named(noise), FunctionOps)
        return value, {role: statistics[role] for role in player.owns}

    owned = {role: nets.trainable[role] for role in player.owns}
    gradients, (value, statistics) = grad_and_value(loss, has_aux=True)(owned)
    return value, gradients, statistics
