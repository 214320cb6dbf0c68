"""Level 6: a run that goes from one implementation to another, here to and from the reference in NumPy.

Five rounds in one and five in the other: weights and state are taken up, given back, and refused where wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, product
from typing import Any

import numpy as np

from diptych_conformance.case import DTYPES, EXECUTIONS, Case, Finding, Scope
from diptych_conformance.cases.subjects import problems
from diptych_conformance.cases.training import (
    FLOAT32,
    HALF,
    ROUNDS,
    RULES,
    Path,
    Run,
    begun,
    compared,
    different,
    giver,
    reference,
    referred,
    trained,
    trainer_of,
    walked,
)
from diptych_conformance.legs import only_if
from diptych_conformance.problem import Array
from diptych_conformance.session import Session, borrowed

QUICK = {("ns-gan", "adam", dtype) for dtype in DTYPES} | {("ns-gan conv", "adam", "float64")}
EVERY_RULE = ("ns-gan", "ns-gan conv")  # in `standard`, with every method under Adam on dense networks
COMPILED = {"float64": ("ns-gan", "vae"), "float32": ("ns-gan",)}  # in `standard`, under Adam


def cases(seed: int) -> Iterator[Case]:
    for method_name, subject, architecture, problem in problems(seed):
        for rule, dtype in product(RULES, DTYPES):
            if dtype == "float32" and (subject, rule) not in FLOAT32:
                continue
            run, scope = Run(problem.rounded(dtype), rule, dtype=dtype), _scope(subject, rule, architecture, dtype)
            make = partial(Case, "runs", f"{subject}/{rule}", method=method_name, needs=problem.method.needs)
            make = partial(make, dtype=dtype)
            for leg, check, what in (
                ("value", "continued", _continued),
                ("value", "returned", _returned),
                ("exactness", "refused", _refused),
                ("exactness", "kept", _kept),
            ):
                yield make(leg, partial(what, run), check=check, scope=scope)
            for execution in EXECUTIONS if subject in COMPILED[dtype] and rule == "adam" else ():
                there = replace(run, execution=execution)
                if execution != "eager":
                    yield make("value", partial(_continued, there), check="continued", execution=execution)
                yield make("value", partial(_rewound, there), check="rewound", execution=execution)


def _scope(subject: str, rule: str, architecture: str, dtype: str) -> Scope:
    if (subject, rule, dtype) in QUICK:
        return Scope.QUICK
    if dtype == "float32":
        return Scope.STANDARD
    usual = rule == "adam" and architecture != "conv"
    return Scope.STANDARD if usual or subject in EVERY_RULE else Scope.FULL


def _continued(run: Run, session: Session) -> Finding:
    """The reference's weights and state after five rounds, and five more rounds of the backend's."""
    start, end = referred(run, session)
    (path,) = trained(run, session, (HALF, ROUNDS), start.weights, start.state)
    return compared(path, end, run.dtype, "Trainer.restore")


def _returned(run: Run, session: Session) -> Finding:
    """The backend's after five rounds, under canonical names and shapes alone, and five more of the reference's."""
    _, end = referred(run, session)
    (start,) = trained(run, session, (0, HALF), run.problem.weights)
    foreign = [key for key, a in start.state.items() if not isinstance(a, np.ndarray | np.generic)]
    narrow = [key for key, a in start.state.items() if not key.endswith(".updates") and a.dtype != run.dtype]
    foreign += borrowed(start.state)
    if foreign or narrow:
        return only_if(
            False,
            f"Trainer.state: not the caller's own NumPy: {foreign}; not {run.dtype}, as networks are: {narrow}",
        )
    giver = "Backend.weights"
    try:
        for role, network in run.problem.networks.items():
            network.check(start.weights[role], role)
        trainer, giver = reference(run, session, start.weights), "Trainer.state"
        trainer.restore(start.state)
    except (ValueError, KeyError) as error:
        return only_if(False, f"what {giver} gave: {type(error).__name__}: {error}")
    (path,) = walked(trainer, lambda: trainer.weights, run, HALF, ROUNDS)
    return compared(path, end, run.dtype, "Trainer.state")


def _rewound(run: Run, session: Session) -> Finding:
    """A trainer at work takes up another state: five rounds, the state that all begin with, and five more."""
    nets, trainer = begun(run, session, run.problem.weights)
    start, _ = referred(run, session)
    other = reference(run, session, start.weights)
    walked(trainer, lambda: session.backend.weights(nets), run, 0, HALF)
    trainer.restore(other.state())
    (path,) = walked(trainer, lambda: session.backend.weights(nets), run, HALF, ROUNDS)
    (expected,) = walked(other, lambda: other.weights, run, HALF, ROUNDS)
    return compared(path, expected, run.dtype, "Trainer.restore")


def _refused(run: Run, session: Session) -> Finding:
    """ValueError for weights or a state with an entry missing, unknown or of another shape, and for a count that is
    none; nothing is changed."""
    problem, (start, _) = run.problem, referred(run, session)
    nets, trainer = begun(run, session, start.weights)
    trainer.restore(start.state)

    def here() -> dict[str, dict[str, Array]]:
        return Path({}, session.backend.weights(nets), trainer.state()).groups()

    before, role = here(), next(iter(start.weights))
    for what, state in chain(_spoilt(start.state), _miscounted(start.state)):
        if not _raises(lambda state=state: trainer.restore(state)):  # type: ignore[misc]
            return only_if(False, f"Trainer.restore took up a state with {what}")
        if changed := different(here(), before):
            return only_if(False, f"Trainer.restore refused a state with {what}, and changed {changed[0]}")
    for what, tensors in _spoilt(start.weights[role]):
        weights = {**start.weights, role: tensors}
        if not _raises(lambda weights=weights: session.build(problem.networks, weights, run.dtype)):  # type: ignore[misc]
            return only_if(False, f"Backend.build took up weights with {what}")
    return only_if(True, "")


def _kept(run: Run, session: Session) -> Finding:
    """A further step changes neither the state that was taken up nor what was given before it.

    Nor does another trainer of the same networks begin with any of it.
    """
    start, _ = referred(run, session)
    nets, trainer = begun(run, session, start.weights)
    first = trainer.state()
    taken = {key: np.array(a) for key, a in start.state.items()}
    trainer.restore(taken)
    given = Path({}, session.backend.weights(nets), trainer.state()).groups()
    before = {group: {name: a.copy() for name, a in arrays.items()} for group, arrays in given.items()}
    names, x, noise = next(run.steps(HALF, ROUNDS))
    trainer.step(names, x, noise)
    if moved := different(given, before):
        return only_if(False, f"what {giver(moved[0])} gave was changed by a further step: {', '.join(moved[:3])}")
    if moved := [key for key, a in taken.items() if not np.array_equal(a, start.state[key])]:
        return only_if(False, f"what Trainer.restore took up was changed by a further step: {', '.join(moved[:3])}")
    second = trainer_of(run, session, nets).state()
    inherited = [key for key, a in first.items() if not np.array_equal(a, second.get(key))]
    return only_if(not inherited, f"Backend.trainer begins a second not as the first: {', '.join(inherited[:3])}")


def _spoilt(entries: Mapping[str, Array]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries but for one thing, and what that is."""
    names = tuple(entries)
    for key in dict.fromkeys((names[0], names[-1])):
        yield f"{key!r} missing", {name: a for name, a in entries.items() if name != key}
        yield f"{key!r} of another shape", {**entries, key: np.stack([entries[key], entries[key]])}
    yield "an unknown entry", {**entries, f"{key}s": entries[key]}


def _miscounted(state: Mapping[str, Array]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The state but for one count of updates, and what that is."""
    key = next(key for key in state if key.endswith(".updates"))
    for count in (-1, 1.5):
        yield f"{key!r} of {count}", {**state, key: np.array(count)}


def _raises(f: Callable[[], object]) -> bool:
    try:
        f()
    except ValueError:
        return True
    return False
