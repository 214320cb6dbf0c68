"""The trainer: a step is a pure function from networks and optimiser state to what they are after it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from diptych.method import Method, Player
from diptych.optimizers import Optimizer
from diptych_jax.arrays import Tree, named, to_jax, to_numpy, working_in
from diptych_jax.autodiff import Trees, gradients, moves
from diptych_jax.execution import executed
from diptych_jax.nets import Nets
from diptych_jax.optimizers import update

State = tuple[Trees, Trees, Trees]  # parameters and running statistics by role, slots and count by player


class JaxTrainer:
    def __init__(self, method: Method, nets: Nets, rules: Mapping[str, Optimizer], execution: str) -> None:
        self.method, self.nets, self.rules, self.execution = method, nets, rules, execution
        with working_in(nets.dtype):
            self.slots: Trees = {player.name: self._start(player) for player in method.players}
        self._steps: dict[tuple[str, ...], Callable[..., Any]] = {}

    def _start(self, player: Player) -> Tree:
        owned = {role: self.nets.params[role] for role in player.owns}
        slots = {slot: jax.tree.map(jnp.zeros_like, owned) for slot in self.rules[player.name].slots}
        return {**slots, "updates": jax.device_put(np.int32(0), self.nets.device)}

    def step(self, players: Sequence[str], x: np.ndarray, noise: Mapping[str, np.ndarray]) -> dict[str, jax.Array]:
        names, nets = tuple(players), self.nets
        if names not in self._steps:
            advance = partial(self._advance, self.method.moving(names))
            self._steps[names] = executed(advance, self.execution, donate_argnums=0)
        self.method.check_noise(noise)
        with working_in(nets.dtype):
            draws = {name: to_jax(noise[name], nets.dtype, nets.device) for name in self.method.noise}
            state = (nets.params, nets.statistics, self.slots)
            (nets.params, nets.statistics, self.slots), losses = self._steps[names](
                state, to_jax(x, nets.dtype, nets.device), draws
            )
        return losses

    def _advance(
        self, players: Sequence[Player], state: State, x: jax.Array, noise: Mapping[str, jax.Array]
    ) -> tuple[State, dict[str, jax.Array]]:
        params, statistics, slots = state
        at = (self.nets.apply, params, statistics, x, noise)
        found = [(player, *gradients(player, *at)) for player in players]
        held = moves(self.method, *at)
        for player, _, grads, after in found:
            before = (
                {role: params[role] for role in player.owns},
                {r: statistics[r] for r in after},
                slots[player.name],
            )
            own, kept = self._moved(player, before[0], grads, before[2])
            new = (own, after, kept)
            if player.name in held:
                new = jax.tree.map(partial(jnp.where, held[player.name]), new, before)
            params, statistics, slots = (
                {**params, **new[0]},
                {**statistics, **new[1]},
                {**slots, player.name: new[2]},
            )
        return (params, statistics, slots), {player.name: loss for player, loss, _, _ in found}

    def _moved(self, player: Player, params: Trees, grads: Trees, slots: Tree) -> tuple[Trees, Tree]:
        """Parameters after update and projection, and the optimiser's state."""
        count, clip = slots["updates"] + 1, player.projection
        params, kept = update(self.rules[player.name], count.astype(self.nets.dtype), params, grads, slots)
        if clip is not None:
            bounded = partial(jnp.clip, min=-clip.bound, max=clip.bound)
            params = {r: jax.tree.map(bounded, tree) if clip.holds(r) else tree for r, tree in params.items()}
        return params, {**kept, "updates": count}

    def state(self) -> dict[str, np.ndarray]:
        return to_numpy(named(self.slots))

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        own = named(self.slots)
        for key in sorted(own.keys() ^ state.keys()):
            raise ValueError(f"optimiser state: {'unknown' if key in state else 'missing'} entry {key!r}")
        for key, array in own.items():
            if np.shape(state[key]) != array.shape:
                raise ValueError(f"optimiser state: {key!r} has shape {np.shape(state[key])}, not {array.shape}")
        with working_in(self.nets.dtype):
            arrays = [to_jax(state[key], array.dtype, self.nets.device) for key, array in own.items()]
        self.slots = jax.tree.unflatten(jax.tree.structure(self.slots), arrays)
