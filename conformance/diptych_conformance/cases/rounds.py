"""Level 5: ten rounds from shared weights and recorded noise: the path, its continuation, its compiled form."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from diptych_conformance.case import EXECUTIONS, Case, Finding, Scope
from diptych_conformance.cases.training import (
    HALF,
    ROUNDS,
    RULES,
    Path,
    Run,
    compared,
    half,
    referred,
    subjects,
    trained,
)
from diptych_conformance.problem import CORE, make_problem
from diptych_conformance.session import Session

QUICK = {("ns-gan", "adam"), ("ns-gan", "sgd"), ("wae-mmd", "adam")}
COMPILED = (
    "wgan-gp",
    "gmmn",
    "vae",
    "wae-mmd",
    "clipped",
    "gated",
)  # in `standard`; "clipped" stands for ns-gan too
EVERY_RULE = ("ns-gan", "simultaneous", "clipped")  # `standard` runs the other core methods under SGD and Adam


def cases(seed: int) -> Iterator[Case]:
    for method_name, subject, method, architecture in subjects():
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


def _train(run: Run, session: Session) -> Path:
    """Ten rounds of the backend's own trainer."""
    return session.once(("rounds", run.key), lambda: trained(run, session, 0, ROUNDS, run.problem.weights))


def _trajectory(run: Run, session: Session) -> Finding:
    """Losses, weights, running statistics and optimiser state after ten rounds."""
    path = _train(run, session)
    for role, tensors in path.weights.items():
        session.record("rounds", run.problem, "float64", f"{run.rule}/{role}", tensors)
    start, end = referred(run, session)
    losses = {player: np.concatenate([start.losses[player], end.losses[player]]) for player in path.losses}
    return compared(path, replace(end, losses=losses))


def _execution(run: Run, session: Session) -> Finding:
    """Compiled rounds against eager ones."""
    return compared(_train(run, session), _train(replace(run, execution="eager"), session))


def _resume(run: Run, session: Session) -> Finding:
    """Stopped half way, and gone on with from weights and state by a fresh trainer: the same bits."""
    whole = _train(run, session).groups()
    start = half(run, session)
    parts = replace(trained(run, session, HALF, ROUNDS, start.weights, start.state), losses={}).groups()
    different = [
        f"{group} {name}"
        for group, arrays in parts.items()
        for name, a in arrays.items()
        if not np.array_equal(a, whole[group][name])
    ]
    return Finding(float(len(different)), 0.0, ", ".join(different[:3]))
