"""A trainer in NumPy, for any source of gradients: order of play, update rules, projections, running statistics."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from diptych.method import Method, Player
from diptych.named import Noise
from diptych.networks import Network
from diptych.optimizers import EMA, Optimizer
from diptych.state import restored
from diptych_conformance.references.oracle.layers import power_iteration
from diptych_conformance.references.oracle.network import networks
from diptych_conformance.references.oracle.objective import evaluate
from diptych_conformance.references.oracle.ops import OPS
from diptych_conformance.references.oracle.optimizers import at_rate, average, clipped, update

Array = np.ndarray[Any, np.dtype[np.float64]]
Weights = dict[str, dict[str, Array]]
Gradients = Callable[[Player, Weights, Array, Mapping[str, Array]], tuple[float, Mapping[str, Mapping[str, Array]]]]


class ReferenceTrainer:
    """`gradients(player, weights, x, noise)` gives a player's loss and gradients at these weights."""

    rule, clip, average = staticmethod(update), staticmethod(clipped), staticmethod(average)

    def __init__(
        self,
        method: Method,
        networks: Mapping[str, Network],
        weights: Mapping[str, Mapping[str, Array]],
        optimizers: Mapping[str, Optimizer],
        gradients: Gradients,
    ) -> None:
        self.method, self.networks, self.gradients = method, networks, gradients
        self.rules = {player.name: player.optimizer for player in method.players} | dict(optimizers)
        self.weights: Weights = {role: dict(tensors) for role, tensors in weights.items()}
        self.updates = {player.name: 0 for player in method.players}
        self.rates: Mapping[str, float] = {}
        self.slots: dict[str, dict[str, Array]] = {
            f"{player.name}.{role}.{t.name}": {
                slot: np.array(weights[role][t.name]) if slot == EMA else np.zeros(t.shape)
                for slot in self.rules[player.name].slots
            }
            for player in method.players
            for role in player.owns
            for t in networks[role].tensors
            if t.trainable
        }

    def step(
        self,
        players: Sequence[str],
        x: Array,
        noise: Mapping[str, Array],
        rates: Mapping[str, float] | None = None,
    ) -> dict[str, float]:
        """All gradients at the point where the step begins; then every player moves, and is projected."""
        self.rates = rates or {}
        moving = [self.method.player(name) for name in players]
        found = [(player, *self.gradients(player, self.weights, x, noise)) for player in moving]
        before, moves = self.weights, self.moves(x, noise)
        self.weights = {role: dict(tensors) for role, tensors in before.items()}
        for player, _, _ in found:
            if moves.get(player.name, True):
                self._turn_vectors(player)
        for player, _, gradients in found:
            if moves.get(player.name, True):
                self._move(player, gradients)
                self._keep_statistics(player, before, x, noise)
            else:
                self.hold(player, before, x, noise)
        return {player.name: loss for player, loss, _ in found}

    def moves(self, x: Array, noise: Mapping[str, Array]) -> dict[str, bool]:
        """The decision of the method's gate about its players, at the point where the step begins."""
        if self.method.gate is None:
            return {}
        nets = networks(self.networks, self.weights, training=True)
        return {name: bool(move) for name, move in self.method.gate(nets, x, Noise(noise), OPS).items()}

    def hold(self, player: Player, before: Weights, x: Array, noise: Mapping[str, Array]) -> None:
        """Leaves a player that the gate holds back as it was."""

    def _move(self, player: Player, gradients: Mapping[str, Mapping[str, Array]]) -> None:
        self.updates[player.name] += 1
        rule, t = self.rules[player.name], self.updates[player.name]
        here = at_rate(rule, self.rates.get(player.name, rule.learning_rate))
        for role, tensors in self.clip(rule, gradients).items():
            for name, g in tensors.items():
                key, theta = f"{player.name}.{role}.{name}", self.weights[role][name]
                before = self.slots[key]
                theta, self.slots[key] = self.rule(here, theta, g, before, t)
                if player.projection and player.projection.holds(role):
                    theta = np.clip(theta, -player.projection.bound, player.projection.bound)
                self.weights[role][name] = theta
                if rule.ema is not None:
                    self.slots[key][EMA] = self.average(rule.ema, before[EMA], theta, t)

    def _keep_statistics(self, player: Player, weights: Weights, x: Array, noise: Mapping[str, Array]) -> None:
        """running ← keep · running + (1 - keep) · batch, once for every call of an owned network, in order."""
        if not any(self.networks[role].has_batch_norm for role in player.owns):
            return
        _, nets = evaluate(player, self.networks, weights, x, noise)
        for role in player.owns:
            own = self.weights[role]
            for call in getattr(nets, role).calls:
                for path, mean, variance, keep in call.statistics:
                    for name, batch in (("running_mean", mean), ("running_variance", variance)):
                        batch = self.running(name, batch, len(x))
                        own[f"{path}{name}"] = keep * own[f"{path}{name}"] + (1 - keep) * batch

    def _turn_vectors(self, player: Player) -> None:
        """One power iteration for every spectral norm of the player's networks, by the kernels before the step."""
        for role in player.owns:
            own = self.weights[role]
            for name in [t.name for t in self.networks[role].tensors if t.name.endswith(".u")]:
                kernel = own[f"{name.removesuffix('u')}kernel"]
                own[name] = power_iteration(kernel.reshape(-1, kernel.shape[-1]), own[name])[1]

    def running(self, name: str, batch: Array, n: int) -> Array:
        """The statistic that enters the running one: all of it, with the variance biased as it is."""
        return batch

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take up a state that `state` gave, here or in a backend. ValueError, and nothing changed, for another."""
        slots, self.updates = restored(state, self.state(), self.updates, "float64")
        for key, own in self.slots.items():
            player, _, place = key.partition(".")
            self.slots[key] = {slot: np.array(slots[f"{player}.{slot}.{place}"]) for slot in own}

    def state(self) -> dict[str, Array]:
        """As `Trainer.state` gives it."""
        state = {f"{player}.updates": np.asarray(float(count)) for player, count in self.updates.items()}
        for key, slots in self.slots.items():
            player, _, place = key.partition(".")
            state |= {f"{player}.{slot}.{place}": array for slot, array in slots.items()}
        return state
