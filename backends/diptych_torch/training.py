"""The trainer: a step is loss, gradients, update and projection, run eagerly or compiled as one function."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from diptych import border, composition, parts
from diptych.method import Method, Player
from diptych.named import missing_inputs_named
from diptych.optimizers import Optimizer
from diptych.optimizers import rates as rates_of
from diptych.state import restored
from diptych_torch import layouts, slopes
from diptych_torch.arrays import NAMES, to_tensor, to_tensors
from diptych_torch.autodiff import Tensors
from diptych_torch.fixed_parameters import FixedParameters
from diptych_torch.nets import Nets
from diptych_torch.networks import signatures
from diptych_torch.optimizers import Factors, begun, factors
from diptych_torch.player_update import PlayerUpdate
from diptych_torch.steps import Step
from diptych_torch.surroundings import isolated
from diptych_torch.weights import Holder


class TorchTrainer:
    """`diptych.protocol.Trainer` in PyTorch; the protocol says what each method does."""

    def __init__(self, method: Method, nets: Nets, rules: Mapping[str, Optimizer], execution: str) -> None:
        outputs = {name: role.output for name, role in method.roles.items()}
        self.nets = replace(nets, outputs=outputs)
        self.method, self.rules, self.execution = method, rules, execution
        self.owned = {player.name: nets.owned(player.owns) for player in method.players}
        self.slots = {
            player: {
                role: {name: {slot: begun(slot, p) for slot in rules[player].slots} for name, p in own.items()}
                for role, own in owned.tensors.items()
            }
            for player, owned in self.owned.items()
        }
        self.updates = {  # whole numbers: float32 has none of them beyond 2^24
            player.name: torch.zeros((), dtype=torch.int64, device=nets.device) for player in method.players
        }
        self.events = border.events(method, signatures(nets.modules))
        # code of a user's own may write into batch and noise, or keep them
        self._copies = bool(nets.native) or not composition.is_composed(method)
        self._reads = execution == "eager" and nets.device.type == "cpu"  # elsewhere who reads waits for the device
        self._steps: dict[tuple[str, ...], Step] = {}
        self.kept: dict[str, np.ndarray] = {}  # the state of frozen tensors, for a trainer in which they are thawed
        self._fixed = FixedParameters(nets)

    def step(
        self,
        players: Sequence[str],
        x: np.ndarray,
        noise: Mapping[str, np.ndarray],
        rates: Mapping[str, float] | None = None,
    ) -> dict[str, Tensor]:
        key = tuple(players)
        moving = () if key in self._steps else self.method.moving(key)
        learning = rates_of(self.rules, key, rates)
        self.method.check_noise(noise)
        self._fixed.check()
        dtype, device = self.nets.dtype, self.nets.device
        with isolated(dtype, device):
            batch = to_tensor("x", x, dtype, device, copied=self._copies)
            given = {name: noise[name] for name in self.method.noise}
            draws = to_tensors(given, dtype, device, copied=self._copies)
            shapes = {name: tuple(draw.shape) for name, draw in draws.items()}
            border.check_step(self.method, self.events, tuple(batch.shape), shapes)
            parts.check_rows(len(batch), parts.count(self.rules, key))
            scales = {name: self._factors(name, rate) for name, rate in learning.items()}
            with self.nets.mode(training=True), missing_inputs_named():
                if key not in self._steps:
                    self._check_same(batch, draws)
                    if not self._steps:
                        layouts.find(self.method, self.nets, batch, draws)
                    slopes.check(self.method, self.nets.alone(), moving, batch, draws, self.execution)
                    self._steps[key] = self._make(moving)
                losses, said = self._steps[key](batch, draws, scales)
            for name in key:
                self.updates[name].add_(said.get(name, 1))
        return losses

    def _check_same(self, x: Tensor, noise: Tensors) -> None:
        """Raise ValueError where replicas begin with different data or settings."""
        if self.nets.replicas:
            hyper, rules = self.method.hyper, [self.rules[player.name] for player in self.method.players]
            slots = [tensor for _, _, tensor in self._entries()]
            self.nets.replicas.check_same(
                {
                    "method": f"{self.method.name} {hyper}",
                    "update rule": f"{rules}",
                    "batch": [x],
                    "noise": noise.values(),
                    "weights": self.nets.tensors(),
                    "optimiser state": [*slots, *self.updates.values()],
                }
            )

    def __getstate__(self) -> dict[str, object]:
        """What a copy has: not the steps, which move the tensors of this trainer."""
        return {**vars(self), "_steps": {}}

    def _make(self, players: tuple[Player, ...]) -> Step:
        updates = {
            player.name: PlayerUpdate(
                player,
                self.rules[player.name],
                self.owned[player.name],
                self.slots[player.name],
                together=self.execution == "eager",
            )
            for player in players
        }
        count = parts.count(self.rules, updates)
        return Step(self.method, self.nets, players, self.owned, updates, self.execution, count)

    def _factors(self, player: str, rate: float) -> Factors:
        rule, t = self.rules[player], self.updates[player]
        if self._reads:
            return factors(rule, int(t) + 1, rate, math)
        t = (t + 1).to(self.nets.dtype)
        return factors(rule, t, torch.full_like(t, rate), torch)

    def state(self) -> dict[str, np.ndarray]:
        state = {key: holder.to_canonical(tensor) for key, holder, tensor in self._entries()}
        for key, holder, slot in self._frozen():
            state[key] = self.kept[key].copy() if key in self.kept else holder.to_canonical(slot)
        for player, count in self.updates.items():
            state[f"{player}.updates"] = np.array(int(count))
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        given, counts = restored(state, self.state(), self.updates, NAMES[self.nets.dtype])
        with torch.no_grad():
            for key, holder, tensor in self._entries():
                tensor.copy_(torch.from_numpy(np.array(holder.to_native(given[key]))))
            for player, count in counts.items():
                self.updates[player].fill_(count)
        self.kept = {key: np.array(state[key]) for key, _, _ in self._frozen()}

    def _entries(self) -> Iterator[tuple[str, Holder, Tensor]]:
        """(canonical key, holder of the parameter, native tensor) of every optimiser slot."""
        for player, roles in self.slots.items():
            for role, own in roles.items():
                for canonical, holder in self.nets.holders[role].items():
                    for kind, tensor in own.get(holder.native, {}).items():
                        yield f"{player}.{kind}.{role}.{canonical}", holder, tensor

    def _frozen(self) -> Iterator[tuple[str, Holder, Tensor]]:
        """(canonical key, holder, native tensor) of what a trainer in which it is thawed would have."""
        for player, owned in self.owned.items():
            for role, own in owned.frozen.items():
                for canonical, holder in self.nets.holders[role].items():
                    for kind in self.rules[player].slots if holder.native in own else ():
                        yield f"{player}.{kind}.{role}.{canonical}", holder, begun(kind, own[holder.native])
