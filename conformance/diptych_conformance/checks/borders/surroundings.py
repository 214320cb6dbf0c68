"""The process around a call, a loss and a step: the same bits under every setting, which does not change."""

import os
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, chdir, contextmanager
from threading import Thread
from typing import Any

import numpy as np

from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.seen import fakes
from diptych_conformance.core.finding import Finding, first_line
from diptych_conformance.core.problem import Array, Problem
from diptych_conformance.core.session import Session

Results = dict[str, Array]
Around = Callable[[Callable[[], Results]], Results]  # runs it, and gives what it gave


def _within(context: Callable[[], AbstractContextManager[Any]]) -> Around:
    def around(compute: Callable[[], Results]) -> Results:
        with context():
            return compute()

    return around


@contextmanager
def _warnings_as_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@contextmanager
def _another_folder() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        yield


def _another_thread(compute: Callable[[], Results]) -> Results:
    """In a new thread, where thread-local state has its initial value."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(compute())
        except BaseException as error:  # the case's result, and no end of a thread
            found.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    results: Results = found[0]
    return results


CALL = "the call"

AROUND: dict[str, Around] = {
    "NumPy's errors raised": _within(lambda: np.errstate(all="raise")),
    "NumPy's print options": _within(lambda: np.printoptions(precision=1, threshold=2, suppress=True)),
    "warnings as errors": _within(_warnings_as_errors),
    "another folder": _within(_another_folder),
    "another thread": _another_thread,
}


def same(around: Around, problem: Problem, dtype: str, session: Session) -> Finding:
    """The bits that are computed without it."""
    return _as_usual(around, problem, dtype, "eager", session)


def same_in_settings(problem: Problem, dtype: str, execution: str, session: Session) -> Finding:
    """In each setting that the backend names: the bits that are computed without it, or one line that names it."""
    settings, wrong = session.backend.process_settings(), []
    for name, setting in settings.items():
        try:
            finding = _as_usual(_within(setting), problem, dtype, execution, session)
        except (ValueError, RuntimeError) as error:
            if name not in str(error) or "\n" in str(error):
                wrong.append(f"{name}: {type(error).__name__}: {first_line(str(error))}")
            continue
        if not finding.passed:
            wrong.append(f"{name}: {finding.detail}")
    return only_if(bool(settings) and not wrong, "; ".join(wrong) or "no setting is named")


def untouched(problem: Problem, dtype: str, session: Session) -> Finding:
    """Variables, folder, warnings, NumPy's settings, and the generators that belong to nobody are as they were."""
    before = _process()
    problem = problem.rounded(dtype)
    _used(problem, *_begun(problem, dtype, "eager", session), dtype, "eager", session)
    after = _process()
    return only_if(before == after, f"changed: {', '.join(name for name in before if before[name] != after[name])}")


def _process() -> dict[str, Any]:
    law, keys, *rest = np.random.get_state()
    return {
        "os.environ": dict(os.environ),
        "the folder": os.getcwd(),
        "random's generator": random.getstate(),
        "NumPy's generator": (law, np.asarray(keys).tobytes(), *rest),
        "np.geterr": np.geterr(),
        "np.get_printoptions": np.get_printoptions(),
        "warnings.filters": list(warnings.filters),
    }


def _as_usual(around: Around, problem: Problem, dtype: str, execution: str, session: Session) -> Finding:
    """The results inside of networks and trainers from before and of networks built inside, and the usual ones."""
    p, there = problem.rounded(dtype), (dtype, execution, session)

    def used(nets: Any, trainer: Any) -> Results:
        return _used(p, nets, trainer, dtype, execution, session)

    expected: Results = session.once(("usual", p.key, execution), lambda: used(*_begun(p, *there)))
    before = _begun(p, *there)

    def within() -> Results:
        built = session.build(p.networks, p.weights, dtype)
        return {f"{CALL} of networks built there": _called(p, built, *there), **used(*before)}

    got = around(within)
    different = [name for name, a in got.items() if not np.array_equal(a, expected[name.partition(" of ")[0]])]
    return only_if(not different, f"other bits: {', '.join(different[:3])} of {len(different)}")


def _begun(p: Problem, dtype: str, execution: str, session: Session) -> tuple[Any, Any]:
    nets = session.build(p.networks, p.weights, dtype)
    return nets, session.backend.trainer(p.method, nets, execution=execution)


def _called(p: Problem, nets: Any, dtype: str, execution: str, session: Session) -> Array:
    output: Array = session.call(fakes, nets, {"z": p.noise["z"]}, dtype, execution=execution)
    return output


def _used(p: Problem, nets: Any, trainer: Any, dtype: str, execution: str, session: Session) -> Results:
    """A call, a loss with its gradients, and what a step of all players leaves."""
    critic, *_ = p.method.players
    found = {CALL: _called(p, nets, dtype, execution, session)}
    loss, grads = session.fresh(p, critic, nets, dtype, execution)
    found |= {"the loss": np.asarray(loss)}
    found |= {f"the gradient by {r}.{name}": g for r, own in grads.items() for name, g in own.items()}
    losses = trainer.step([player.name for player in p.method.players], p.x, p.noise)
    found |= {f"{player}'s loss in a step": np.asarray(float(loss)) for player, loss in losses.items()}
    weights = session.backend.weights(nets)
    return found | {f"{r}.{name} after a step": a for r, own in weights.items() for name, a in own.items()}
