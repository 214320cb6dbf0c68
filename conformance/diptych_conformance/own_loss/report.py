"""What came of checking a loss: true where nothing is wrong, and in words what is."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import inf

from diptych_conformance.result import BAD, Record, Status

SHOWN = 3  # faults of a leg that are printed; `faults` holds them all


@dataclass(frozen=True, repr=False)
class LossReport:
    """`assert check_loss(...)` shows this report where it fails, `raise_for_faults` raises it."""

    loss: str
    backend: str
    records: tuple[Record, ...]

    @property
    def faults(self) -> tuple[Record, ...]:
        return tuple(record for record in self.records if record.status in BAD)

    def __bool__(self) -> bool:
        return any(record.status is Status.PASSED for record in self.records) and not self.faults

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def raise_for_faults(self) -> "LossReport":
        """This report; AssertionError with its text where it holds a fault."""
        if not self:
            raise AssertionError(str(self))
        return self

    def _lines(self) -> Iterator[str]:
        ran = [record for record in self.records if record.status is not Status.NOT_APPLICABLE]
        found = len(self.faults)
        verdict = f"{found} of {len(ran)} checks failed" if found else f"{len(ran)} checks passed"
        yield f"{self.loss} in {self.backend}: {verdict}"
        for leg, records in groupby(self.records, key=lambda record: record.leg):
            yield from _leg(leg, list(records))


def _leg(leg: str, records: list[Record]) -> Iterator[str]:
    """The worst faults, a line each; one line for what passed; one for what does not apply."""
    faults = sorted((record for record in records if record.status in BAD), key=_ratio, reverse=True)
    for record in faults[:SHOWN]:
        yield f"  FAULT  {leg:<11} {record.detail.strip().splitlines()[0]}{_measure(record)}"
    if len(faults) > SHOWN:
        yield f"  FAULT  {leg:<11} and {len(faults) - SHOWN} more"
    passed = [record for record in records if record.status is Status.PASSED]
    if passed:
        yield f"  ok     {leg:<11} {len(passed)} passed{_measure(max(passed, key=_ratio))}"
    for detail in dict.fromkeys(r.detail for r in records if r.status is Status.NOT_APPLICABLE):
        yield f"  -      {leg:<11} {detail}"


def _ratio(record: Record) -> float:
    """The error by what is allowed; infinite where there is no number."""
    return inf if record.error is None else record.error / (record.allowed or 1.0)


def _measure(record: Record) -> str:
    if not record.allowed or record.error is None:
        return ""
    return f" (error {record.error:.3g} eps, {record.allowed:.3g} allowed)"
