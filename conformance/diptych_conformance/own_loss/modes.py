"""A loss is checked in the mode that its modules are in, though a backend differentiates in training mode."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def kept(networks: Iterable[Any]) -> Iterator[None]:
    """Parts of a module in evaluation mode ignore `train` inside; afterwards they obey it again.

    A network that has no mode of its own, such as a Keras model, is left to the backend.
    """
    parts = [part for network in networks for part in _parts(network) if getattr(part, "training", None) is False]
    for part in parts:
        part.train = _staying(part)
    try:
        yield
    finally:
        for part in parts:
            vars(part).pop("train", None)  # a module may fill two roles


def _parts(network: Any) -> Iterable[Any]:
    modules = getattr(network, "modules", None)
    return modules() if callable(modules) else ()


def _staying(part: Any) -> Any:
    return lambda mode=True: part
