"""What the suite is made of: a case is one leg of one subject, and gives one finding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from diptych.protocol import Capability

if TYPE_CHECKING:
    from diptych_conformance.session import Session

LEVELS = ("primitives", "terms", "networks", "objectives", "rounds", "runs", "borders")  # climbed in this order
LEGS = ("value", "gradient", "exactness", "execution")
DTYPES = ("float64", "float32")
EXECUTIONS = ("eager", "compiled", "xla")


class Scope(IntEnum):
    """How much is run; each scope holds the ones before it."""

    QUICK = 0
    STANDARD = 1
    FULL = 2


@dataclass(frozen=True)
class Finding:
    """The error of a case and what is allowed, in units of eps, or 0 and 0 where only equality will do.

    `value_error` and `gradient_error` are its parts, where a check measures both.
    """

    error: float
    allowed: float
    detail: str = ""
    value_error: float | None = None
    gradient_error: float | None = None

    @classmethod
    def worst(cls, values: Mapping[str, float], gradients: Mapping[str, float], allowed: float) -> "Finding":
        """The largest of the errors of values and of gradients, by the name of what was measured."""
        errors = {**values, **gradients}
        where = max(errors, key=lambda name: errors[name])
        value, gradient = (max(kind.values(), default=None) for kind in (values, gradients))
        return cls(errors[where], allowed, where, value, gradient)

    @property
    def passed(self) -> bool:
        return self.error <= self.allowed  # False for NaN


class Violation(AssertionError):  # noqa: N818
    """A backend broke the protocol itself: a wrong dtype or shape, a changed input, a missing tensor."""


@dataclass(frozen=True)
class Case:
    """`leg` of `subject`; `check` tells apart the checks of one leg. The id is what deviations name."""

    level: str
    subject: str
    leg: str
    run: Callable[["Session"], Finding] = field(repr=False, compare=False)
    check: str = ""
    dtype: str = "float64"
    execution: str = "eager"
    scope: Scope = Scope.STANDARD
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
