"""What replicas were given, compared by hash before their first step: 64 bits of each thing, by its name."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


def digest(value: str | Iterable[np.ndarray[Any, Any]]) -> int:
    """A signed number of 64 bits, of a text or of arrays."""
    found = hashlib.sha256()
    if isinstance(value, str):
        found.update(value.encode())
    else:
        for array in value:
            found.update(f"{array.dtype}{array.shape}".encode())
            found.update(array.tobytes())
    return int.from_bytes(found.digest()[:8], "big", signed=True)


def check(names: Iterable[str], found: Sequence[Sequence[int]]) -> None:
    """Raise ValueError where some replica's digests, a row of `found`, are not those of the first."""
    known = list(names)
    for rank, theirs in enumerate(found):
        if other := [name for name, a, b in zip(known, theirs, found[0], strict=True) if a != b]:
            raise ValueError(
                f"replica {rank} has another {', '.join(other)} than replica 0; all must be given the same, "
                "and each takes its own rows by itself"
            )
