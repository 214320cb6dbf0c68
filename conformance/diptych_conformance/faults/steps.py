"""Wrong steps: optimisers, running statistics, order of play, ownership, continuation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from diptych import Network
from diptych.networks import BatchNorm
from diptych.optimizers import Adam, Momentum, Optimizer, RMSprop
from diptych_conformance.faults.fault import Fault, Wrapped
from diptych_conformance.oracle.optimizers import update
from diptych_conformance.oracle.trainer import ReferenceTrainer


class _Trained(Wrapped):
    """A backend whose trainers are `change`d."""

    def change(self, trainer: Any) -> Any:
        return trainer

    def trainer(self, *args: Any, **settings: Any) -> Any:
        return self.change(self.healthy.trainer(*args, **settings))


class _Forgetful(_Trained):
    def change(self, trainer: Any) -> Any:
        trainer.restore = lambda state: None
        return trainer


class _CountLost(_Trained):
    """The number of updates starts again at 0: Adam's bias correction, and any schedule."""

    def change(self, trainer: Any) -> Any:
        restore = trainer.restore
        trainer.restore = lambda state: restore(
            {name: np.zeros_like(a) if name.endswith(".updates") else a for name, a in state.items()}
        )
        return trainer


class _OneAfterAnother(_Trained):
    """Players that move together see each other's step."""

    def change(self, trainer: Any) -> Any:
        step = trainer.step
        trainer.step = lambda players, x, noise: {
            name: loss for player in players for name, loss in step((player,), x, noise).items()
        }
        return trainer


class _EveryoneMoves(_Trained):
    """The generator moves in the critic's step."""

    def change(self, trainer: Any) -> Any:
        step = trainer.step
        trainer.step = lambda players, x, noise: {
            name: loss for name, loss in step(("critic", "generator"), x, noise).items() if name in players
        }
        return trainer


class _NoProjection(Wrapped):
    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        players = tuple(replace(player, projection=None) for player in method.players)
        return self.healthy.trainer(replace(method, players=players), *args, **settings)


class _NoGate(Wrapped):
    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        return self.healthy.trainer(replace(method, gate=None), *args, **settings)


class _Rewritten(Wrapped):
    """Trainers in NumPy on the backend's gradients, so that a rule of theirs can be broken."""

    kind: type[ReferenceTrainer] = ReferenceTrainer

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._networks: dict[int, tuple[Any, Any]] = {}
        self._trainers: dict[int, ReferenceTrainer] = {}

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        nets = self.healthy.build(networks, weights, **settings)
        self._networks[id(nets)] = (nets, networks)
        return nets

    def weights(self, nets: Any) -> Any:
        trainer = self._trainers.get(id(nets))
        return trainer.weights if trainer else self.healthy.weights(nets)

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, *, execution: str = "eager") -> Any:
        _, networks = self._networks[id(nets)]

        def gradients(player: Any, weights: Any, x: Any, noise: Any) -> Any:
            here = self.healthy.build(networks, weights, dtype="float64")
            return self.healthy.value_and_grads(player, here, x, noise)

        weights = self.healthy.weights(nets)
        self._trainers[id(nets)] = self.kind(method, networks, weights, optimizers or {}, gradients)
        return self._trainers[id(nets)]


def _rule(broken: Callable[..., Any]) -> type[_Rewritten]:
    class Broken(ReferenceTrainer):
        rule = staticmethod(broken)

    class Changed(_Rewritten):
        kind = Broken

    return Changed


def _epsilon_hat(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """Adam with ε before the bias correction."""
    assert isinstance(rule, Adam)
    return update(replace(rule, epsilon=rule.epsilon / np.sqrt(1 - rule.beta2**t)), theta, g, slots, t)


def _epsilon_inside(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """RMSprop with ε under the root."""
    assert isinstance(rule, RMSprop)
    _, new = update(rule, theta, g, slots, t)
    return theta - rule.learning_rate * g / np.sqrt(new["square"] + rule.epsilon), new


def _rounded_betas(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    assert isinstance(rule, Adam)
    betas = {name: float(np.float32(getattr(rule, name))) for name in ("beta1", "beta2")}
    return update(replace(rule, **betas), theta, g, slots, t)


def _constants(**other: float) -> Callable[..., Any]:
    """A rule with constants of its own."""
    return lambda rule, theta, g, slots, t: update(replace(rule, **other), theta, g, slots, t)


def _no_correction(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """Adam with its means as they are, biased towards 0."""
    assert isinstance(rule, Adam)
    _, new = update(rule, theta, g, slots, t)
    return theta - rule.learning_rate * new["mean"] / (np.sqrt(new["square"]) + rule.epsilon), new


def _step_velocity(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """Momentum's velocity in units of the step: the same path, another state."""
    assert isinstance(rule, Momentum)
    v = rule.momentum * slots["velocity"] - rule.learning_rate * g
    return theta + v, {"velocity": v}


def _nesterov(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    assert isinstance(rule, Momentum)
    _, new = update(rule, theta, g, slots, t)
    return theta - rule.learning_rate * (g + rule.momentum * new["velocity"]), new


class _OneRate(Wrapped):
    """Everybody learns by the first player's rule."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        first = next(iter(method.optimizers(optimizers).values()))
        return self.healthy.trainer(method, nets, {p.name: first for p in method.players}, **settings)


class _UsualRules(Wrapped):
    """Adam as frameworks have it, for everybody of whom nothing is said."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        rules = {p.name: Adam() for p in method.players} | (optimizers or {})
        return self.healthy.trainer(method, nets, rules, **settings)


class _LastRule(Wrapped):
    """Whoever has no rule in a mapping takes the last one in it."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        rules = optimizers and {p.name: optimizers.get(p.name, [*optimizers.values()][-1]) for p in method.players}
        return self.healthy.trainer(method, nets, rules, **settings)


class _FastInFloat32(Wrapped):
    """Learning rates times 1000 where networks are in float32."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._dtypes: dict[int, tuple[Any, str]] = {}

    def build(self, networks: Any, weights: Any, *, dtype: str = "float32", **settings: Any) -> Any:
        nets = self.healthy.build(networks, weights, dtype=dtype, **settings)  # type: ignore[arg-type]
        self._dtypes[id(nets)] = nets, dtype
        return nets

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        faster = 1000 if self._dtypes[id(nets)][1] == "float32" else 1
        rules = {
            name: replace(rule, learning_rate=faster * rule.learning_rate)
            for name, rule in method.optimizers(optimizers).items()
        }
        return self.healthy.trainer(method, nets, rules, **settings)


class _OtherKeep(Wrapped):
    """Running statistics of another memory."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        def other(layer: Any) -> Any:
            return replace(layer, keep=0.99) if isinstance(layer, BatchNorm) else layer

        changed = {r: Network(n.inputs, tuple(map(other, n.layers))) for r, n in networks.items()}
        return self.healthy.build(changed, weights, **settings)


class _Accumulating(_Rewritten):
    """Gradients added to those of the step before: never set to 0."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _move(self, player: Any, gradients: Any) -> None:
            held = self.__dict__.setdefault("_held", {})
            for role, tensors in gradients.items():
                for name, g in tensors.items():
                    key = player.name, role, name
                    held[key] = g + held.get(key, 0.0)
            summed = {r: {n: held[player.name, r, n] for n in tensors} for r, tensors in gradients.items()}
            super()._move(player, summed)


class _SharedState(_Rewritten):
    """One optimiser state a network, whoever moves it."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _move(self, player: Any, gradients: Any) -> None:
            mine = f"{player.name}."
            for key in [key for key in self.slots if key.startswith(mine)]:
                others = [k for k in self.slots if k.partition(".")[2] == key.partition(".")[2]]
                self.slots[key] = self.slots[others[0]]
            super()._move(player, gradients)
            for key in [key for key in self.slots if key.startswith(mine)]:
                for k in [k for k in self.slots if k.partition(".")[2] == key.partition(".")[2]]:
                    self.slots[k] = self.slots[key]


class _HeldCounts(_Rewritten):
    class kind(ReferenceTrainer):  # noqa: N801
        def hold(self, player: Any, before: Any, x: Any, noise: Any) -> None:
            self.updates[player.name] += 1


class _UnbiasedVariance(_Rewritten):
    class kind(ReferenceTrainer):  # noqa: N801
        def running(self, name: str, batch: Any, n: int) -> Any:
            return batch * n / (n - 1) if name == "running_variance" else batch


class _HeldInPart(_Rewritten):
    class kind(ReferenceTrainer):  # noqa: N801
        def hold(self, player: Any, before: Any, x: Any, noise: Any) -> None:
            self._keep_statistics(player, before, x, noise)


def _fault(name: str, source: str, subject: str, wrap: Callable[[Any], Any], leg: str = "value") -> Fault:
    return Fault(name, source, f"rounds/{subject}/float64/eager/*", leg, wrap, alone=True)


STEPS = (
    _fault("Adam's epsilon before the bias correction", "Keras", "ns-gan/adam", _rule(_epsilon_hat)),
    _fault("Adam's betas rounded through float32", "Keras in float64", "ns-gan/adam", _rule(_rounded_betas)),
    _fault("RMSprop's epsilon inside the root", "Keras", "ns-gan/rmsprop", _rule(_epsilon_inside)),
    _fault("Adam with another epsilon", "Keras 1e-7", "ns-gan/adam", _rule(_constants(epsilon=1e-7))),
    _fault("Adam without bias correction", "BERT's Adam", "ns-gan/adam", _rule(_no_correction)),
    _fault("RMSprop with another decay", "Keras 0.9", "ns-gan/rmsprop", _rule(_constants(decay=0.9))),
    _fault("RMSprop with another epsilon", "Keras 1e-7", "ns-gan/rmsprop", _rule(_constants(epsilon=1e-7))),
    _fault("velocity in units of the step", "Keras", "ns-gan/momentum", _rule(_step_velocity)),
    _fault("Nesterov's momentum", "a flag left on", "ns-gan/momentum", _rule(_nesterov)),
    _fault("one learning rate for all", "one optimiser built for every player", "ns-gan/sgd", _OneRate),
    _fault("Adam where no rule is given", "an argument's default", "avb/own rules", _UsualRules),
    _fault("another's rule where some are given", "the rule of a loop before", "avb/own rules*", _LastRule),
    Fault(
        "a learning rate 1000 times too large in float32",
        "trained in one dtype, examined in another",
        "rounds/ns-gan/adam/float*/eager/*",
        "value",
        _FastInFloat32,
        alone=True,
    ),
    _fault("one state for two players of a network", "one optimiser a network", "aae/adam", _SharedState),
    Fault(
        "gradients of the step before",
        "the critic not reset between steps; zero_grad forgotten",
        "rounds/ns-gan/sgd/float64/eager/*",
        "value",
        _Accumulating,
    ),
    _fault("running statistics of another memory", "Keras 0.99, torch 0.9", "batch norm/sgd", _OtherKeep),
    _fault("a held player's update is counted", "a counter outside the gate", "gated/adam", _HeldCounts),
    _fault("running variance unbiased", "torch: n / (n - 1)", "batch norm/sgd", _UnbiasedVariance),
    _fault("projection forgotten", "WGAN without its clipping", "clipped/sgd", _NoProjection),
    _fault("gate forgotten", "everybody moves in every step", "gated/sgd", _NoGate),
    _fault("statistics follow a held player", "the gate stops the update only", "gated/adam", _HeldInPart),
    _fault("one after another for together", "steps in the wrong order", "simultaneous/sgd", _OneAfterAnother),
    _fault("optimiser state lost in resuming", "pythae 92", "ns-gan/adam", _Forgetful, "exactness"),
    _fault("number of updates lost in resuming", "PyTorch-VAE 61", "ns-gan/adam", _CountLost, "exactness"),
    Fault(
        "the generator moves in the critic's step",
        "pytorch-vqgan issue 3",
        "objectives/ns-gan/critic/dense/float64/eager/*",
        "exactness",
        _EveryoneMoves,
        alone=True,
    ),
)
