"""Metrics that are checked, each with its samples and its second statement: a record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from diptych_conformance.core.functions import Inputs


def one(**inputs: Any) -> float:
    return 1.0


@dataclass(frozen=True)
class Metric:
    """`f(**samples, **settings, xp=...)` of the spec, and `reference(**samples, **settings)` in NumPy.

    Both give a number, an array or a tuple of them. At `corners`, further samples by name, the same holds. `stated`
    has results that need no reference: name -> (samples, what they give). Samples that are `refused` have no
    result, but raise ValueError. An error is measured against the result, or against `scale(**samples, **settings)`
    where that is larger: what the result is a difference of. The rows of inputs that are `ordered` have an order
    that counts.
    """

    name: str
    f: Callable[..., Any]
    reference: Callable[..., Any]
    samples: Inputs
    settings: Mapping[str, Any] = field(default_factory=dict)
    corners: Mapping[str, Inputs] = field(default_factory=dict)
    stated: Mapping[str, tuple[Inputs, Any]] = field(default_factory=dict)
    refused: Mapping[str, Inputs] = field(default_factory=dict)
    scale: Callable[..., float] = one
    ordered: tuple[str, ...] = ()

    @property
    def shuffled(self) -> tuple[str, ...]:
        """The inputs whose rows may come in any order."""
        return tuple(name for name in self.samples if name not in self.ordered)

    @property
    def in_blocks(self) -> bool:
        """Is it computed in blocks of rows, of any size?"""
        return "block_size" in signature(self.f).parameters and "block_size" not in self.settings
