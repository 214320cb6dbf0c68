"""Networks of a user's own: described layer by layer, or made by a function, in the place of ready ones.

    {"layers": [{"type": "Dense", "units": 64}, {"type": "Activation", "name": "relu"}, ...], "std": 0.02}
    "package.module:function", or the function

A described network is data, and moves between frameworks. A function gives such a network, or a module of the
framework's own; of that the run records the path alone, so who reads the run names the function again.
"""

import inspect
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diptych import composition, randomness
from diptych.networks import Layer, Network
from diptych.noise import Shape
from diptych.suggestion import suggestion
from diptych_lab.imported import PATH, imported
from diptych_lab.reading import reason

_LAYERS = {name.rpartition(".")[2]: name for name in composition.CONSTRUCTORS if "networks.layers." in name}
_FORMS = "layers, package.module:function, or a function"


@dataclass(frozen=True)
class Made:
    """A module of the framework's own, made by the function at `path`; `make` is None where only that is known."""

    path: str
    make: Callable[[], Any] | None = field(default=None, compare=False, repr=False)
    module: Any = field(default=None, compare=False, repr=False)


def own_network(
    role: str, given: Any, inputs: tuple[Shape, ...], output: Shape, *, seed: int, dtype: str
) -> Network | Made:
    """The network of a role that is `given` in one of the forms above, a `Network` or a list of its layers.

    A function is given those of `inputs`, `output` (events) and `dtype` that it has arguments for, and makes a
    `Network` or a module; what it draws meanwhile follows from `seed`. Raises ValueError or ImportError, naming
    the role, and the layer where one is wrong.
    """
    what = f"network {role!r}:"
    if isinstance(given, Mapping):
        return _of_table(what, given, inputs)
    if isinstance(given, Network):
        return given
    if isinstance(given, list | tuple):
        return _described(what, given, None, inputs)
    if isinstance(given, str) and PATH.fullmatch(given):
        path, function = given, imported(what, given)
    elif callable(given) and hasattr(given, "__qualname__"):
        path, function = f"{given.__module__}:{given.__qualname__}", given
    else:
        hint = "; a module is handed in by the function that makes it, so that it can be made again"
        raise ValueError(f"{what} it must be {_FORMS}, got {given!r}" + hint * callable(given))
    events = {"inputs": inputs, "output": output, "dtype": dtype}
    try:
        known = inspect.signature(function).parameters
    except ValueError as error:  # some of Python's own tell nothing of their arguments
        raise ValueError(f"{what} {path}: {error}") from None
    arguments = {name: value for name, value in events.items() if name in known}

    def make() -> Any:
        with _seeded(seed, role):
            try:
                return function(**arguments)
            except Exception as error:  # a user's own, of any kind
                raise ValueError(f"{what} {path}: {reason(error)}") from error

    seeded = "torch" in sys.modules
    found = make()
    if not seeded and "torch" in sys.modules:  # it was imported in there, and has drawn what it likes
        found = make()
    if found is None:
        raise ValueError(f"{what} {path} gives nothing")
    return found if isinstance(found, Network) else Made(path, make, found)


def _of_table(what: str, table: Mapping[str, Any], inputs: tuple[Shape, ...]) -> Network:
    for key in table.keys() - {"layers", "std"}:
        raise ValueError(f"{what} it has no {key!r}{suggestion(key, ['layers', 'std'])}")
    if "layers" not in table:
        raise ValueError(f"{what} it needs its layers")
    return _described(what, table["layers"], table.get("std"), inputs)


def _described(what: str, layers: Any, std: Any, inputs: tuple[Shape, ...]) -> Network:
    if not isinstance(layers, list | tuple):
        raise ValueError(f"{what} layers must be a list, got {layers!r}")
    found = tuple(_layer(f"{what} layer {i}:", layer) for i, layer in enumerate(layers))
    try:
        return Network(inputs, found, std)
    except ValueError as error:
        raise ValueError(f"{what} {error}") from None


def _layer(what: str, given: Any) -> Layer:
    if isinstance(given, Layer):
        return given
    if not isinstance(given, Mapping):
        raise ValueError(f"{what} it must be a table with a type, such as Dense, got {given!r}")
    try:
        layer = composition.read(_record(given), "its table")
    except ValueError as error:
        raise ValueError(f"{what} {str(error).replace('networks.layers.', '')}") from None
    assert isinstance(layer, Layer)
    return layer


def _record(given: Any) -> Any:
    """A layer by its type and its arguments as the record that `diptych.composition` reads."""
    if isinstance(given, list | tuple):
        return [_record(each) for each in given]
    if not isinstance(given, Mapping):
        return given
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in _LAYERS:
        known = suggestion(str(kind), _LAYERS)
        raise ValueError(f"it needs a type, such as Dense, got {kind!r}{known}")
    arguments = {name: _record(value) for name, value in given.items() if name != "type"}
    return {"constructor": _LAYERS[kind], "arguments": arguments}


def record(own: Network | Made) -> Any:
    """As a run's config has it: the path of a function, or the record of a network."""
    return own.path if isinstance(own, Made) else composition.written(own, Network, "a network")


def spelled(own: Network | Made) -> str:
    """In one line, to be told."""
    std = "" if isinstance(own, Made) or own.std is None else f", std {own.std:g}"
    return own.path if isinstance(own, Made) else ", ".join(map(repr, own.layers)) + std


def from_record(role: str, found: Any) -> Network | Made:
    """What has this record; a function is not looked for. Raises ValueError, naming the role."""
    if isinstance(found, str):
        return Made(found)
    network = composition.read(found, f"network {role!r}")
    if not isinstance(network, Network):
        raise ValueError(f"network {role!r} must be one, got a {type(network).__name__}")
    return network


def option(role: str) -> str:
    """What names a function for this role on the command line."""
    return f"--{role.replace('_', '-')}{'-network' * (role == 'features')}"  # --features: those of evaluations


def missing(role: str, own: Made) -> ValueError:
    mend = f"name it again, {option(role)} {own.path} (networks={{{role!r}: {own.path!r}}})"
    if not PATH.fullmatch(own.path):  # a lambda, or a function inside of another
        mend = f"hand it over again from Python, networks={{{role!r}: that function}}"
    return ValueError(f"the run's {role} is made by {own.path}, which is code and so not named by a file: {mend}")


@contextmanager
def _seeded(seed: int, role: str) -> Iterator[None]:
    """The frameworks' global generators at a state that follows from seed and role, then as they were.

    Keras draws the seeds of its initialisers from Python's generator.
    """
    number = int(randomness.generator(seed, randomness.WEIGHTS, role).integers(2**31))
    torch = sys.modules.get("torch")
    before = random.getstate(), np.random.get_state(), torch.get_rng_state() if torch else None
    random.seed(number)
    np.random.seed(number)
    if torch:
        torch.manual_seed(number)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])
        if torch:
            torch.set_rng_state(before[2])
