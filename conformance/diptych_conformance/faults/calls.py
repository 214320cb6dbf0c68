"""Backends whose calls give arrays that are not the caller's own, or change networks that must not change."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Wrapped


class _Buffers(Wrapped):
    """Gradients are given in arrays that the next call overwrites."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._buffers: dict[tuple[str, str], Any] = {}

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(*args, **settings)
        for role, own in grads.items():
            for name, g in own.items():
                own[name] = self._buffers.setdefault((role, name), g)
                own[name][...] = g
        return loss, grads


class _Closed(Wrapped):
    """Gradients are given as read-only arrays."""

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(*args, **settings)
        for own in grads.values():
            for g in own.values():
                g.flags.writeable = False
        return loss, grads


class _Moved(Wrapped):
    """A compiled call changes running statistics, or weights if there are no statistics."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._moved: dict[int, Any] = {}

    def _note(self, nets: Any, execution: str) -> None:
        if execution != "eager":
            self._moved[id(nets)] = nets

    def call(self, f: Any, nets: Any, inputs: Any, *, execution: str = "eager", **settings: Any) -> Any:
        self._note(nets, execution)
        return self.healthy.call(f, nets, inputs, execution=execution, **settings)

    def value_and_grads(self, player: Any, nets: Any, *inputs: Any, execution: str = "eager") -> Any:
        self._note(nets, execution)
        return self.healthy.value_and_grads(player, nets, *inputs, execution=execution)

    def weights(self, nets: Any) -> Any:
        found = self.healthy.weights(nets)
        if id(nets) not in self._moved:
            return found
        return {role: {name: np.add(a, 1.0) for name, a in own.items()} for role, own in found.items()}


class _FirstFunction(Wrapped):
    """Compiled functions are cached by their networks, so that every later function is taken for the first."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._first: dict[int, tuple[Any, Any]] = {}

    def call(self, f: Any, nets: Any, inputs: Any, *, execution: str = "eager", **settings: Any) -> Any:
        if execution != "eager":
            _, f = self._first.setdefault(id(nets), (nets, f))
        return self.healthy.call(f, nets, inputs, execution=execution, **settings)


class _Training(Wrapped):
    """A compiled call always uses the statistics of the batch."""

    def call(self, *args: Any, training: bool = False, execution: str = "eager") -> Any:
        return self.healthy.call(*args, training=training or execution != "eager", execution=execution)


class _Outright(Wrapped):
    """The compiler's own error reaches the caller when a loss branches on a value."""

    def call(self, f: Any, *args: Any, execution: str = "eager", **settings: Any) -> Any:
        if execution != "eager":
            raise TypeError("a symbolic tensor as a Python bool")
        return self.healthy.call(f, *args, **settings)


class _FirstBranch(Wrapped):
    """In a compiled function every comparison of a sum has the result of the first one."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._seen: list[bool] = []

    def call(self, f: Any, *args: Any, execution: str = "eager", **settings: Any) -> Any:
        seen = self._seen

        class Sum(np.ndarray):
            def __gt__(self, other: Any) -> Any:
                seen.append(bool(np.asarray(self) > other))
                return seen[0]

        def traced(nets: Any, ops: Any, **inputs: Any) -> Any:
            class Namespace(Wrapped):
                def sum(self, *args: Any, **kwargs: Any) -> Any:
                    return np.asarray(ops.xp.sum(*args, **kwargs)).view(Sum)

            return f(nets, SimpleNamespace(xp=Namespace(ops.xp)), **inputs)

        chosen = f if execution == "eager" else traced
        return self.healthy.call(chosen, *args, execution=execution, **settings)


def _compiled(name: str, source: str, wrap: Any) -> Fault:
    return Fault(name, source, "networks/batch norm/float64/*", "execution", wrap, alone=True)


CALLS = (
    Fault(
        "gradients in buffers of the next call",
        "PyTorch's p.grad.numpy()",
        "objectives/ns-gan/generator/dense/float64/eager/*",
        "exactness",
        _Buffers,
        alone=True,
    ),
    Fault(
        "gradients closed to writing",
        "numpy.asarray of an array of JAX",
        "objectives/ns-gan/generator/dense/float64/eager/*",
        "gradient",
        _Closed,
    ),
    Fault(
        "a compiled loss moves what it is asked of",
        "assignments traced with the loss",
        "objectives/ns-gan/generator/dense/float64/*",
        "execution",
        _Moved,
        alone=True,
    ),
    _compiled("a compiled call moves running statistics", "assignments traced with the call", _Moved),
    _compiled("the first function compiled is every one", "a cache by networks alone", _FirstFunction),
    _compiled("a compiled call is always in training", "a mode that is no part of the cache's key", _Training),
    *(
        Fault(name, source, "borders/a loss that branches on its value/float64/*call", "execution", wrap)
        for name, source, wrap in (
            ("a branch ends in the compiler's own error", "TensorFlow's TypeError, JAX's tracers", _Outright),
            ("a compiled branch is the first one", "torch.jit.trace keeps the branch that it met", _FirstBranch),
        )
    ),
)
