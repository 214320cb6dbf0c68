"""The trainer: a step is loss, gradients, update and projection, run eagerly or compiled as one function."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from diptych import border, parts
from diptych.method import Method, Player
from diptych.named import missing_inputs_named
from diptych.optimizers import Optimizer
from diptych.optimizers import rates as rates_of
from diptych.state import restored
from diptych_torch import layouts, slopes
from diptych_torch.arrays import NAMES, to_tensor, to_tensors
from diptych_torch.autodiff import Tensors, gradients, moves
from diptych_torch.execution import executed
from diptych_torch.fixed_parameters import FixedParameters
from diptych_torch.fused import update_together
from diptych_torch.in_parts import Found, in_parts
from diptych_torch.nets import Nets, constant
from diptych_torch.networks import signatures
from diptych_torch.optimizers import Factors, average, begun, clipped, factors, update_each
from diptych_torch.surroundings import isolated
from diptych_torch.tape import Tape
from diptych_torch.weights import Holder

Scales = dict[str, Factors]  # by player
Step = Callable[[Tensor, Tensors, Scales], tuple[Tensors, Tensors]]  # -> losses, and who moved where gated


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
        self._reads = execution == "eager" and nets.device.type == "cpu"  # elsewhere who reads waits for the device
        self._steps: dict[tuple[str, ...], Step] = {}
        # of the last eager step, held as `.grad` is: to give memory back and ask for it anew costs page faults
        self._gradients: list[dict[str, Tensors]] = []
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
            batch = to_tensor("x", x, dtype, device)
            draws = to_tensors({name: noise[name] for name in self.method.noise}, dtype, device)
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
                losses, moved = self._steps[key](batch, draws, scales)
            for name in key:
                self.updates[name].add_(moved.get(name, 1))
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
        return {**vars(self), "_steps": {}, "_gradients": []}

    def _make(self, players: tuple[Player, ...]) -> Step:
        names = [player.name for player in players]
        count = parts.count(self.rules, names)
        eager = self.execution == "eager"
        on_one_tape = eager and len(players) > 1 and not self.nets.native
        others = self.nets.owned([role for player in players for role in player.owns]).others if on_one_tape else []
        tape = Tape() if on_one_tape else None

        def step(
            x: Tensor, noise: dict[str, Tensor], scales: Scales
        ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
            statistics = self.nets.statistics()
            if eager:
                self._gradients.clear()
            gate = moves(self.method, self.nets, x, noise, tape)
            moved = {name: move for name, move in gate.items() if name in names}
            resting = {name for name, move in moved.items() if self._reads and not move}
            undone = {} if self._reads else moved  # afterwards, where the gate says so

            def differentiated(x: Tensor, noise: Tensors) -> Found:
                """Each player's loss and gradients, at the point where the step began."""
                found = []
                for player in players:
                    loss, grads, after = gradients(
                        player,
                        self.nets,
                        self.owned[player.name],
                        x,
                        noise,
                        self.execution,
                        statistics,
                        tape,
                        resting=player.name in resting,
                    )
                    if player.name in undone:
                        move = undone[player.name]
                        after = {role: _chosen(move, own, statistics[role]) for role, own in after.items()}
                    statistics.update(after)
                    found.append((loss, grads))
                return found

            found = differentiated(x, noise) if count == 1 else in_parts(differentiated, x, noise, count, tape)
            for player in players:  # when every loss was computed where the step began
                if player.name not in resting:
                    after = self.nets.advanced({role: statistics[role] for role in player.owns})
                    if player.name in undone:
                        after = {r: _chosen(undone[player.name], own, statistics[r]) for r, own in after.items()}
                    statistics |= after
            with torch.no_grad():
                for player, (_, grads) in zip(players, found, strict=True):
                    if player.name not in resting:
                        self._move(player, grads, scales[player.name], undone.get(player.name))
                if eager:
                    self._gradients.extend(grads for _, grads in found)
                self._keep({role: statistics[role] for player in players for role in player.owns})
            return {player.name: loss for player, (loss, _) in zip(players, found, strict=True)}, moved

        def look(x: Tensor, noise: dict[str, Tensor], scales: Scales) -> None:
            moves(self.method, self.nets, x, noise)
            for player in players:
                gradients(player, self.nets, self.owned[player.name], x, noise, "eager")

        def together(
            x: Tensor, noise: dict[str, Tensor], scales: Scales
        ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
            assert tape is not None
            try:
                with constant(others):
                    return step(x, noise, scales)
            finally:
                tape.clear()

        return executed(together if on_one_tape else step, self.execution, eager=look, nets=self.nets)

    def _move(self, player: Player, grads: dict[str, Tensors], scales: Factors, move: Tensor | None) -> None:
        """Update and projection; undone where the gate says so, `move`."""
        before = [] if move is None else [(tensor, tensor.clone()) for tensor in self._moving(player)]
        tensors, slots = self.owned[player.name].tensors, self.slots[player.name]
        moving = [
            (tensors[role][name], g, slots[role][name]) for role, own in grads.items() for name, g in own.items()
        ]
        rule = self.rules[player.name]
        update = update_together if self.execution == "eager" else update_each  # a compiler fuses by itself
        update(rule, clipped(rule, moving), scales)
        for p, bound in self._projected(player):
            p.clamp_(-bound, bound)
        average(rule, moving, scales)
        if move is not None:
            for tensor, old in before:
                tensor.copy_(torch.where(move, tensor, old))

    def _factors(self, player: str, rate: float) -> Factors:
        rule, t = self.rules[player], self.updates[player] + 1
        if self._reads:
            return factors(rule, int(t), rate, math)
        t = t.to(self.nets.dtype)
        return factors(rule, t, torch.full_like(t, rate), torch)

    def _moving(self, player: Player) -> Iterator[Tensor]:
        """What an update of the player changes, in its networks and in its optimiser."""
        for role, own in self.owned[player.name].tensors.items():
            yield from own.values()
            for slots in self.slots[player.name][role].values():
                yield from slots.values()

    def _projected(self, player: Player) -> Iterator[tuple[Tensor, float]]:
        """What the player's projection holds, each tensor once, and its bound."""
        if player.projection is not None:
            places, tensors = self.owned[player.name].places, self.owned[player.name].tensors
            held = [places[role].values() for role in player.owns if player.projection.holds(role)]
            for role, name in dict.fromkeys(chain.from_iterable(held)):
                yield tensors[role][name], player.projection.bound

    def _keep(self, statistics: dict[str, Tensors]) -> None:
        for role, own in statistics.items():
            if own:
                buffers = dict(self.nets.modules[role].named_buffers())
                for name, value in own.items():
                    buffers[name].copy_(value)

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


def _chosen(move: Tensor, moved: Tensors, held: Tensors) -> Tensors:
    return {name: torch.where(move, tensor, held[name]) for name, tensor in moved.items()}
