"""The finding of a check: an error and its limit, or a violation of the protocol."""

from collections.abc import Mapping
from dataclasses import dataclass


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


class NotChecked(Exception):  # noqa: N818
    """What a case cannot look at here, in words that end "not checked: "."""


def first_line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")
