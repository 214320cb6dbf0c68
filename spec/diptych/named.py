"""What an objective reads by attribute: `nets.critic`, `noise.z`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class Named:
    """One attribute a field. (PyTorch's compiler cannot trace a SimpleNamespace being made.)"""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no {name!r} among {sorted(vars(self))}")


class Noise(Named):
    """The draws of one evaluation."""


@contextmanager
def missing_inputs_named() -> Iterator[None]:
    """Raise ValueError that names a network or a noise which an objective reads but was not given.

    (What is read raises as any object does: by that `hasattr` knows, PyTorch's compiler's too.)
    """
    try:
        yield
    except AttributeError as error:
        if not isinstance(error.obj, Named):
            raise
        kind = "noise" if isinstance(error.obj, Noise) else "network"
        raise ValueError(f"the objective reads the {kind} {error.name!r}, which is missing: {error}") from error
