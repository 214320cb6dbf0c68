"""Checks of a run that moves from one implementation to another."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np

from diptych.optimizers import EMA
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.training import (
    HALF,
    ROUNDS,
    Path,
    Run,
    compared,
    different,
    giver,
    nets_and_trainer,
    record_paths,
    reference,
    reference_paths,
    trained,
    trainer_of,
)
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array
from diptych_conformance.core.session import Session, borrowed


def continued(run: Run, session: Session) -> Finding:
    """The reference's weights and state after five rounds, and five more rounds of the backend's."""
    start, end = reference_paths(run, session)
    (path,) = trained(run, session, (HALF, ROUNDS), start.weights, start.state)
    return compared(path, end, run.dtype, "Trainer.restore")


def returned(run: Run, session: Session) -> Finding:
    """The backend's after five rounds, under canonical names and shapes alone, and five more of the reference's."""
    _, end = reference_paths(run, session)
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
    (path,) = record_paths(trainer, lambda: trainer.weights, run, HALF, ROUNDS)
    return compared(path, end, run.dtype, "Trainer.state")


def rewound(run: Run, session: Session) -> Finding:
    """A trainer at work takes up another state: five rounds, the state that all begin with, and five more."""
    nets, trainer = nets_and_trainer(run, session, run.problem.weights)
    start, _ = reference_paths(run, session)
    other = reference(run, session, start.weights)
    record_paths(trainer, lambda: session.backend.weights(nets), run, 0, HALF)
    trainer.restore(other.state())
    (path,) = record_paths(trainer, lambda: session.backend.weights(nets), run, HALF, ROUNDS)
    (expected,) = record_paths(other, lambda: other.weights, run, HALF, ROUNDS)
    return compared(path, expected, run.dtype, "Trainer.restore")


def refused(run: Run, session: Session) -> Finding:
    """ValueError for weights or a state with an entry missing, unknown or of another shape, and for a count that is
    none; nothing is changed."""
    problem, (start, _) = run.problem, reference_paths(run, session)
    nets, trainer = nets_and_trainer(run, session, start.weights)
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


def kept(run: Run, session: Session) -> Finding:
    """A further step changes neither the state that was taken up nor what was given before it.

    Nor does another trainer of the same networks begin with any of it: averages begin with the weights.
    """
    start, _ = reference_paths(run, session)
    nets, trainer = nets_and_trainer(run, session, start.weights)
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
    second, weights = trainer_of(run, session, nets).state(), session.backend.weights(nets)
    for key in first:
        _, slot, place = key.split(".", 2) if key.count(".") > 1 else ("", "", "")
        if slot == EMA:
            role, _, name = place.partition(".")
            first[key] = weights[role][name]
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
