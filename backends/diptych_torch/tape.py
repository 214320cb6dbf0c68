"""What the losses of players who move at once share: one tape, on which nothing is computed twice."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from diptych_torch.called import Called, Calls, apart, versions
from diptych_torch.kernels import EAGER, Kernels


class TapeOps:
    """`Ops` on the autograd tape."""

    def __init__(self, namespace: Kernels = EAGER) -> None:
        self.xp = namespace

    @staticmethod
    def grad(f: Callable[[Any], Any], x: Any) -> Tensor:
        with torch.enable_grad():
            if isinstance(f, Called):  # its value at x may be asked for too
                point, value = f.at(x)
            else:
                value = f(point := apart(x))
            total = value.sum()
            if not total.requires_grad:
                return torch.zeros_like(x)
            (slope,) = torch.autograd.grad(total, point, create_graph=True, materialize_grads=True)
        return slope

    @staticmethod
    def stop(x: Any) -> Tensor:
        held: Tensor = x.detach()
        return held


class Tape:
    """Of one step: the calls of networks that were made, and of terms."""

    def __init__(self) -> None:
        self.calls: Calls = {}
        self.terms = Remembering()
        self.ops = TapeOps(self.terms)

    def clear(self) -> None:
        self.calls.clear()
        self.terms.known.clear()


class TermCall(NamedTuple):
    """A term that was computed. It holds the arguments, so that their ids stay theirs."""

    arguments: tuple[Any, ...]
    value: Any
    versions: list[int]


class Remembering(Kernels):
    """A namespace that computes a term once for the very same arguments.

    So two losses that draw a code from the same moments have one code, and call a decoder once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[object, ...], TermCall] = {}

    def evaluate(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """f of these; anew where an array among them, or of what f gave, was written into since."""
        arguments = (f, *args, *kwargs.values())
        key = (torch.is_grad_enabled(), *kwargs, *map(id, arguments))
        known = self.known.get(key)
        if known and known.versions == versions(*arguments, known.value):
            return known.value
        value = super().evaluate(f, args, kwargs)
        self.known[key] = TermCall(arguments, value, versions(*arguments, value))
        return value
