"""Backends that misread incoming arrays, accept what is no number, or leave a refused step half done."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Stepped, Wrapped

Reading = Callable[[Any], Any]


class _Read(Wrapped):
    """A backend that changes every incoming array."""

    reading: Reading = staticmethod(lambda array: array)

    def _all(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.reading(array) for name, array in arrays.items()}

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        return self.healthy.build(networks, {role: self._all(own) for role, own in weights.items()}, **settings)

    def call(self, f: Any, nets: Any, inputs: Any, **settings: Any) -> Any:
        return self.healthy.call(f, nets, self._all(inputs), **settings)

    def value_and_grads(self, player: Any, nets: Any, x: Any, noise: Any, **settings: Any) -> Any:
        return self.healthy.value_and_grads(player, nets, self.reading(x), self._all(noise), **settings)

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = self.healthy.trainer(*args, **settings)

        def step(players: Any, x: Any, noise: Any) -> Any:
            return trainer.step(players, self.reading(x), self._all(noise))

        return SimpleNamespace(step=step, state=trainer.state, restore=trainer.restore)


def _reads(read: Reading) -> type[_Read]:
    class Reads(_Read):
        reading = staticmethod(read)

    return Reads


def _as_native_bytes(array: Any) -> Any:
    return array.view(array.dtype.newbyteorder("=")) if array.dtype.byteorder == ">" else array


def _few_types(array: Any) -> Any:
    if array.dtype == np.longdouble:
        raise TypeError("no tensor of numpy.longdouble")
    return array


def _bits_as_bytes(array: Any) -> Any:
    """A boolean array is read as 255 where it is True, as in a picture."""
    return 255 * array.astype(float) if array.dtype == bool else array


def _cast(array: Any) -> Any:
    """`numpy.asarray(array, float)`, which drops masks and imaginary parts without an error."""
    return np.real(np.asarray(array)).astype(float)


class _NamelessErrors(Wrapped):
    """Wrong weights raise the framework's error, which does not name the tensor."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        try:
            return self.healthy.build(networks, weights, **settings)
        except ValueError as error:
            raise ValueError("could not convert to a tensor") from error


class _NoRows(Stepped):
    """A batch without rows is accepted: the step changes nothing and gives the loss NaN."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Any) -> Any:
        if not len(x):
            return dict.fromkeys(players, float("nan"))
        return trainer.step(players, x, noise)


class _InParts(Stepped):
    """Players move one after another: if the last one's step is refused, the first has already moved."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Any) -> Any:
        first, *others = players
        if x.shape[-1] == 7 and others:  # which the healthy one looks at first
            trainer.step((first,), x[:, :-1], noise)
        return trainer.step(players, x, noise)


def _fault(name: str, source: str, subject: str, wrap: Any) -> Fault:
    return Fault(name, source, f"borders/arrays {subject}", "exactness", wrap)


ARRAYS = (
    _fault(
        "bytes in the machine's order, whatever theirs",
        "numpy.ndarray.tobytes",
        "taken/float64/*",
        _reads(_as_native_bytes),
    ),
    _fault("no longdouble", "torch.from_numpy", "taken/float64/*", _reads(_few_types)),
    _fault("True is 255", "masks read as pictures", "taken/float64/*", _reads(_bits_as_bytes)),
    _fault(
        "what is no real number is cast",
        "numpy.asarray drops imaginary parts and masks, and parses text",
        "refused/float64/*",
        _reads(_cast),
    ),
    _fault("a refusal that names nothing", "a framework's own message", "refused/float64/*", _NamelessErrors),
    _fault("a batch without rows is a step", "the mean of nothing is NaN", "refused/float64/*no rows", _NoRows),
    _fault("a step that fails half way", "players moved one by one", "refused/float64/*another event", _InParts),
)
