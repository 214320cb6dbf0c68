"""What rounds and runs are made of: methods and rules to train, and training: the backend's and the reference's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diptych import Method, make
from diptych.method import Clip, Steps
from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop
from diptych_conformance.case import Finding
from diptych_conformance.oracle.trainer import ReferenceTrainer
from diptych_conformance.problem import Array, Problem, Weights, all_variants, small
from diptych_conformance.session import Session
from diptych_conformance.tolerance import ROUNDS_LIMIT, eps, relative_error

ROUNDS = 10
HALF = ROUNDS // 2
RULES: dict[str, Optimizer] = {
    "sgd": SGD(1e-2),
    "momentum": Momentum(5e-3),
    "rmsprop": RMSprop(1e-3),
    "adam": Adam(1e-3, beta1=0.5),
}
SHORTENED = {"critic_steps", "early_steps", "iterations", "pretrain"}  # to 2, for the time it takes


@dataclass(frozen=True)
class Run:
    """A problem's method under one rule for all of its players, each with a learning rate of its own."""

    problem: Problem
    rule: str
    execution: str = "eager"

    @property
    def optimizers(self) -> dict[str, Optimizer]:
        """Every further player learns more slowly, by Adam without momentum: whose rule it was shows."""
        rules = {}
        for i, player in enumerate(self.problem.method.players):
            rule = RULES[self.rule]
            rule = replace(rule, beta1=0.0) if i and isinstance(rule, Adam) else rule
            rules[player.name] = replace(rule, learning_rate=rule.learning_rate / (1 + i))
        return rules

    @property
    def key(self) -> str:
        return f"{self.problem.key}/{self.rule}/{self.execution}"

    def steps(self, start: int, stop: int) -> Iterator[tuple[tuple[str, ...], Array, dict[str, Array]]]:
        """Players, batch and noise of every step of rounds start to stop."""
        schedule = [self.problem.method.round(t) for t in range(stop)]
        number = sum(map(len, schedule[:start]))
        for names in (names for round_ in schedule[start:] for names in round_):
            yield names, *self.problem.step_data(number)
            number += 1


def subjects() -> Iterator[tuple[str, str, Method, str]]:
    """(name in the catalogue, subject, method, architecture)"""
    gan = make("ns-gan")
    critic, generator = gan.players
    yield "ns-gan", "simultaneous", replace(gan, order="simultaneous"), "batchnorm"
    clipped = replace(critic, projection=Clip(0.2), steps=Steps(usual=1, early=3, until=2))
    yield "ns-gan", "clipped", replace(gan, players=(clipped, generator)), "dense"
    yield "ns-gan", "batch norm", gan, "batchnorm"
    yield "vae-gan", "gated", small("vae-gan", margin=0.0), "batchnorm"  # so narrow that somebody often rests
    for name, variant, method in all_variants():
        long = [key for key in SHORTENED & method.hyper.keys() if method.hyper[key] > 2]
        shorter = small(name, **dict.fromkeys(long, 2))
        shorter = method if variant != name else shorter
        yield name, variant, shorter, "dense"
        yield name, f"{variant} conv", shorter, "conv"


@dataclass(frozen=True)
class Path:
    """Losses by player, weights, and optimiser state, after some rounds."""

    losses: Mapping[str, Array]
    weights: Weights
    state: Mapping[str, Array]

    def groups(self) -> dict[str, dict[str, Array]]:
        """Numbers of one size together: a player's losses, a network's weights, a player's slot."""
        groups = {f"losses of {player}": {"loss": values} for player, values in self.losses.items()}
        groups |= {f"weights of {role}": dict(tensors) for role, tensors in self.weights.items()}
        for key, array in self.state.items():
            player, slot, *_ = key.split(".")
            groups.setdefault(f"{slot} of {player}", {})[key] = np.asarray(array)
        return groups


def trained(run: Run, session: Session, start: int, stop: int, weights: Weights, state: Any = None) -> Path:
    """Rounds start to stop of the backend's own trainer, from these weights and this state."""
    problem = run.problem
    nets = session.build(problem.networks, weights, "float64")
    trainer = session.backend.trainer(problem.method, nets, run.optimizers, execution=run.execution)
    if state is not None:
        trainer.restore(state)
    losses = stepped(trainer, run, start, stop)
    return Path(losses, session.backend.weights(nets), trainer.state())


def half(run: Run, session: Session) -> Path:
    """The backend's own first five rounds."""
    found: Path = session.once(("half", run.key), lambda: trained(run, session, 0, HALF, run.problem.weights))
    return found


def reference(run: Run, session: Session, weights: Weights) -> ReferenceTrainer:
    """The rules written out in NumPy, on the backend's own gradients."""
    problem = run.problem

    def gradients(player: Any, weights: Any, x: Array, noise: Mapping[str, Array]) -> Any:
        nets = session.build(problem.networks, weights, "float64")
        return session.backend.value_and_grads(player, nets, x, noise)

    return ReferenceTrainer(problem.method, problem.networks, weights, run.optimizers, gradients)


def stepped(trainer: Any, run: Run, start: int, stop: int) -> dict[str, Array]:
    """The losses of every player in rounds start to stop."""
    losses: dict[str, list[float]] = {player.name: [] for player in run.problem.method.players}
    for names, x, noise in run.steps(start, stop):
        for player, loss in trainer.step(names, x, noise).items():
            losses[player].append(float(loss))
    return {player: np.asarray(values) for player, values in losses.items()}


def referred(run: Run, session: Session) -> tuple[Path, Path]:
    """The reference half way and at the end, with the losses of either half."""

    def compute() -> tuple[Path, Path]:
        trainer, paths = reference(run, session, run.problem.weights), []
        for start, stop in ((0, HALF), (HALF, ROUNDS)):
            losses = stepped(trainer, run, start, stop)
            weights = {role: dict(tensors) for role, tensors in trainer.weights.items()}
            paths.append(Path(losses, weights, trainer.state()))
        return paths[0], paths[1]

    found: tuple[Path, Path] = session.once(("reference", run.key), compute)
    return found


def compared(path: Path, expected: Path) -> Finding:
    """The largest error of any group, relative to the largest entry of the group."""
    got, wanted = path.groups(), expected.groups()
    errors = {group: relative_error(got.get(group, {}), arrays) for group, arrays in wanted.items() if arrays}
    errors |= {group: float("inf") for group in got.keys() - wanted.keys()}
    worst = max(errors, key=lambda group: errors[group])
    return Finding(errors[worst] / eps("float64"), ROUNDS_LIMIT / eps("float64"), worst)
