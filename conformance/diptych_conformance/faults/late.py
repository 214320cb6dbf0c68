"""Faults that show late in a training: counts that overflow, corrections that end, schedules that do not end."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych.method import Steps
from diptych.schedules import Geometric, Linear
from diptych_conformance.faults.altered import part, spec_fault
from diptych_conformance.faults.checkpoints import _counts, _translated
from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.rewritten import Rewritten
from diptych_conformance.faults.rules import _rule
from diptych_conformance.references.oracle.optimizers import update
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


def _number(change: Callable[[int], float]) -> type[Rewritten]:
    """Trainers whose updates use another count."""

    class Changed(Rewritten):
        class kind(ReferenceTrainer):  # noqa: N801
            @staticmethod
            def rule(rule: Any, theta: Any, g: Any, slots: Any, t: int) -> Any:
                return update(rule, theta, g, slots, change(t))  # type: ignore[arg-type]

    return Changed


class _SlowerLater(Rewritten):
    """Learning rates are halved from a trainer's 40th step on, whatever count its state holds."""

    class kind(ReferenceTrainer):  # noqa: N801
        steps = 0

        def _move(self, player: Any, gradients: Any) -> None:
            self.steps += 1
            half = {r: {n: 0.5 * g for n, g in own.items()} for r, own in gradients.items()}
            super()._move(player, half if self.steps >= 40 else gradients)


class _StatisticsEnd(Rewritten):
    """Running statistics stop changing after twenty steps."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _keep_statistics(self, player: Any, *args: Any) -> None:
            if self.updates[player.name] <= 20:
                super()._keep_statistics(player, *args)


def _cancelled(rule: Any, theta: Any, g: Any, slots: Any, t: int) -> Any:
    """Adam's corrections by 1 - β^t, computed in float32."""
    one, new = np.float32(1.0), update(rule, theta, g, slots, t)[1]
    first, second = (float(one - np.exp(np.float32(t * np.log(beta)))) for beta in (rule.beta1, rule.beta2))
    return theta - rule.learning_rate * new["mean"] / first / (np.sqrt(new["square"] / second) + rule.epsilon), new


def _goes_on(self: Any, t: int) -> float:
    return float(self.start + t / self.rounds * (self.end - self.start))


def _powers_go_on(self: Any, t: int) -> float:
    return float(self.start * (self.end / self.start) ** (t / self.rounds))


def _starts_again(self: Any, t: int) -> float:
    done = min(1.0, t % 65536 / self.rounds)
    return float((1 - done) * self.start + done * self.end)


def _a_round_late(self: Any, t: int) -> float:
    done = min(1.0, max(t - 1, 0) / self.rounds)
    return float((1 - done) * self.start + done * self.end)


def _until_and_with(self: Steps, t: int) -> int:
    return self.early if t <= self.until or (self.every and t % self.every == 0) else self.usual


def _every_from_1(self: Steps, t: int) -> int:
    return self.early if t < self.until or (self.every and (t + 1) % self.every == 0) else self.usual


def _before_and_in(self: Steps, t: int) -> int:
    return sum(map(self.at, range(min(t, 50) + 1)))


def _run(name: str, source: str, wrap: Any, leg: str = "value", *, alone: bool = True) -> Fault:
    return Fault(name, source, "runs/ns-gan/adam/float64/eager/*", leg, wrap, alone)


def _step(name: str, source: str, cases: str, wrap: Any, leg: str) -> Fault:
    return Fault(name, source, f"rounds/{cases}/float64/eager/*", leg, wrap, alone=True)


LATE = (
    _run("a number of updates in int16", "a counter of few bits", _number(lambda t: (t + 2**15) % 2**16 - 2**15)),
    _run(
        "a number of updates in float16", "a counter of the compute dtype", _number(lambda t: float(np.float16(t)))
    ),
    _run(
        "a bias correction that ends",
        "a step saved once it is nearly 1",
        _number(lambda t: t if t < 100 else np.inf),
    ),
    Fault(
        "a bias correction that cancels",
        "1 - β^t in float32",
        "runs/ns-gan/adam/float32/eager/value.late",
        "value",
        _rule(_cancelled),
        alone=True,
    ),
    _run("a number of updates up to 1000", "a table of corrections", _number(lambda t: min(t, 1000))),
    _run(
        "a count taken up modulo 2^16",
        "a checkpoint's uint16",
        _translated(taken=_counts(lambda a: a % 2**16 if a > 2**15 else a)),
        alone=False,
    ),
    _run("a count in float32", "torch.zeros(()) for it", _translated(given=_counts(np.float32)), "exactness"),
    _run(
        "a count in int32",
        "a dtype by default",
        _translated(given=_counts(lambda a: a.astype(np.int32))),
        "exactness",
    ),
    _step("rates halved after forty steps", "a decay that no rule has", "ns-gan/adam", _SlowerLater, "exactness"),
    _step("running statistics that end", "frozen after a warm-up", "simultaneous/sgd", _StatisticsEnd, "value"),
    spec_fault("a line that goes on", "no minimum", "terms/falling line", part(Linear, "at", _goes_on)),
    spec_fault("powers that go on", "no minimum", "terms/rising powers", part(Geometric, "at", _powers_go_on)),
    spec_fault(
        "a line that starts again", "a round in uint16", "terms/rising line", part(Linear, "at", _starts_again)
    ),
    spec_fault(
        "a line that starts a round late", "counted from 1", "terms/rising line", part(Linear, "at", _a_round_late)
    ),
    spec_fault("a round too many", "<= for <", "terms/steps of early rounds", part(Steps, "at", _until_and_with)),
    spec_fault("rounds counted from 1", "t + 1", "terms/steps now and then", part(Steps, "at", _every_from_1)),
    spec_fault(
        "steps before a round and in it",
        "range(t + 1)",
        "terms/steps after a wait",
        part(Steps, "before", _before_and_in),
    ),
)
