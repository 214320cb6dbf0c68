"""Wrong update rules: their constants, which player has which rule, and which gradients and state they use."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from diptych.optimizers import Adam, Momentum, Optimizer, RMSprop
from diptych_conformance.faults.fault import Fault, Wrapped
from diptych_conformance.faults.rewritten import Rewritten, step_fault
from diptych_conformance.references.oracle.optimizers import rate_of, update
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


def _rule(broken: Callable[..., Any]) -> type[Rewritten]:
    class Broken(ReferenceTrainer):
        rule = staticmethod(broken)

    class Changed(Rewritten):
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
    return theta - rate_of(rule) * g / np.sqrt(new["square"] + rule.epsilon), new


def _rounded_betas(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    assert isinstance(rule, Adam)
    betas: dict[str, Any] = {name: float(np.float32(getattr(rule, name))) for name in ("beta1", "beta2")}
    return update(replace(rule, **betas), theta, g, slots, t)


def _constants(**other: float) -> Callable[..., Any]:
    """Trainers whose rules have other constants."""
    return lambda rule, theta, g, slots, t: update(replace(rule, **other), theta, g, slots, t)


def _no_correction(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """Adam without bias correction."""
    assert isinstance(rule, Adam)
    _, new = update(rule, theta, g, slots, t)
    return theta - rate_of(rule) * new["mean"] / (np.sqrt(new["square"]) + rule.epsilon), new


def _step_velocity(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """Momentum whose velocity includes the learning rate: the same path with another state."""
    assert isinstance(rule, Momentum)
    v = rule.momentum * slots["velocity"] - rate_of(rule) * g
    return theta + v, {"velocity": v}


def _nesterov(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    assert isinstance(rule, Momentum)
    _, new = update(rule, theta, g, slots, t)
    return theta - rate_of(rule) * (g + rule.momentum * new["velocity"]), new


class _OneRate(Wrapped):
    """All players have the first player's rule."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        first = next(iter(method.optimizers(optimizers).values()))
        return self.healthy.trainer(method, nets, {p.name: first for p in method.players}, **settings)


class _UsualRules(Wrapped):
    """A player without a given rule has the framework's default Adam, not the method's rule."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        rules = {p.name: Adam() for p in method.players} | (optimizers or {})
        return self.healthy.trainer(method, nets, rules, **settings)


class _LastRule(Wrapped):
    """A player without a given rule has the last rule of the mapping."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        rules = optimizers and {p.name: optimizers.get(p.name, [*optimizers.values()][-1]) for p in method.players}
        return self.healthy.trainer(method, nets, rules, **settings)


class _FastInFloat32(Wrapped):
    """Learning rates are 1000 times larger in float32."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._dtypes: dict[int, tuple[Any, str]] = {}

    def build(self, networks: Any, weights: Any, *, dtype: str = "float32", **settings: Any) -> Any:
        nets = self.healthy.build(networks, weights, dtype=dtype, **settings)
        self._dtypes[id(nets)] = nets, dtype
        return nets

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        faster = 1000 if self._dtypes[id(nets)][1] == "float32" else 1
        rules = {
            name: replace(rule, learning_rate=faster * rate_of(rule))
            for name, rule in method.optimizers(optimizers).items()
        }
        return self.healthy.trainer(method, nets, rules, **settings)


class _Accumulating(Rewritten):
    """Gradients are added to those of earlier steps, because they are never set to 0."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _move(self, player: Any, gradients: Any) -> None:
            held = self.__dict__.setdefault("_held", {})
            for role, tensors in gradients.items():
                for name, g in tensors.items():
                    key = player.name, role, name
                    held[key] = g + held.get(key, 0.0)
            summed = {r: {n: held[player.name, r, n] for n in tensors} for r, tensors in gradients.items()}
            super()._move(player, summed)


class _SharedState(Rewritten):
    """Players that own one network share its optimiser state."""

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


RULES = (
    step_fault("Adam's epsilon before the bias correction", "Keras", "ns-gan/adam", _rule(_epsilon_hat)),
    step_fault("Adam's betas rounded through float32", "Keras in float64", "ns-gan/adam", _rule(_rounded_betas)),
    step_fault("RMSprop's epsilon inside the root", "Keras", "ns-gan/rmsprop", _rule(_epsilon_inside)),
    step_fault("Adam with another epsilon", "Keras 1e-7", "ns-gan/adam", _rule(_constants(epsilon=1e-7))),
    step_fault("Adam without bias correction", "BERT's Adam", "ns-gan/adam", _rule(_no_correction)),
    step_fault("RMSprop with another decay", "Keras 0.9", "ns-gan/rmsprop", _rule(_constants(decay=0.9))),
    step_fault("RMSprop with another epsilon", "Keras 1e-7", "ns-gan/rmsprop", _rule(_constants(epsilon=1e-7))),
    step_fault("velocity in units of the step", "Keras", "ns-gan/momentum", _rule(_step_velocity)),
    step_fault("Nesterov's momentum", "a flag left on", "ns-gan/momentum", _rule(_nesterov)),
    step_fault("one learning rate for all", "one optimiser built for every player", "ns-gan/sgd", _OneRate),
    step_fault("Adam where no rule is given", "an argument's default", "avb/own rules", _UsualRules),
    step_fault("another's rule where some are given", "the rule of a loop before", "avb/own rules*", _LastRule),
    Fault(
        "a learning rate 1000 times too large in float32",
        "trained in one dtype, examined in another",
        "rounds/ns-gan/adam/float*/eager/*",
        "value",
        _FastInFloat32,
        alone=True,
    ),
    step_fault("one state for two players of a network", "one optimiser a network", "aae/adam", _SharedState),
    Fault(
        "gradients of the step before",
        "the critic not reset between steps; zero_grad forgotten",
        "rounds/ns-gan/sgd/float64/eager/*",
        "value",
        _Accumulating,
    ),
)
