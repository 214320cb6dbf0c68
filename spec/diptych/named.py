"""What an objective reads by attribute: `nets.critic`, `noise.z`."""

from collections.abc import Mapping
from typing import Any


class Named:
    """One attribute a field. (PyTorch's compiler cannot trace a SimpleNamespace being made.)"""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"no {name!r} among {sorted(vars(self))}")
