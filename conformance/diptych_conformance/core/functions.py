"""Functions of arrays that are checked, and corners of them: records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """`f(ops, **inputs)` in the spec's terms, `reference(**inputs)` in NumPy, at ordinary and at `far` inputs.

    `by` names the inputs it is differentiated by: all, unless told. `nan`: does a NaN in input 0 come out?
    `compiled=False`: left out of compiled runs, as a second form of what is in them, or for evaluation only.
    `bare=False`: f itself asks for `ops.xp`, so that it cannot be left to the term to find its namespace.
    """

    name: str
    f: Callable[..., Any]
    reference: Callable[..., Any]
    inputs: Inputs
    far: Inputs = field(default_factory=dict)
    by: tuple[str, ...] = ()
    nan: bool = False
    compiled: bool = True
    bare: bool = True

    @property
    def of_events(self) -> bool:
        """Are samples among its inputs, whose events have axes that could be others?"""
        return any(np.ndim(a) > 2 for a in self.inputs.values())

    @property
    def wrt(self) -> tuple[str, ...]:
        return self.by or tuple(self.inputs)


@dataclass(frozen=True)
class Corner:
    """The stated results of `f(ops, x)` at x: value, derivative (of the sum), and the derivative's derivative.

    `slopes`: f takes a derivative itself.
    """

    name: str
    f: Callable[..., Any]
    x: Sequence[Any]
    value: Any
    derivative: Any = None
    second: Any = None
    slopes: bool = False

    @property
    def twice(self) -> bool:
        """Is a derivative's derivative taken?"""
        return self.slopes or self.second is not None

    @property
    def stated(self) -> dict[str, tuple[Callable[..., Any], Any]]:
        """The functions computed at x, and the results that they must have."""

        def first(ops: Any, x: Any) -> Any:
            return ops.grad(lambda v: self.f(ops, v), x)

        def second(ops: Any, x: Any) -> Any:
            return ops.grad(lambda v: first(ops, v), x)

        every = {
            "value": (lambda ops, x: self.f(ops, x), self.value),
            "derivative": (first, self.derivative),
            "second derivative": (second, self.second),
        }
        return {name: pair for name, pair in every.items() if pair[1] is not None}
