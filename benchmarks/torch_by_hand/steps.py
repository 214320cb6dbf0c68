"""Training steps as a PyTorch user writes them by hand: what diptych's speed is measured against.

Each is the strongest there is. Eager, networks are called once, `backward` goes no further than the parameters that
move, and Adam is the fused one; compiled, losses, gradients by `torch.func` and updates are all in one graph.
"""

from __future__ import annotations  # the tracer does not evaluate annotations

import itertools
from collections.abc import Callable, Mapping
from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad

Noise = Mapping[str, Tensor]
Nets = Mapping[str, Callable[..., Tensor]]
Found = dict[str, Tensor]  # each player's loss, and what a gate looks at
Run = Callable[[Tensor, Noise], Found]


class Adam(NamedTuple):
    rate: float
    betas: tuple[float, float] = (0.9, 0.999)


class RMSprop(NamedTuple):
    rate: float


class Player(NamedTuple):
    owns: tuple[str, ...]
    rule: Adam | RMSprop
    clips: tuple[str, ...] = ()  # roles whose parameters are clipped to ±0.01
    by: str = ""  # whose loss gives this player's gradients too; its own where empty


class Step(NamedTuple):
    """Players who move together, their losses, and who of them rests."""

    players: dict[str, Player]
    losses: Callable[[Nets, Tensor, Noise], Found]
    gate: Callable[[Found], dict[str, Tensor]] = lambda found: {}


Method = dict[tuple[str, ...], Step]


def eager_step(step: Step, nets: Mapping[str, nn.Module]) -> Run:
    owned = {name: parameters(nets, player.owns) for name, player in step.players.items()}
    optimizers = {name: optimizer(player.rule, owned[name]) for name, player in step.players.items()}
    moving = {id(p) for own in owned.values() for p in own}
    others = [p for p in parameters(nets, nets) if id(p) not in moving]
    backward: dict[str, list[Tensor]] = {}
    for name, player in step.players.items():
        backward.setdefault(player.by or name, []).extend(owned[name])

    def run(x: Tensor, noise: Noise) -> Found:
        for p in others:
            p.requires_grad_(False)
        for one in optimizers.values():
            one.zero_grad()
        found = step.losses(nets, x, noise)
        resting = {name for name, moves in step.gate(found).items() if not moves}
        wanted = [name for name in backward if name not in resting]
        for name in wanted:
            found[name].backward(inputs=backward[name], retain_graph=name != wanted[-1])
        for name, player in step.players.items():
            if name not in resting:
                optimizers[name].step()
                with torch.no_grad():
                    for p in parameters(nets, player.clips):
                        p.clamp_(-0.01, 0.01)
        for p in others:
            p.requires_grad_(True)
        return {name: found[name].detach() for name in step.players}

    return run


def parameters(nets: Mapping[str, nn.Module], roles: tuple[str, ...] | Mapping[str, nn.Module]) -> list[Tensor]:
    return [p for role in roles for p in nets[role].parameters()]


def optimizer(rule: Adam | RMSprop, owned: list[Tensor]) -> torch.optim.Optimizer:
    if isinstance(rule, Adam):
        return torch.optim.Adam(owned, rule.rate, rule.betas, fused=True)
    return torch.optim.RMSprop(owned, rule.rate)


def compiled_step(step: Step, nets: Mapping[str, nn.Module]) -> Run:
    owned = {
        name: {role: dict(nets[role].named_parameters()) for role in player.owns}
        for name, player in step.players.items()
    }
    flat = {name: [p for own in roles.values() for p in own.values()] for name, roles in owned.items()}
    means = {name: [torch.zeros_like(p) for p in own] for name, own in flat.items()}
    squares = {name: [torch.zeros_like(p) for p in own] for name, own in flat.items()}
    count = itertools.count(1)

    def losses(replaced: dict[str, dict[str, Tensor]], x: Tensor, noise: Noise) -> Found:
        def called(role: str) -> Callable[..., Tensor]:
            if role not in replaced:
                return nets[role]
            return lambda *inputs: functional_call(nets[role], replaced[role], inputs)

        return step.losses({role: called(role) for role in nets}, x, noise)

    @torch.no_grad()
    @torch.compile(fullgraph=True, dynamic=False)
    def compiled(x: Tensor, noise: Noise, rates: dict[str, Tensor], roots: dict[str, Tensor]) -> Found:
        gradients = {}
        for name, player in step.players.items():

            def own_loss(own: dict[str, dict[str, Tensor]], key: str = player.by or name) -> tuple[Tensor, Found]:
                found = losses(own, x, noise)
                return found[key], found

            gradients[name], found = grad(own_loss, has_aux=True)(owned[name])
        moves = step.gate(found)
        for name, player in step.players.items():
            each = [g for own in gradients[name].values() for g in own.values()]
            for p, g, m, s in zip(flat[name], each, means[name], squares[name], strict=True):
                if name in moves:
                    update(player.rule, p, g, m, s, rates[name], roots[name], moves[name])
                else:
                    update(player.rule, p, g, m, s, rates[name], roots[name])
            for role in player.clips:
                for p in owned[name][role].values():
                    p.clamp_(-0.01, 0.01)
        return {name: found[name] for name in step.players}

    def run(x: Tensor, noise: Noise) -> Found:
        t = next(count)
        rates, roots = {}, {}
        for name, player in step.players.items():
            beta1, beta2 = player.rule.betas if isinstance(player.rule, Adam) else (0.0, 0.0)
            rates[name] = torch.tensor(player.rule.rate / (1 - beta1**t))
            roots[name] = torch.tensor(sqrt(1 - beta2**t))
        return compiled(x, noise, rates, roots)

    return run


def update(
    rule: Adam | RMSprop,
    p: Tensor,
    g: Tensor,
    m: Tensor,
    s: Tensor,
    rate: Tensor,
    root: Tensor,
    moves: Tensor | None = None,
) -> None:
    """Adam's or RMSprop's, in place; of RMSprop with a gate, nothing where it does not move."""
    if isinstance(rule, Adam):
        m.lerp_(g, 1 - rule.betas[0])
        s.mul_(rule.betas[1]).addcmul_(g, g, value=1 - rule.betas[1])
        p.sub_(rate * m / (s.sqrt() / root + 1e-8))
    elif moves is None:
        s.mul_(0.99).addcmul_(g, g, value=0.01)
        p.sub_(rate * g / (s.sqrt() + 1e-8))
    else:
        s.copy_(torch.where(moves, 0.99 * s + 0.01 * g * g, s))
        p.sub_(torch.where(moves, rate * g / (s.sqrt() + 1e-8), 0.0))
