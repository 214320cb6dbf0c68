"""What came of a case, and of a run of them."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from diptych_conformance.core.case import Case
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.tolerance import Error


class Status(StrEnum):
    PASSED = "passed"
    FAILED = "failed"  # a wrong number, or a breach of the protocol
    ERROR = "error"  # the backend raised
    MISSING = "missing"  # the backend raised NotImplementedError: a piece of it is still to be written
    NOT_APPLICABLE = "not applicable"  # needs a capability that the backend does not claim
    DEVIATION = "deviation"  # failed, as the port declares
    UNEXPECTED_PASS = "unexpected pass"  # passed, though the port declares that it does not


NOT_CHECKED = "not checked: "  # and what, in the detail of what a framework has no place for here
NEEDS = "needs "  # and the capabilities, in the detail of what is not applicable
BAD = frozenset({Status.FAILED, Status.ERROR, Status.MISSING, Status.UNEXPECTED_PASS})


@dataclass(frozen=True)
class Record:
    """Errors and what is `allowed` are in units of eps of the dtype; None where no such number was reached.

    `error` is what counts; `value_error` and `gradient_error` say of what it is, where one or both were measured.
    `asked` is what the backend was asked last, where the case did not pass.
    """

    id: str
    level: str
    leg: str
    status: Status
    method: str = ""
    player: str = ""
    dtype: str = ""
    execution: str = ""
    error: float | None = None
    allowed: float | None = None
    detail: str = ""
    seconds: float = 0.0
    value_error: float | None = None
    gradient_error: float | None = None
    asked: str = ""

    @classmethod
    def of(cls, case: Case, status: Status, **more: Any) -> "Record":
        return cls(
            case.id, case.level, case.leg, status, case.method, case.player, case.dtype, case.execution, **more
        )

    @property
    def share(self) -> float:
        """The part of what is allowed that the error takes; infinite where no number was reached.

        Where only equality will do, 0 if it held, and infinite if not.
        """
        if self.error is None or self.allowed is None:
            return math.inf
        return self.error / self.allowed if self.allowed else math.inf if self.error else 0.0


def numbers(case: Case, finding: Finding) -> dict[str, Any]:
    """A finding as fields of a record, which says of an error that is too large the entry where it is largest.

    A leg named after what it measures has its error there.
    """
    fields = {name: float(value) if isinstance(value, float) else value for name, value in asdict(finding).items()}
    if isinstance(finding.error, Error) and not finding.passed:
        fields["detail"] = ": ".join(filter(None, (finding.detail, finding.error.entry)))
    if case.leg in ("value", "gradient") and finding.value_error is None and finding.gradient_error is None:
        fields[f"{case.leg}_error"] = fields["error"]
    return fields


def nearest(records: Iterable[Record]) -> Record | None:
    """The record whose error is nearest to its limit, or furthest beyond; None where none has a number."""
    measured = [record for record in records if record.error is not None and record.allowed]
    return max(measured, key=lambda record: record.share, default=None)


@dataclass(frozen=True)
class Result:
    """All records of a backend. `arrays` are what pairs of backends are compared on (see `pairwise`)."""

    backend: str
    capabilities: tuple[str, ...]
    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    records: tuple[Record, ...]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(record.status for record in self.records)
        return {str(status): found[status] for status in Status}

    @property
    def unexercised(self) -> dict[str, dict[str, int]]:
        """Capability that is not claimed -> level -> how many cases need it, and were not run."""
        found: dict[str, Counter[str]] = {}
        for record in self.records:
            if record.status is Status.NOT_APPLICABLE and record.detail.startswith(NEEDS):
                for capability in record.detail.removeprefix(NEEDS).split(", "):
                    found.setdefault(capability, Counter())[record.level] += 1
        return {capability: dict(levels) for capability, levels in sorted(found.items())}

    @property
    def bad(self) -> tuple[Record, ...]:
        return tuple(record for record in self.records if record.status in BAD)

    @property
    def conformant(self) -> bool:
        return bool(self.records) and not self.bad

    @property
    def verdict(self) -> str:
        declared = any(record.status is Status.DEVIATION for record in self.records)
        return f"conformant{' with declared deviations' * declared}" if self.conformant else "not conformant"
