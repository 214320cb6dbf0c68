"""Causes of a fault other than the loss itself, and the argument that declares each."""

import re
from dataclasses import replace

from diptych_conformance.core.result import Record, Status
from diptych_conformance.own_loss.subject import DTYPE, Subject

NOT_FINITE = re.compile(r"the loss is (nan|-?inf)")


def hinted(record: Record, subject: Subject) -> Record:
    """The fault with a hint after its first line; only that line is shown."""
    first, line, rest = record.detail.partition("\n")
    return replace(record, detail=first + _hint(record, subject) + line + rest)


def _hint(record: Record, subject: Subject) -> str:
    raised = record.status is Status.ERROR
    if record.leg == "extremes" and (raised or NOT_FINITE.search(record.detail)):
        return "; far=() if the loss is rightly not defined there"
    if record.leg in ("gradient", "second") and raised:
        return (
            "; the check moves it a little to both sides: use inputs not at the border of where the loss is defined"
        )
    if record.leg == "value" and raised and subject.cast:
        return _of_integers(subject)
    return ""


def _of_integers(subject: Subject) -> str:
    names = ", ".join(f"`{name}`" for name in subject.cast)
    seen = f"; {names} had integers or booleans and is {DTYPE} in the loss"
    if subject.kind == "network":
        return f"{seen}, which must cast it back"
    others = [name for name in subject.roles if name not in subject.cast]
    return f"{seen}, since the loss is differentiated by it; by={others} keeps its type"
