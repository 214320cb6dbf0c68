"""Wrong decay, clipping, averages and learning rates of a step."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from diptych.optimizers import EMA, Adam, AdamW, Optimizer
from diptych_conformance.faults.fault import Fault, Stepped, Wrapped
from diptych_conformance.faults.rewritten import Rewritten, step_fault
from diptych_conformance.references.oracle import optimizers as right
from diptych_conformance.references.oracle.trainer import ReferenceTrainer

Gradients = Mapping[str, Mapping[str, Any]]


def _with(**wrong: Callable[..., Any]) -> type[Rewritten]:
    """Trainers with another rule, clip or average."""

    class Changed(Rewritten):
        kind = type("Broken", (ReferenceTrainer,), {name: staticmethod(f) for name, f in wrong.items()})

    return Changed


def _adam(rule: AdamW) -> Adam:
    return right.at_rate(Adam(1.0, rule.beta1, rule.beta2, rule.epsilon), rule.learning_rate)  # type: ignore[return-value]


def _coupled(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """The decay is a part of the gradient: L2 in Adam."""
    assert isinstance(rule, AdamW)
    return right.update(_adam(rule), theta, g + rule.weight_decay * theta, slots, t)


def _afterwards(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """The parameter decays once it has been updated."""
    assert isinstance(rule, AdamW)
    moved, new = right.update(_adam(rule), theta, g, slots, t)
    return (1 - right.rate_of(rule) * rule.weight_decay) * moved, new


def _whatever_the_rate(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    assert isinstance(rule, AdamW)
    moved, new = right.update(_adam(rule), theta, g, slots, t)
    return moved - rule.weight_decay * 1e-3 * theta, new


def _without_biases(rule: Optimizer, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """Only matrices decay."""
    assert isinstance(rule, AdamW)
    return right.update(rule if theta.ndim > 1 else _adam(rule), theta, g, slots, t)


def _shorter(norm: Any, limit: float, g: Any) -> Any:
    return g * min(1.0, limit / norm) if norm else g


def _by_tensor(rule: Optimizer, gradients: Gradients) -> Gradients:
    if rule.clip_norm is None:
        return gradients
    limit = rule.clip_norm
    return {r: {n: _shorter(np.linalg.norm(g), limit, g) for n, g in own.items()} for r, own in gradients.items()}


def _by_entry(rule: Optimizer, gradients: Gradients) -> Gradients:
    if rule.clip_norm is None:
        return gradients
    limit = rule.clip_norm
    return {r: {n: np.clip(g, -limit, limit) for n, g in own.items()} for r, own in gradients.items()}


def _to_length(rule: Optimizer, gradients: Gradients) -> Gradients:
    """Shorter gradients are made as long, too."""
    if rule.clip_norm is None:
        return gradients
    norm = np.sqrt(sum(np.sum(g**2) for own in gradients.values() for g in own.values()))
    return {r: {n: g * rule.clip_norm / norm for n, g in own.items()} for r, own in gradients.items()}


def _almost(rule: Optimizer, gradients: Gradients) -> Gradients:
    """1e-6 is added to the norm."""
    if rule.clip_norm is None:
        return gradients
    norm = np.sqrt(sum(np.sum(g**2) for own in gradients.values() for g in own.values())) + 1e-6
    return {r: {n: _shorter(norm, rule.clip_norm, g) for n, g in own.items()} for r, own in gradients.items()}


def _uncorrected(decay: float, before: Any, theta: Any, t: int) -> Any:
    return decay * before + (1 - decay) * theta


def _from_zero(decay: float, before: Any, theta: Any, t: int) -> Any:
    """Begun at zero, and not corrected."""
    return decay * (before if t > 1 else 0.0) + (1 - decay) * theta


class _OfTheStepBefore(Rewritten):
    """The average is taken before the update."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _move(self, player: Any, gradients: Any) -> None:
            places = [(role, name) for role, own in gradients.items() for name in own]
            slots = {place: self.slots[f"{player.name}.{'.'.join(place)}"].get(EMA) for place in places}
            old = {place: np.array(e) for place, e in slots.items() if e is not None}
            super()._move(player, gradients)
            t = self.updates[player.name]
            for (role, name), before in old.items():  # each of the parameter that it had before this step
                decay: Any = self.rules[player.name].ema
                self.slots[f"{player.name}.{role}.{name}"][EMA] = self.average(
                    decay, before, self.earlier[role, name], t
                )

        def step(self, *arguments: Any) -> Any:
            self.earlier = {(r, n): a for r, own in self.weights.items() for n, a in own.items()}
            return super().step(*arguments)


class _BeforeProjection(Rewritten):
    """The average is of the parameter as it is updated, not as it is projected."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _move(self, player: Any, gradients: Any) -> None:
            super()._move(replace(player, projection=None), gradients)
            clip = player.projection
            for role in gradients if clip else ():
                for name in gradients[role] if clip.holds(role) else ():
                    self.weights[role][name] = np.clip(self.weights[role][name], -clip.bound, clip.bound)


class _AverageOfRest(Rewritten):
    """An average goes on while its player rests."""

    class kind(ReferenceTrainer):  # noqa: N801
        def hold(self, player: Any, before: Any, *args: Any) -> None:
            decay = self.rules[player.name].ema
            for role in player.owns:
                for name in (t.name for t in self.networks[role].tensors if t.trainable):
                    slots = self.slots[f"{player.name}.{role}.{name}"]
                    if decay is not None:
                        slots[EMA] = decay * slots[EMA] + (1 - decay) * self.weights[role][name]


class _FirstRates(Wrapped):
    """A step has the rates of the first one."""

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = self.healthy.trainer(*args, **settings)
        told, changed, healthy = dict[str, float](), copy(trainer), trainer.step

        def step(players: Any, x: Any, noise: Any, rates: Any = None) -> Any:
            told.update({name: rate for name, rate in (rates or {}).items() if name not in told})
            return healthy(players, x, noise, {name: told[name] for name in rates} if rates else rates)

        changed.step = step
        return changed


class _NoRates(Stepped):
    """A step has the rates of the rules, whatever it is told."""

    def trainer(self, *args: Any, **settings: Any) -> Any:
        made = super().trainer(*args, **settings)
        step = made.step
        made.step = lambda players, x, noise, rates=None: step(players, x, noise)
        return made


SETTINGS: tuple[Fault, ...] = (
    step_fault("L2 in Adam for decay", "Adam(weight_decay=...)", "ns-gan/adamw", _with(rule=_coupled)),
    step_fault("decay after the update", "two lines in the other order", "ns-gan/adamw", _with(rule=_afterwards)),
    step_fault("decay whatever the rate", "TensorFlow Addons", "ns-gan/adamw", _with(rule=_whatever_the_rate)),
    step_fault("biases do not decay", "no_decay of transformers", "ns-gan/adamw", _with(rule=_without_biases)),
    step_fault("clipped tensor by tensor", "Keras's clipnorm", "ns-gan/clipped by norm", _with(clip=_by_tensor)),
    step_fault("clipped entry by entry", "clip_grad_value_", "ns-gan/clipped by norm", _with(clip=_by_entry)),
    step_fault("gradients of one length", "c / |g| without min", "ns-gan/clipped by norm", _with(clip=_to_length)),
    step_fault("a norm with 1e-6 more", "clip_grad_norm_", "ns-gan/clipped by norm", _with(clip=_almost)),
    step_fault("averages without bias correction", "AveragedModel", "ns-gan/averaged", _with(average=_uncorrected)),
    step_fault("averages from zero", "a slot as the others", "ns-gan/averaged", _with(average=_from_zero)),
    step_fault(
        "averages before the projection", "two lines in the other order", "clipped/averaged", _BeforeProjection
    ),
    step_fault("averages of the step before", "before update", "ns-gan/averaged", _OfTheStepBefore),
    step_fault("averages while one rests", "outside the gate", "two owners, gated/averaged", _AverageOfRest),
    replace(
        step_fault("rates of the first step", "a rate in the graph", "ns-gan/at rates", _FirstRates), alone=False
    ),
    step_fault("rates of the rules alone", "an argument not handed on", "ns-gan/at rates", _NoRates),
)
