"""Records that are read from files: each is held to its type, field by field, before any of it is believed."""

import json
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

T = TypeVar("T")
Count = Annotated[int, msgspec.Meta(ge=1, le=2**53)]  # what a 64-bit float of another reader still counts
Index = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_LARGEST = 1 << 24  # bytes; no record that is written here comes near it


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record with these fields and no others, each of its type: text is no number, and 6.0 no whole one."""


def content(path: Path) -> bytes:
    """All of a file that holds a record. Raises ValueError where it cannot be one: too large, or no file."""
    if not path.is_file():  # a pipe would be waited for
        raise ValueError("it is no file")
    if path.stat().st_size > _LARGEST:
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


def converted(found: Any, kind: type[T]) -> T:
    """`found`, as JSON has it, as a `kind`. Raises ValueError, naming the field."""
    try:
        return msgspec.convert(found, kind, strict=True)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


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
