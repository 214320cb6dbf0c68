"""What came of a case, and of a run of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from diptych_conformance.case import Case


class Status(StrEnum):
    PASSED = "passed"
    FAILED = "failed"  # a wrong number, or a breach of the protocol
    ERROR = "error"  # the backend raised
    MISSING = "missing"  # the backend raised NotImplementedError: a piece of it is still to be written
    NOT_APPLICABLE = "not applicable"  # needs a capability that the backend does not claim
    DEVIATION = "deviation"  # failed, as the port declares
    UNEXPECTED_PASS = "unexpected pass"  # passed, though the port declares that it does not


BAD = frozenset({Status.FAILED, Status.ERROR, Status.MISSING, Status.UNEXPECTED_PASS})


@dataclass(frozen=True)
class Record:
    """`error` and `allowed` are in units of eps of the dtype; None where no number was reached.

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
    asked: str = ""

    @classmethod
    def of(cls, case: Case, status: Status, **more: Any) -> "Record":
        return cls(
            case.id, case.level, case.leg, status, case.method, case.player, case.dtype, case.execution, **more
        )


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
    def bad(self) -> tuple[Record, ...]:
        return tuple(record for record in self.records if record.status in BAD)

    @property
    def conformant(self) -> bool:
        return bool(self.records) and not self.bad

    @property
    def verdict(self) -> str:
        declared = any(record.status is Status.DEVIATION for record in self.records)
        return f"conformant{' with declared deviations' * declared}" if self.conformant else "not conformant"
