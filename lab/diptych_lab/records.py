"""Records read from files: each is checked against its type, field by field, before it is used."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from diptych import documents
from diptych.documents import document

__all__ = ["Count", "Index", "Strict", "content", "converted", "document"]

T = TypeVar("T")
Count = Annotated[int, msgspec.Meta(ge=1, le=2**53)]  # what a 64-bit float of another reader still counts
Index = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_LARGEST = 1 << 24  # bytes; no record that is written here comes near it


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record with these fields and no others, each of its type: text is not a number, and 6.0 not an integer."""


def content(path: Path) -> bytes:
    """All of a file that holds records. Raises ValueError where it cannot be one: too large, or no file."""
    return documents.content(path, _LARGEST)


def converted(found: Any, kind: type[T]) -> T:
    """`found`, as JSON has it, as a `kind`. Raises ValueError, naming the field."""
    try:
        return msgspec.convert(found, kind, strict=True)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
