"""Paths that a user names."""

import os
from os import PathLike
from pathlib import Path
from typing import Any


def path(name: str, value: Any) -> Path:
    """`value` as a path, ``~`` being the home folder. Raises ValueError, naming the argument, where it is none."""
    if not isinstance(value, str | PathLike) or not str(value):
        raise ValueError(f"{name} must be a path, got {value!r}")
    try:
        return expanded(value)
    except (ValueError, TypeError) as error:  # no such user; a path of bytes
        raise ValueError(f"{name} must be a path, got {value!r}: {error}") from None


def expanded(place: str | PathLike[str]) -> Path:
    """`place`, a leading ``~`` being the home folder.

    Raises ValueError where there is none of that name, and for what the system does not take for a path.
    """
    try:
        os.lstat(place)
    except OSError:  # it may be made yet
        pass
    except ValueError as error:  # a zero byte, or half a character: from a config, say
        raise ValueError(f"{str(place)!r} is no path: {error}") from None
    try:
        return Path(place).expanduser()
    except RuntimeError:
        raise ValueError(f"{place}: there is no such home folder") from None
