"""Networks, their trainer and its steps, and what is compared: the path of the steps alone, bit for bit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diptych.method import Player
from diptych.named import Noise
from diptych_conformance.checks.training import Path, Run, different, nets_and_trainer
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array
from diptych_conformance.core.session import Session, stepped

ROUNDS = 3
Steps = list[tuple[tuple[str, ...], Array, dict[str, Array]]]


@dataclass
class Training:
    """Networks and their trainer, and what its steps have given."""

    run: Run
    session: Session
    nets: Any
    trainer: Any
    losses: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, session: Session) -> "Training":
        return cls(run, session, *nets_and_trainer(run, session, run.problem.weights))

    def step(self, names: tuple[str, ...], x: Array, noise: Mapping[str, Array]) -> None:
        for player, loss in stepped(self.trainer, names, x, noise).items():
            self.losses.setdefault(player, []).append(float(loss))

    def path(self) -> Path:
        losses = {player: np.asarray(values) for player, values in self.losses.items()}
        return Path(losses, self.session.backend.weights(self.nets), self.trainer.state())


def steps_of(run: Run) -> Steps:
    return list(run.steps(0, ROUNDS))


def plain(run: Run, session: Session) -> Path:
    """The steps alone."""

    def compute() -> Path:
        trained = Training.of(run, session)
        for step in steps_of(run):
            trained.step(*step)
        return trained.path()

    found: Path = session.once(("plain", run.key), compute)
    return found


def same(path: Path, expected: Path, what: str) -> Finding:
    others = different(path.groups(), expected.groups())
    return Finding(float(len(others)), 0.0, f"Trainer.step, {what}: {', '.join(others[:3])}")


def loss_of(player: Player) -> Callable[..., Any]:
    """The player's loss as a function of arrays."""

    def loss(nets: Any, ops: Any, x: Any, **noise: Any) -> Any:
        return player.objective(nets, x, Noise(noise), ops)

    return loss
