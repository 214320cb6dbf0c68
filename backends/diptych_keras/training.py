"""The trainer: a step is loss, gradients, update and projection, run eagerly or compiled as one function."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import NoReturn

import numpy as np
import tensorflow as tf

from diptych import border, parts
from diptych.method import Method, Player
from diptych.named import missing_inputs_named
from diptych.optimizers import Optimizer
from diptych.optimizers import rates as rates_of
from diptych.state import restored
from diptych_keras.arrays import to_tensor, to_tensors
from diptych_keras.autodiff import Gradients, Tape
from diptych_keras.execution import executed
from diptych_keras.fixed_parameters import FixedParameters
from diptych_keras.in_parts import in_parts
from diptych_keras.layers import SpectralNorm, advance
from diptych_keras.nets import Nets, walk
from diptych_keras.networks import signatures
from diptych_keras.optimizers import average, begun, clipped, update
from diptych_keras.surroundings import isolated
from diptych_keras.weights import Holder

Tensors = dict[str, tf.Tensor]
Step = Callable[[tf.Tensor, Tensors, Tensors], Tensors]  # x, noise, and rates by player -> losses


class KerasTrainer:
    """`diptych.protocol.Trainer` in Keras; the protocol says what each method does."""

    def __init__(self, method: Method, nets: Nets, rules: Mapping[str, Optimizer], execution: str) -> None:
        outputs = {name: role.output for name, role in method.roles.items()}
        self.nets = replace(nets, outputs=outputs)
        self.method, self.rules, self.execution = method, rules, execution
        self.owned = {player.name: nets.owned(player.owns) for player in method.players}
        self.slots = {
            player: {
                role: {name: self._zeros(player, holder) for name, holder in own.items()}
                for role, own in owned.holders.items()
            }
            for player, owned in self.owned.items()
        }
        self.spectral = {
            player.name: [
                layer
                for role in player.owns
                for layer in walk(nets.models[role])
                if isinstance(layer, SpectralNorm)
            ]
            for player in method.players
        }
        self.updates = {player.name: tf.Variable(0, dtype=tf.int64) for player in method.players}
        self.events = border.events(method, signatures(nets.models))
        self.kept: dict[str, np.ndarray] = {}  # the state of what is frozen, for a trainer in which it is thawed
        self._fixed = FixedParameters(nets.models)
        self._steps: dict[tuple[str, ...], Step] = {}
        self.others = [self._other(nets) for nets in nets.others]  # of the replicas but the first

    def _other(self, nets: Nets) -> "KerasTrainer":
        with tf.device(nets.device):
            return KerasTrainer(self.method, nets, self.rules, self.execution)

    def _zeros(self, player: str, holder: Holder) -> dict[str, tf.Variable]:
        return {kind: tf.Variable(begun(kind, holder.variable.value)) for kind in self.rules[player].slots}

    def step(
        self,
        players: Sequence[str],
        x: np.ndarray,
        noise: Mapping[str, np.ndarray],
        rates: Mapping[str, float] | None = None,
    ) -> Tensors:
        names = tuple(players)
        step = self._steps.get(names) or self._make(names)
        learning = rates_of(self.rules, names, rates)
        self.method.check_noise(noise)
        self._fixed.check()
        with isolated(self.nets.device), missing_inputs_named():
            batch = to_tensor("x", x, self.nets.dtype)
            draws = to_tensors({name: noise[name] for name in self.method.noise}, self.nets.dtype)
            shapes = {name: tuple(draw.shape) for name, draw in draws.items()}
            border.check_step(self.method, self.events, tuple(batch.shape), shapes)
            parts.check_rows(int(batch.shape[0]), parts.count(self.rules, names))
            told = {name: tf.constant(rate, self.nets.dtype) for name, rate in learning.items()}
            with self.nets.together(None if names in self._steps else self._given(batch, draws)):
                self._steps[names] = step
                return step(batch, draws, told)

    def _given(self, batch: tf.Tensor, draws: Mapping[str, tf.Tensor]) -> dict[str, str | Sequence[tf.Tensor]]:
        """What replicas on several hosts must have alike, beside the weights."""
        slots = [variable.value() for _, _, variable in self._entries()]
        return {
            "method": f"{self.method.name} {self.method.hyper}",
            "update rule": f"{[self.rules[player.name] for player in self.method.players]}",
            "batch": [batch],
            "noise": list(draws.values()),
            "optimiser state": [*slots, *(count.value() for count in self.updates.values())],
        }

    def __reduce__(self) -> NoReturn:
        """A copy, a shallow one too, would step the variables of this trainer: refused as that of its networks."""
        self.nets.__reduce__()

    def _make(self, names: tuple[str, ...]) -> Step:
        step, replicas = self._step(names), self.nets.replicas
        if replicas:
            step = replicas.everywhere([step, *(other._step(names) for other in self.others)])
        return executed(step, self.execution)

    def _step(self, names: tuple[str, ...]) -> Step:
        players, count = self.method.moving(names), parts.count(self.rules, names)

        def differentiated(x: tf.Tensor, noise: Tensors) -> tuple[Tensors, dict[str, Gradients], Tensors]:
            """Losses, gradients of those who are awake, and what a gate says, all where the step begins."""
            tape = Tape(players, self.nets, self.owned, self.execution)
            with tape.recording():
                moved = {name: move for name, move in tape.moves(self.method, x, noise).items() if name in names}
                losses = {
                    player.name: self._loss(tape, player, x, noise, moved.get(player.name)) for player in players
                }
            # an eager step looks first, and differentiates nobody who rests
            awake = [p for p in players if not tf.executing_eagerly() or moved.get(p.name, True)]
            return losses, {player.name: tape.gradients(player, losses[player.name]) for player in awake}, moved

        def step(x: tf.Tensor, noise: Tensors, rates: Tensors) -> Tensors:
            if count == 1:
                losses, grads, moved = differentiated(x, noise)
            else:
                (losses, grads), moved = in_parts(lambda *part: differentiated(*part)[:2], x, noise, count), {}
            awake = [player for player in players if player.name in grads]
            for player in awake:  # when every loss was computed where the step began
                if spectral := self.spectral[player.name]:
                    _where(moved.get(player.name), partial(advance, spectral))
            # When nothing reads a variable any more, a graph writes into it in place, and need not copy it first.
            with tf.control_dependencies(tf.nest.flatten([losses, grads])):
                for player in awake:
                    act = partial(self._update, player, grads[player.name], rates[player.name])
                    _where(moved.get(player.name), act)
            return losses

        return step

    def _loss(self, tape: Tape, player: Player, x: tf.Tensor, noise: Tensors, move: tf.Tensor | None) -> tf.Tensor:
        """What a gate holds back is not moved by its calls either."""
        if move is None:
            return tape.loss(player, x, noise)
        with self.nets.unchanged(player.owns, unless=move):
            return tape.loss(player, x, noise)

    def _update(self, player: Player, grads: Gradients, rate: tf.Tensor) -> None:
        """Update, then the variables' constraints, then projection, then averages."""
        t, rule = tf.cast(self.updates[player.name].assign_add(1), self.nets.dtype), self.rules[player.name]
        move, follow = update(rule, t, rate), average(rule, t)
        owned, slots = self.owned[player.name], self.slots[player.name]
        for role, own in clipped(rule, grads).items():
            for name, g in own.items():
                variable = owned.holders[role][name].variable
                move(variable.value, g, slots[role][name])
                if variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
        if player.projection is not None:
            held = [owned.places[role] for role in player.owns if player.projection.holds(role)]
            for role, name in dict.fromkeys(chain.from_iterable(held)):
                p, bound = owned.holders[role][name].variable, player.projection.bound
                p.assign(tf.clip_by_value(p.value, -bound, bound))
        for role, own in grads.items():
            for name in own:
                follow(owned.holders[role][name].variable.value, slots[role][name])

    def state(self) -> dict[str, np.ndarray]:
        arrays = {key: holder.to_canonical(variable) for key, holder, variable in self._entries()}
        for key, holder, slot in self._frozen():
            arrays[key] = self.kept[key].copy() if key in self.kept else holder.to_canonical(slot)
        return arrays | {f"{name}.updates": np.array(int(count)) for name, count in self.updates.items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        given, counts = restored(state, self.state(), self.updates, self.nets.dtype)
        for key, holder, variable in self._entries():
            variable.assign(holder.to_native(given[key]))
        for player, count in counts.items():
            self.updates[player].assign(count)
        self.kept = {key: np.array(state[key]) for key, _, _ in self._frozen()}
        for other in self.others:
            other.restore(state)

    def _entries(self) -> Iterator[tuple[str, Holder, tf.Variable]]:
        """(key in the state, holder of the parameter, variable) of every optimiser slot."""
        for player, roles in self.slots.items():
            for role, own in roles.items():
                for name, variables in own.items():
                    for kind, variable in variables.items():
                        yield f"{player}.{kind}.{role}.{name}", self.nets.holders[role][name], variable

    def _frozen(self) -> Iterator[tuple[str, Holder, tf.Tensor]]:
        """(key in the state, holder of the parameter, slot) of what a trainer in which it is thawed would have."""
        for player, owned in self.owned.items():
            for role, own in owned.frozen.items():
                for name, holder in own.items():
                    for kind in self.rules[player].slots:
                        yield f"{player}.{kind}.{role}.{name}", holder, begun(kind, holder.variable.value)


def _where(move: tf.Tensor | None, act: Callable[[], None]) -> None:
    """`act`, in a graph too only where the truth value says so."""

    def acted() -> tf.Tensor:
        act()
        return tf.constant(True)

    if move is None:
        act()
    else:
        tf.cond(move, acted, lambda: tf.constant(False))
