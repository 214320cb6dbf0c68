"""Second derivatives of a user's modules, compared at the first step: before it no module says what it takes."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from diptych.method import Method, Player
from diptych.second_derivatives import agree
from diptych_torch.autodiff import gradients
from diptych_torch.called import Tensors
from diptych_torch.nets import Nets
from diptych_torch.surroundings import preserved_random_state


def check(
    method: Method, nets: Nets, players: tuple[Player, ...], x: Tensor, noise: Tensors, execution: str
) -> None:
    """Raise ValueError where a loss of these players would have a wrong gradient through a role's slope."""
    roles = [name for name in nets.native if name in method.roles and not method.roles[name].batch_norm]
    moving = [role for player in players for role in player.owns if role in roles]
    if not moving:
        return
    with preserved_random_state(nets.device):
        for role, (shapes, function) in _seen(nets, moving, players, x, noise).items():
            if function and execution == "compiled":
                raise ValueError(
                    f"{role}: this method differentiates it twice, and of {function}, a torch.autograd.Function, "
                    "PyTorch's compiler leaves out the second derivative; take execution='eager'"
                )
            try:
                right = agree(_Derivative(nets, role), role, shapes)
            except RuntimeError as error:  # torch's for what is marked as differentiable once
                raise ValueError(
                    f"{role}: this method differentiates it twice, and PyTorch cannot: {error}"
                ) from error
            if not right:
                raise ValueError(
                    f"{role}: a second derivative through this module is wrong, and this method needs it; the "
                    "backward of a torch.autograd.Function must be made of differentiable functions of its inputs"
                )


def _seen(
    nets: Nets, roles: list[str], players: tuple[Player, ...], x: Tensor, noise: Tensors
) -> dict[str, tuple[tuple[tuple[int, ...], ...], str]]:
    """The events that each role is called with, and the name of a torch.autograd.Function that is called in it."""
    seen: dict[str, tuple[tuple[tuple[int, ...], ...], str]] = {}

    def hook(role: str) -> object:
        def record(_: object, inputs: tuple[Tensor, ...], output: object) -> None:
            seen.setdefault(role, (tuple(tuple(a.shape[1:]) for a in inputs), _function(output)))

        return nets.modules[role].register_forward_hook(record)

    handles = [hook(role) for role in roles]
    try:
        for player in players:
            gradients(player, nets, nets.owned(roles), x, noise, "eager")
    finally:
        for handle in handles:
            handle.remove()  # type: ignore[attr-defined]
    return seen


def _function(y: object) -> str:
    """The name of a torch.autograd.Function among what y is computed by; empty where there is none."""
    waiting, known = [getattr(y, "grad_fn", None)], set[object]()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in known:
            known.add(node)
            if isinstance(node, torch.autograd.function.BackwardCFunction):
                return type(node).__name__.removesuffix("Backward")
            waiting += [before for before, _ in node.next_functions]
    return ""


class _Derivative:
    def __init__(self, nets: Nets, role: str) -> None:
        self.nets, self.role = nets, role

    def __call__(self, player: Player, x: np.ndarray, noise: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        def tensor(array: np.ndarray) -> Tensor:
            return torch.as_tensor(array, dtype=self.nets.dtype, device=self.nets.device)

        draws = {name: tensor(array) for name, array in noise.items()}
        owned = self.nets.owned((self.role,))
        _, grads, _ = gradients(player, self.nets, owned, tensor(x), draws, "eager")
        return {name: g.cpu().numpy() for name, g in owned.by_name(grads)[self.role].items()}
