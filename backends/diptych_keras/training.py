"""The trainer: a step is loss, gradients, update and projection, run eagerly or compiled as one function."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import tensorflow as tf

from diptych import border
from diptych.method import Method, Player
from diptych.optimizers import Optimizer
from diptych_keras.arrays import to_tensor, to_tensors
from diptych_keras.autodiff import Gradients, gradients, moves
from diptych_keras.execution import executed
from diptych_keras.nets import Nets
from diptych_keras.networks import signatures
from diptych_keras.optimizers import update
from diptych_keras.surroundings import undisturbed
from diptych_keras.weights import Slot

Step = Callable[[tf.Tensor, dict[str, tf.Tensor]], dict[str, tf.Tensor]]


class KerasTrainer:
    def __init__(self, method: Method, nets: Nets, rules: Mapping[str, Optimizer], execution: str) -> None:
        self.method, self.nets, self.rules, self.execution = method, nets, rules, execution
        self.slots = {
            player.name: {
                role: {name: self._zeros(player, p) for name, p in nets.trainable(role).items()}
                for role in player.owns
            }
            for player in method.players
        }
        self.updates = {player.name: tf.Variable(0, dtype=tf.int64) for player in method.players}
        self.events = border.events(method, signatures(nets.models))
        self._steps: dict[tuple[str, ...], Step] = {}

    def _zeros(self, player: Player, p: tf.Variable) -> dict[str, tf.Variable]:
        return {slot: tf.Variable(tf.zeros_like(p)) for slot in self.rules[player.name].slots}

    def step(self, players: Sequence[str], x: np.ndarray, noise: Mapping[str, np.ndarray]) -> dict[str, tf.Tensor]:
        names = tuple(players)
        if names not in self._steps:
            self._steps[names] = self._make(names)
        self.method.check_noise(noise)
        with undisturbed(self.nets.device):
            batch = to_tensor("x", x, self.nets.dtype)
            draws = to_tensors({name: noise[name] for name in self.method.noise}, self.nets.dtype)
            shapes = {name: tuple(draw.shape) for name, draw in draws.items()}
            border.check_step(self.method, self.events, tuple(batch.shape), shapes)
            return self._steps[names](batch, draws)

    def _make(self, names: tuple[str, ...]) -> Step:
        players = self.method.moving(names)

        def step(x: tf.Tensor, noise: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
            moved = {name: move for name, move in moves(self.method, self.nets, x, noise).items() if name in names}
            held = [(moved[p.name], v, tf.identity(v)) for p in players if p.name in moved for v in self._moving(p)]
            found = [(player, *gradients(player, self.nets, x, noise, moving=True)) for player in players]
            for player, _, grads in found:
                self._update(player, grads)
            for move, variable, old in held:
                variable.assign(tf.where(move, variable, old))
            return {player.name: loss for player, loss, _ in found}

        return executed(step, self.execution)

    def _moving(self, player: Player) -> Iterator[tf.Variable]:
        """Everything a step of the player changes, in its networks and in its optimiser."""
        yield self.updates[player.name]
        for role in player.owns:
            yield from (slot.variable.value for slot in self.nets.slots[role].values())
            for slots in self.slots[player.name][role].values():
                yield from slots.values()

    def _update(self, player: Player, grads: Gradients) -> None:
        count = self.updates[player.name].assign_add(1)
        move = update(self.rules[player.name], tf.cast(count, self.nets.dtype))
        for role, own in grads.items():
            variables = self.nets.trainable(role)
            for name, g in own.items():
                p = variables[name]
                move(p, g, self.slots[player.name][role][name])
                if player.projection is not None and player.projection.holds(role):
                    p.assign(tf.clip_by_value(p, -player.projection.bound, player.projection.bound))

    def state(self) -> dict[str, np.ndarray]:
        arrays = {key: slot.to_canonical(variable) for key, slot, variable in self._entries()}
        return arrays | {f"{name}.updates": np.array(int(count)) for name, count in self.updates.items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        entries = {key: (slot, variable) for key, slot, variable in self._entries()}
        counts = {f"{name}.updates": count for name, count in self.updates.items()}
        for key in sorted((entries.keys() | counts.keys()) ^ state.keys()):
            raise ValueError(f"optimiser state: {'unknown' if key in state else 'missing'} entry {key!r}")
        given = {key: border.array(f"optimiser state: {key!r}", state[key], self.nets.dtype) for key in entries}
        arrays = {key: slot.to_native(given[key]) for key, (slot, _) in entries.items()}
        expected = {key: tuple(variable.shape) for key, (_, variable) in entries.items()} | dict.fromkeys(
            counts, ()
        )
        for key, shape in expected.items():
            if np.shape(arrays.get(key, state[key])) != shape:
                raise ValueError(f"optimiser state: {key!r} has shape {np.shape(state[key])}, another was expected")
        for key, (_, variable) in entries.items():
            variable.assign(arrays[key])
        for key, count in counts.items():
            count.assign(int(state[key]))

    def _entries(self) -> Iterator[tuple[str, Slot, tf.Variable]]:
        """(key in the state, slot of the parameter, variable) of every optimiser slot."""
        for player, roles in self.slots.items():
            for role, own in roles.items():
                for name, variables in own.items():
                    for kind, variable in variables.items():
                        yield f"{player}.{kind}.{role}.{name}", self.nets.slots[role][name], variable
