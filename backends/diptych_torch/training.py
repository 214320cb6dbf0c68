"""The trainer: a step is loss, gradients, update and projection, run eagerly or compiled as one function."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diptych import border
from diptych.method import Clip, Method, Player
from diptych.optimizers import Optimizer
from diptych_torch.arrays import NAMES, to_tensor, to_tensors
from diptych_torch.autodiff import Tensors, gradients, moves
from diptych_torch.execution import executed
from diptych_torch.nets import Nets
from diptych_torch.networks import signatures
from diptych_torch.optimizers import factors, update
from diptych_torch.surroundings import undisturbed

Factors = dict[str, tuple[Tensor, ...]]  # player -> what its update multiplies by
Step = Callable[[Tensor, Tensors, Factors], tuple[Tensors, Tensors]]  # -> losses, and who moved where gated


class TorchTrainer:
    def __init__(self, method: Method, nets: Nets, rules: Mapping[str, Optimizer], execution: str) -> None:
        self.method, self.nets, self.rules, self.execution = method, nets, rules, execution
        self.slots = {
            player.name: {
                role: {
                    name: {slot: torch.zeros_like(p) for slot in rules[player.name].slots}
                    for name, p in own.items()
                }
                for role, own in nets.trainable.items()
                if role in player.owns
            }
            for player in method.players
        }
        self.updates = {
            player.name: torch.zeros((), dtype=nets.dtype, device=nets.device) for player in method.players
        }
        self.events = border.events(method, signatures(nets.modules))
        self._steps: dict[tuple[str, ...], Step] = {}
        for module in nets.modules.values():
            module.train()

    def step(self, players: Sequence[str], x: np.ndarray, noise: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
        key = tuple(players)
        if key not in self._steps:
            self._steps[key] = self._make(key)
        self.method.check_noise(noise)
        dtype, device = self.nets.dtype, self.nets.device
        with undisturbed(dtype, device):
            batch = to_tensor("x", x, dtype, device)
            draws = to_tensors({name: noise[name] for name in self.method.noise}, dtype, device)
            shapes = {name: tuple(draw.shape) for name, draw in draws.items()}
            border.check_step(self.method, self.events, tuple(batch.shape), shapes)
            scales = {name: factors(self.rules[name], self.updates[name] + 1) for name in key}
            losses, moved = self._steps[key](batch, draws, scales)
            for name in key:
                self.updates[name].add_(moved.get(name, 1))
        return losses

    def _make(self, names: tuple[str, ...]) -> Step:
        players = self.method.moving(names)

        def step(
            x: Tensor, noise: dict[str, Tensor], scales: Factors
        ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
            found = [(player, *gradients(player, self.nets, x, noise, self.execution)) for player in players]
            moved = {name: move for name, move in moves(self.method, self.nets, x, noise).items() if name in names}
            with torch.no_grad():
                before = [
                    (moved[p.name], t, t.clone()) for p in players if p.name in moved for t in self._moving(p)
                ]
                for player, _, grads, statistics in found:
                    self._update(player.name, grads, scales[player.name], player.projection)
                    self._keep(statistics)
                for move, tensor, old in before:
                    tensor.copy_(torch.where(move, tensor, old))
            return {player.name: loss for player, loss, _, _ in found}, moved

        return executed(step, self.execution)

    def _moving(self, player: Player) -> Iterator[Tensor]:
        """Everything a step of the player changes, in its networks and in its optimiser."""
        for role in player.owns:
            yield from self.nets.trainable[role].values()
            yield from self.nets.modules[role].buffers()
            for slots in self.slots[player.name][role].values():
                yield from slots.values()

    def _update(
        self, player: str, grads: dict[str, dict[str, Tensor]], scales: tuple[Tensor, ...], projection: Clip | None
    ) -> None:
        for role, own in grads.items():
            for name, g in own.items():
                p = self.nets.trainable[role][name]
                update(self.rules[player], p, g, self.slots[player][role][name], scales)
                if projection is not None and projection.holds(role):
                    p.clamp_(-projection.bound, projection.bound)

    def _keep(self, statistics: dict[str, dict[str, Tensor]]) -> None:
        for role, own in statistics.items():
            if own:
                buffers = dict(self.nets.modules[role].named_buffers())
                for name, value in own.items():
                    buffers[name].copy_(value)

    def state(self) -> dict[str, np.ndarray]:
        state: dict[str, np.ndarray] = {}
        for key, slot, tensor in self._entries():
            state[key] = slot.to_canonical(tensor)
        for player, count in self.updates.items():
            state[f"{player}.updates"] = np.array(int(count))
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        entries = {key: (slot, tensor) for key, slot, tensor in self._entries()}
        counts = {f"{player}.updates": count for player, count in self.updates.items()}
        for key in sorted((entries.keys() | counts.keys()) ^ state.keys()):
            raise ValueError(f"optimiser state: {'unknown' if key in state else 'missing'} entry {key!r}")
        kind = NAMES[self.nets.dtype]
        given = {key: border.array(f"optimiser state: {key!r}", state[key], kind) for key in entries}
        arrays = {key: slot.to_native(given[key]) for key, (slot, _) in entries.items()}
        expected = {key: tuple(tensor.shape) for key, (_, tensor) in entries.items()} | dict.fromkeys(counts, ())
        for key, shape in expected.items():
            if np.shape(arrays.get(key, state[key])) != shape:
                raise ValueError(f"optimiser state: {key!r} has shape {np.shape(state[key])}, another was expected")
        with torch.no_grad():
            for key, (_, tensor) in entries.items():
                tensor.copy_(torch.from_numpy(np.array(arrays[key])))
            for key, count in counts.items():
                count.fill_(int(state[key]))

    def _entries(self) -> Any:
        """(canonical key, slot, native tensor) of every optimiser slot."""
        for player, roles in self.slots.items():
            for role, own in roles.items():
                for canonical, slot in self.nets.slots[role].items():
                    for kind, tensor in own.get(slot.native, {}).items():
                        yield f"{player}.{kind}.{role}.{canonical}", slot, tensor
