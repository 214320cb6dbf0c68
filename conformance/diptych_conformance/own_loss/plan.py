"""The checks of a user's loss, and which of them cannot be made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from diptych.method import Objective
from diptych.protocol import Capability
from diptych_conformance.core.case import Case
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.result import BAD, Record, Status
from diptych_conformance.core.session import Session
from diptych_conformance.own_loss import batches, checks, extremes, purity, replicas
from diptych_conformance.own_loss.hints import hinted
from diptych_conformance.own_loss.subject import Subject
from diptych_conformance.running.suite import run_case


@dataclass(frozen=True)
class LossCase(Case):
    """`moved`: the roles whose calls it changes. With `asks`, a failure is reported with that text, as no fault."""

    moved: tuple[str, ...] = ()
    asks: str = ""


def records(cases: Sequence[LossCase], subject: Subject, session: Session) -> Iterator[Record]:
    """Of the cases in order. Stops if the loss cannot be computed or repeated: then nothing can be measured."""
    for case in cases:
        yield (record := _examined(case, subject, session))
        lost = record.leg == "value" and record.error is None
        if lost or (record.leg == "purity" and case.check == "repeat" and record.status in BAD):
            return


def _examined(case: LossCase, subject: Subject, session: Session) -> Record:
    """If a loss uses a module as more than a function, a fault in the calls counts, but a pass does not.

    In executions other than eager, the tensors that it reads from the module may not be the differentiated ones.
    """
    eager = case.execution == "eager"
    if eager or not subject.used:
        record = run_case(case, session)
        if record.status is Status.FAILED and case.asks:
            return Record.of(case, Status.NOT_APPLICABLE, detail=record.detail + case.asks)
        if record.status in BAD:
            return hinted(record, subject)
        if not subject.used & set(case.moved):
            return record
    names = " and ".join(f"`{role}`" for role in (case.moved if eager else sorted(subject.used)))
    why = f"the loss uses {names} as more than a function: this check cannot be made"
    return Record.of(case, Status.NOT_APPLICABLE, detail=why)


def _case(leg: str, check: Callable[[], Finding], name: str = "", **rest: Any) -> LossCase:
    return LossCase("loss", "own", leg, lambda session: _worded(check()), name, **rest)


def _worded(finding: Finding) -> Finding:
    """A finding with a detail has its numbers in words already: drop the entry that an error would append."""
    return replace(finding, error=float(finding.error)) if finding.detail else finding


def value_and_purity(subject: Subject, equal: extremes.Equal, limit: float) -> Iterator[LossCase]:
    """The value of the loss, and whether it repeats and changes nothing."""
    yield _case("value", partial(extremes.plain, subject, equal, limit))
    yield _case("purity", partial(purity.repeat, subject), "repeat")
    yield _case("purity", partial(purity.mutation, subject), "inputs")


def gradients(
    subject: Subject, intended: Mapping[str, Objective], least: float, *, second_order: bool
) -> Iterator[LossCase]:
    """The gradient of each role that the loss must move, and which roles it reaches."""
    for role in subject.moved:
        yield _case("gradient", partial(checks.differences, subject, role), role, moved=(role,))
    if second_order:
        needs = frozenset({Capability.DOUBLE_BACKWARD})
        for role in subject.moved:
            check = partial(checks.differences, subject, role, second=True)
            yield _case("second", check, role, needs=needs, moved=(role,))
    if subject.moves is not None or subject.spares:
        yield _case("ownership", partial(checks.reaches, subject))
    for role, other in intended.items():
        yield _case("ownership", partial(checks.direction, subject, role, other, least), f"{role} direction")


def extreme(subject: Subject, equal: extremes.Equal, limit: float, far: Sequence[float]) -> Iterator[LossCase]:
    """Each role far away and 0, and all samples alike."""
    for role in subject.roles:
        for distance in (sign * d for d in far for sign in (1, -1)):
            check = partial(extremes.far, subject, role, distance, equal, limit)
            yield _case("extremes", check, f"{role} {distance:+g}", moved=(role,))
        check = partial(extremes.flat, subject, role, equal, limit)
        yield _case("extremes", check, f"{role} 0", moved=(role,))
    yield _case("extremes", partial(extremes.coincident, subject, equal, limit), "coincident")


def batch(subject: Subject, limit: float, *, mean_of_batch: bool, per_sample: bool | None) -> Iterator[LossCase]:
    """The order of the samples, their number, and whether each has a loss of its own."""
    yield _case("batch", partial(batches.order, subject, limit), "order")
    if mean_of_batch:
        yield _case("batch", partial(batches.batch_size, subject, limit), "size")
    if mean_of_batch and per_sample is not False:
        asks = "" if per_sample else "; per_sample=False if it is meant so, and True makes it a fault"
        yield _case("batch", partial(batches.apart, subject, limit), "apart", asks=asks)


def replicated(subject: Subject, count: int, limit: float) -> Iterator[LossCase]:
    """Whether a mean over replicas is the same loss: to be known, and no fault where it is not."""
    asks = f"; diptych.Model(..., replicas={count}) computes that of all samples"
    yield _case("replicas", partial(replicas.averaged, subject, count, limit), asks=asks)


def executed(subject: Subject, executions: Sequence[str], limit: float) -> Iterator[LossCase]:
    """Every execution against the eager one."""
    for how in executions:
        yield _case("execution", partial(checks.execution, subject, how, limit), execution=how)
