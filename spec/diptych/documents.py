"""JSON from outside: of bounded size, its keys single, its numbers finite."""

import json
from math import isfinite
from pathlib import Path
from typing import Any


def content(path: Path, largest: int) -> bytes:
    """All of a file of at most `largest` bytes. Raises ValueError where it is larger, or no file."""
    if not path.is_file():  # a pipe would be waited for
        raise ValueError("it is no file")
    if path.stat().st_size > largest:
        raise ValueError(f"it has {path.stat().st_size} bytes, which is too many")
    return path.read_bytes()


def document(text: str | bytes) -> dict[str, Any]:
    """The JSON object in `text`. Raises ValueError for anything else, a key that stands twice among it."""
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_float=_finite, parse_constant=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError(f"it holds no object, but a {type(found).__name__}")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:60]!r} stands twice")
        found[key] = value
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:60]} is no finite number")
    return number
