"""What came of checking a loss: true where nothing is wrong, and in words what is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from diptych_conformance.core.finding import first_line
from diptych_conformance.core.result import BAD, Record, Status

Legs = Sequence[tuple[str, Sequence[Record]]]
SHOWN = 3  # faults of a leg that are printed; `faults` holds them all


@dataclass(frozen=True, repr=False)
class LossReport:
    """As text, the faults and then what passed; as a repr, which pytest shortens, the faults alone."""

    loss: str
    backend: str
    records: tuple[Record, ...]

    @property
    def faults(self) -> tuple[Record, ...]:
        return tuple(record for record in self.records if record.status in BAD)

    def __bool__(self) -> bool:
        return any(record.status is Status.PASSED for record in self.records) and not self.faults

    def __str__(self) -> str:
        return "\n".join((self._verdict(), *_faults(self._legs()), *_rest(self._legs())))

    def __repr__(self) -> str:
        return "\n".join((self._verdict(), *_faults(self._legs())))

    def raise_for_faults(self) -> "LossReport":
        """This report; AssertionError with its text where it is not true."""
        if not self:
            raise AssertionError(str(self))
        return self

    def _legs(self) -> Legs:
        return [(leg, list(found)) for leg, found in groupby(self.records, key=lambda record: record.leg)]

    def _verdict(self) -> str:
        ran = sum(record.status is not Status.NOT_APPLICABLE for record in self.records)
        found = len(self.faults)
        verdict = f"{found} of {ran} checks failed" if found else f"{ran} checks passed"
        return f"{self.loss} in {self.backend}: {verdict}"


def _faults(legs: Legs) -> Iterator[str]:
    """A leg's in the order in which they were found, a line each; where they are too many, the worst of them."""
    for leg, records in legs:
        faults = [record for record in records if record.status in BAD]
        if len(faults) > SHOWN:
            faults.sort(key=lambda record: record.share, reverse=True)
        for record in faults[:SHOWN]:
            yield f"  FAULT  {leg:<10} {first_line(record.detail) or record.status}{_measure(record)}"
        if len(faults) > SHOWN:
            yield f"  FAULT  {leg:<10} and {len(faults) - SHOWN} more"


def _rest(legs: Legs) -> Iterator[str]:
    """One line for what passed of a leg, and one for what does not apply."""
    for leg, records in legs:
        passed = [record for record in records if record.status is Status.PASSED]
        if passed:
            yield f"  ok     {leg:<10} {len(passed)} passed{_measure(max(passed, key=lambda r: r.share))}"
        for detail in dict.fromkeys(r.detail for r in records if r.status is Status.NOT_APPLICABLE):
            yield f"  -      {leg:<10} {detail}"


def _measure(record: Record) -> str:
    if not record.allowed or record.error is None:
        return ""
    return f" (error {record.error:.3g} eps, {record.allowed:.3g} allowed)"
