"""The trainer: a step is a pure function from networks and optimiser state to what they are after it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from diptych import border
from diptych.method import Method, Player
from diptych.named import Noise, missing_inputs_named
from diptych.optimizers import Optimizer
from diptych.optimizers import rates as rates_of
from diptych.state import restored
from diptych_jax.arrays import Tree, Trees, named, to_jax, to_numpy
from diptych_jax.autodiff import Live, gradients
from diptych_jax.execution import executed
from diptych_jax.nets import Modules, Nets
from diptych_jax.optimizers import average, begun, update
from diptych_jax.surroundings import array_api

Arrays = Mapping[str, Array]
Held = tuple[Modules, Trees]


class Trainer:
    def __init__(self, method: Method, nets: Nets, rules: Mapping[str, Optimizer], execution: str) -> None:
        self.method, self.nets, self.rules = method, nets, rules
        self.events = border.events(method, nets.signatures)
        self._advance = executed(self._after, execution, static_argnums=0, donate_argnums=1)
        with array_api():
            self.slots: Trees = {player.name: self._start(player) for player in method.players}

    def _start(self, player: Player) -> Tree:
        owned = {role: self.nets.modules[role].params for role in player.owns}
        return {**begun(self.rules[player.name], owned), "updates": jax.device_put(np.int64(0), self.nets.device)}

    def step(self, players: Sequence[str], x: Any, noise: Mapping[str, Any], rates: Any = None) -> dict[str, Array]:
        self.method.moving(players)
        self.method.check_noise(noise)
        nets, rates = self.nets, rates_of(self.rules, players, rates)
        with array_api(), missing_inputs_named():
            batch, draws = nets.array("x", x), {name: nets.array(name, noise[name]) for name in self.method.noise}
            border.check_step(self.method, self.events, batch.shape, {name: a.shape for name, a in draws.items()})
            held, losses = self._advance(tuple(players), (nets.modules, self.slots), rates, batch, draws)
            nets.modules, self.slots = held
        return losses

    def _after(
        self, names: Sequence[str], held: Held, rates: Arrays, x: Array, noise: Arrays
    ) -> tuple[Held, Arrays]:
        modules, slots = map(dict, held)
        live, gate = Live(modules, training=True), self.method.gate
        moves = gate(live.nets, x, Noise(noise), live) if gate else {}
        found, called = [], modules  # as they were, but for the running statistics
        for player in self.method.moving(names):
            loss, grads, statistics = gradients(player, called, x, noise)
            after = {role: replace(called[role], statistics=own) for role, own in statistics.items()}
            called = called | self._chosen(player, moves, after, called)
            found.append((player, loss, grads))
        modules = {role: replace(module, statistics=called[role].statistics) for role, module in modules.items()}
        for player, _, grads in found:
            after = self._moved(player, rates[player.name], modules, slots[player.name], grads)
            modules |= self._chosen(player, moves, after[0], modules)
            slots[player.name] = self._chosen(player, moves, after[1], slots[player.name])
        return (modules, slots), {player.name: loss for player, loss, _ in found}

    @staticmethod
    def _chosen(player: Player, moves: Mapping[str, Array], after: Trees, before: Trees) -> Trees:
        """`after`, or what there was before where the gate holds the player back."""
        if player.name not in moves:
            return after
        return jax.tree.map(partial(jnp.where, moves[player.name]), after, {name: before[name] for name in after})

    def _moved(
        self, player: Player, rate: Array, modules: Modules, slots: Tree, grads: Trees
    ) -> tuple[Modules, Tree]:
        """The player's networks after update and projection, and its optimiser's state."""
        rule, count, clip = self.rules[player.name], slots["updates"] + 1, player.projection
        params, t = {role: modules[role].params for role in player.owns}, count.astype(self.nets.dtype)
        params, kept = update(rule, t, rate, params, grads, slots)
        for role in params:
            if clip and clip.holds(role):
                params[role] = jax.tree.map(lambda p: jnp.clip(p, -clip.bound, clip.bound), params[role])
        kept = {**kept, **average(rule, t, params, slots), "updates": count}
        return {role: replace(modules[role], params=params[role]) for role in params}, kept

    def state(self) -> dict[str, np.ndarray]:
        with array_api():
            return to_numpy(named(self.slots))

    def restore(self, state: Mapping[str, Any]) -> None:
        own = named(self.slots)
        slots, counts = restored(state, own, self.slots, self.nets.dtype)
        values = slots | {f"{player}.updates": np.int64(count) for player, count in counts.items()}
        with array_api():
            arrays = [to_jax(key, values[key], str(array.dtype), self.nets.device) for key, array in own.items()]
        self.slots = jax.tree.unflatten(jax.tree.structure(self.slots), arrays)
