"""The autodiff verbs, in two forms with one meaning.

Eager steps use the autograd tape, which costs least. Inside a compiled step only `torch.func` transforms can be
traced, so there the same objective is differentiated as a function of its parameters.
"""

from __future__ import annotations  # the tracer does not evaluate annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from diptych.method import Method, Player
from diptych.named import Named, Noise
from diptych_torch.called import Calls
from diptych_torch.kernels import xp
from diptych_torch.nets import Nets, Owned, constant
from diptych_torch.tape import Tape, TapeOps

Tensors = dict[str, Tensor]
ByRole = dict[str, Tensors]  # role -> native name -> tensor


class FunctionOps:
    """`Ops` by function transform.

    `statistics` are the running ones that calls move: those moved inside of a transform are handed out of it.
    """

    xp = xp

    def __init__(self, statistics: ByRole) -> None:
        self.statistics = statistics

    def grad(self, f: Callable[[Any], Any], x: Any) -> Tensor:
        def total(point: Tensor) -> tuple[Tensor, ByRole]:
            return f(_seen(point)).sum(), {role: dict(own) for role, own in self.statistics.items()}

        slope, moved = torch.func.grad(total, has_aux=True)(x)
        for role, own in moved.items():
            self.statistics[role].update(own)
        return slope

    @staticmethod
    def stop(x: Any) -> Tensor:
        held: Tensor = x.detach()
        return held


def _seen(x: Tensor) -> Tensor:
    """x, such that the compiler sees that it is differentiated.

    It does not see this of an input from a function transform, and would omit the backward of a
    torch.autograd.Function.
    """
    return x.view_as(x)


def gradients(
    player: Player,
    nets: Nets,
    owned: Owned,
    x: Tensor,
    noise: Mapping[str, Tensor],
    execution: str,
    statistics: ByRole | None = None,
) -> tuple[Tensor, Sequence[Tensor], ByRole]:
    """Loss, its gradients by `owned.trained`, and the owned networks' running statistics after it.

    The running statistics begin as the networks have them, or as given. Nothing is changed. A tensor the loss does
    not reach has a gradient of zeros.
    """
    before = nets.statistics() if statistics is None else statistics
    if execution != "eager":
        return _by_function(player, nets, owned, x, noise, before)
    with constant(owned.others):
        loss, after = recorded(player, nets, x, noise, before)
        return loss.detach(), differentiated(loss, owned.trained, nets), after


def moves(
    method: Method,
    nets: Nets,
    x: Tensor,
    noise: Mapping[str, Tensor],
    statistics: ByRole,
    tape: Tape | None = None,
) -> Tensors:
    """What the method's gate says of its players; nothing where it has none. `tape` as in `recorded`."""
    if method.gate is None:
        return {}
    calls = tape.calls if tape else None
    view = Named({role: nets.caller(role, {}, statistics[role], calls=calls) for role in nets.modules})
    ops = tape.ops if tape else TapeOps() if nets.replicas else FunctionOps({})
    with torch.set_grad_enabled(tape is not None):
        found = dict(method.gate(view, x, Noise(noise), ops))
    return nets.replicas.first_says(found) if nets.replicas else found


def _loss(
    player: Player,
    nets: Nets,
    x: Tensor,
    noise: Mapping[str, Tensor],
    before: ByRole,
    ops: Callable[[ByRole], Any],
    tensors: ByRole,
    calls: Calls | None = None,
) -> Any:
    """The loss with `tensors` in place of the networks' own, and the owned running statistics after it.

    `before` are the running statistics of every role before it, `ops` makes `Ops` of those that the loss moves.
    """
    statistics = {role: dict(own) for role, own in before.items()}
    view = Named(
        {
            role: nets.caller(
                role, tensors.get(role, {}), statistics[role], moving=True, owned=role in player.owns, calls=calls
            )
            for role in nets.modules
        }
    )
    loss = player.objective(view, x, Noise(noise), ops(statistics))
    if not isinstance(loss, Tensor):
        raise ValueError(
            f"the objective of player {player.name!r} must give a 0-d tensor, without .item() or .numpy(), "
            f"got {type(loss).__name__}"
        )
    if loss.ndim:
        shape = tuple(loss.shape)
        raise ValueError(f"the objective of player {player.name!r} must give a scalar, got shape {shape}")
    if loss.dtype != nets.dtype:
        raise ValueError(
            f"the objective of player {player.name!r} must give {nets.dtype}, as its networks, got {loss.dtype}: "
            "some array in it has another dtype, such as torch.ones(...); make it by torch.ones_like"
        )
    return loss, {role: statistics[role] for role in player.owns}


def recorded(
    player: Player,
    nets: Nets,
    x: Tensor,
    noise: Mapping[str, Tensor],
    statistics: ByRole,
    tape: Tape | None = None,
) -> Any:
    """The loss on the autograd tape, and the owned running statistics after it.

    `tape` is that of other players' losses at the same point. What belongs to none of these players is `constant`
    meanwhile: so nothing is recorded through it.
    """
    ops, calls = (tape.ops, tape.calls) if tape else (TapeOps(), {})
    return _loss(player, nets, x, noise, statistics, lambda _: ops, {}, calls)


def differentiated(
    loss: Tensor, tensors: Sequence[Tensor], nets: Nets, *, again: bool = False
) -> tuple[Tensor, ...]:
    """The gradients of a recorded loss. `again`: what was recorded is needed afterwards too."""
    if loss.requires_grad and tensors:
        found = torch.autograd.grad(loss, tensors, retain_graph=again, materialize_grads=True)
    else:
        found = tuple(torch.zeros_like(p) for p in tensors)
    return nets.replicas.summed(found) if nets.replicas else found


def _by_function(
    player: Player, nets: Nets, owned: Owned, x: Tensor, noise: Mapping[str, Tensor], statistics: ByRole
) -> Any:
    """The loss as a function of the owned parameters, which is what the compiler can differentiate."""

    def loss(values: ByRole) -> Any:
        tensors = {
            role: {name: _seen(values[first][there]) for name, (first, there) in names.items()}
            for role, names in owned.places.items()
        }
        return _loss(player, nets, x, noise, statistics, FunctionOps, tensors)

    grads, (value, after) = torch.func.grad_and_value(loss, has_aux=True)(owned.tensors)
    return value, [g for own in grads.values() for g in own.values()], after
