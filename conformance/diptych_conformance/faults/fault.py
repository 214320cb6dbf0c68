"""What a fault is, and which legs see it."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from diptych.protocol import Backend
from diptych_conformance.case import Scope
from diptych_conformance.result import BAD, Record
from diptych_conformance.session import Session
from diptych_conformance.suite import Selection, run_case


@dataclass(frozen=True)
class Fault:
    """`wrap` breaks a healthy backend; among the cases named by `cases`, those of `leg` must fail.

    `alone`: no other leg sees it. `source` says where the bug shipped, or what makes it easy to write.
    """

    name: str
    source: str
    cases: str
    leg: str
    wrap: Callable[[Backend], Any]
    alone: bool = False

    @property
    def level(self) -> str:
        return self.cases.partition("/")[0]


class Wrapped:
    """A backend but for what a subclass changes."""

    def __init__(self, healthy: Backend) -> None:
        self.healthy = healthy

    def __getattr__(self, name: str) -> Any:
        return getattr(self.healthy, name)


def caught(fault: Fault, backend: Backend, *, seed: int = 0) -> tuple[Record, ...]:
    """What the broken backend fails, of the cases the fault names."""
    session = Session(fault.wrap(backend))
    selection = Selection(scope=Scope.FULL, levels=(fault.level,), seed=seed)
    records = (run_case(case, session) for case in selection.cases() if fnmatchcase(case.id, fault.cases))
    return tuple(record for record in records if record.status in BAD)
