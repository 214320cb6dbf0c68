"""What the suite is made of: a case is one leg of one subject, and gives one finding."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from diptych.protocol import Capability
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session

LEVELS = (
    "primitives",
    "terms",
    "networks",
    "objectives",
    "rounds",
    "runs",
    "metrics",
    "borders",
    "replicas",
)  # climbed in this order
LEGS = ("value", "gradient", "exactness", "execution")
DTYPES = ("float64", "float32")
EXECUTIONS = ("eager", "compiled", "xla")


class Scope(IntEnum):
    """How much is run; each scope holds the ones before it."""

    QUICK = 0
    STANDARD = 1
    FULL = 2


@dataclass(frozen=True)
class Case:
    """`leg` of `subject`; `check` tells apart the checks of one leg. The id is what deviations name."""

    level: str
    subject: str
    leg: str
    run: Callable[[Session], Finding] = field(repr=False, compare=False)
    check: str = ""
    dtype: str = "float64"
    execution: str = "eager"
    scope: Scope = Scope.FULL  # as the table of selection has it
    method: str = ""
    player: str = ""
    needs: frozenset[Capability] = frozenset()
    of_spec: bool = False  # alone, in NumPy: it asks nothing of a backend

    @property
    def id(self) -> str:
        leg = f"{self.leg}.{self.check}" if self.check else self.leg
        return f"{self.level}/{self.subject}/{self.dtype}/{self.execution}/{leg}"

    @property
    def exercises(self) -> frozenset[Capability]:
        """The capabilities without which this case does not apply."""
        if self.of_spec:
            return self.needs
        return self.needs | {Capability(self.dtype)} | {Capability(e) for e in (self.execution,) if e != "eager"}
