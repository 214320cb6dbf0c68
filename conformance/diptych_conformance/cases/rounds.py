"""Level 5: ten rounds from shared weights and recorded noise: the path, its continuation, its compiled form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from diptych import Method, make
from diptych.method import Clip, Steps
from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop
from diptych_conformance.case import EXECUTIONS, Case, Finding, Scope
from diptych_conformance.oracle.trainer import ReferenceTrainer
from diptych_conformance.problem import CORE, Array, Problem, all_variants, make_problem, small
from diptych_conformance.session import Session
from diptych_conformance.tolerance import ROUNDS_LIMIT, eps, relative_error

ROUNDS = 10
RULES: dict[str, Optimizer] = {
    "sgd": SGD(1e-2),
    "momentum": Momentum(5e-3),
    "rmsprop": RMSprop(1e-3),
    "adam": Adam(1e-3, beta1=0.5),
}
QUICK = {("ns-gan", "adam"), ("ns-gan", "sgd"), ("wae-mmd", "adam")}
COMPILED = (
    "wgan-gp",
    "gmmn",
    "vae",
    "wae-mmd",
    "clipped",
    "gated",
)  # in `standard`; "clipped" stands for ns-gan too
SHORTENED = {"critic_steps", "early_steps", "iterations", "pretrain"}  # to 2, for the time it takes
EVERY_RULE = ("ns-gan", "simultaneous", "clipped")  # `standard` runs the other core methods under SGD and Adam


@dataclass(frozen=True)
class Run:
    """A problem's method under one rule for all of its players."""

    problem: Problem
    rule: str
    execution: str = "eager"

    @property
    def optimizers(self) -> dict[str, Optimizer]:
        return {player.name: RULES[self.rule] for player in self.problem.method.players}

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


def _methods() -> Iterator[tuple[str, str, Method, str]]:
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


def cases(seed: int) -> Iterator[Case]:
    for method_name, subject, method, architecture in _methods():
        problem = make_problem(subject, method, architecture, seed)
        for rule in RULES:
            run = Run(problem, rule)
            scope = _scope(method_name, subject, rule, architecture)
            make_one = partial(Case, "rounds", f"{subject}/{rule}", method=method_name, needs=method.needs)
            yield make_one("value", partial(_trajectory, run), check="trajectory", scope=scope)
            yield make_one("exactness", partial(_resume, run), check="resume", scope=scope)
            if rule != "adam" and subject not in EVERY_RULE:
                continue  # a rule knows nothing of the method: compiled, each is run on a few
            for execution in EXECUTIONS[1:]:
                standard = (execution, rule) == ("compiled", "adam") and subject in COMPILED
                yield make_one(
                    "execution",
                    partial(_execution, replace(run, execution=execution)),
                    execution=execution,
                    scope=Scope.STANDARD if standard else Scope.FULL,
                )


def _scope(name: str, subject: str, rule: str, architecture: str) -> Scope:
    """`standard`: every method under Adam on dense networks, the core methods under SGD too."""
    if (subject, rule) in QUICK:
        return Scope.QUICK
    usual = rule == "adam" or (rule == "sgd" and name in CORE)
    return Scope.STANDARD if (usual and architecture != "conv") or subject in EVERY_RULE else Scope.FULL


Path = tuple[dict[str, Array], dict[str, dict[str, Array]], Mapping[str, Array]]  # losses, weights, state


def _train(run: Run, session: Session) -> Path:
    """Ten rounds of the backend's own trainer."""
    return session.once(("rounds", run.key), lambda: _advance(run, session, 0, ROUNDS, run.problem.weights, None))


def _advance(run: Run, session: Session, start: int, stop: int, weights: Any, state: Any) -> Path:
    problem = run.problem
    nets = session.build(problem.networks, weights, "float64")
    trainer = session.backend.trainer(problem.method, nets, run.optimizers, execution=run.execution)
    if state is not None:
        trainer.restore(state)
    losses: dict[str, list[float]] = {player.name: [] for player in problem.method.players}
    for names, x, noise in run.steps(start, stop):
        for player, loss in trainer.step(names, x, noise).items():
            losses[player].append(float(loss))
    paths = {player: np.asarray(values) for player, values in losses.items()}
    return paths, session.backend.weights(nets), trainer.state()


def _reference(run: Run, session: Session) -> Path:
    """The same by the rules written out in NumPy, on the backend's own gradients."""
    problem = run.problem

    def gradients(player: Any, weights: Any, x: Array, noise: Mapping[str, Array]) -> Any:
        nets = session.build(problem.networks, weights, "float64")
        return session.backend.value_and_grads(player, nets, x, noise)

    trainer = ReferenceTrainer(problem.method, problem.networks, problem.weights, run.optimizers, gradients)
    losses: dict[str, list[float]] = {player.name: [] for player in problem.method.players}
    for names, x, noise in run.steps(0, ROUNDS):
        for player, loss in trainer.step(names, x, noise).items():
            losses[player].append(loss)
    return {p: np.asarray(v) for p, v in losses.items()}, trainer.weights, trainer.state()


def _trajectory(run: Run, session: Session) -> Finding:
    """Losses, weights, running statistics and optimiser state after ten rounds."""
    path = _train(run, session)
    for role, tensors in path[1].items():
        session.record("rounds", run.problem, "float64", f"{run.rule}/{role}", tensors)
    return _compare(path, _reference(run, session))


def _execution(run: Run, session: Session) -> Finding:
    """Compiled rounds against eager ones."""
    return _compare(_train(run, session), _train(replace(run, execution="eager"), session))


def _resume(run: Run, session: Session) -> Finding:
    """Stopped half way, and gone on with from weights and state by a fresh trainer: the same bits."""
    whole = _groups(_train(run, session))
    _, weights, state = _advance(run, session, 0, ROUNDS // 2, run.problem.weights, None)
    _, weights, state = _advance(run, session, ROUNDS // 2, ROUNDS, weights, state)
    parts = _groups(({}, weights, state))
    different = [
        f"{group} {name}"
        for group, arrays in parts.items()
        for name, a in arrays.items()
        if not np.array_equal(a, whole[group][name])
    ]
    return Finding(float(len(different)), 0.0, ", ".join(different[:3]))


def _compare(path: Path, reference: Path) -> Finding:
    got, expected = _groups(path), _groups(reference)
    errors = {group: relative_error(got.get(group, {}), arrays) for group, arrays in expected.items() if arrays}
    errors |= {group: float("inf") for group in got.keys() - expected.keys()}
    worst = max(errors, key=lambda group: errors[group])
    return Finding(errors[worst] / eps("float64"), ROUNDS_LIMIT / eps("float64"), worst)


def _groups(path: Path) -> dict[str, dict[str, Array]]:
    """Numbers of one size together: a player's losses, a network's weights, a player's slot."""
    losses, weights, state = path
    groups = {f"losses of {player}": {"loss": values} for player, values in losses.items()}
    groups |= {f"weights of {role}": dict(tensors) for role, tensors in weights.items()}
    for key, array in state.items():
        player, slot, *_ = key.split(".")
        groups.setdefault(f"{slot} of {player}", {})[key] = np.asarray(array)
    return groups
