"""What all readers of a user's file share: they open regular files only, name them, and limit what they unpack."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

import numpy as np

_UNPACKED, _RATIO = 2**30, 200  # bytes and times the packed size: what exceeds both is taken for a bomb
_BLOCK = 2**20


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The regular file at `path`, opened for reading; errors inside this context become a ValueError that names it.

    A named pipe, which would wait for its writer for ever, a socket or a device is refused unopened. What the
    system says of the file, such as PermissionError, stays an OSError with its name.
    """
    try:
        if not S_ISREG(path.stat().st_mode):
            raise ValueError("not a regular file; a named pipe, a socket or a device is not read")
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in a file and yet read
            yield file
    except Exception as error:  # a damaged file makes libraries raise anything, MemoryError included
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise ValueError(f"{printable(str(path))}: cannot be read as data: {reason(error)}") from None


def size_of(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def check_unpacked(unpacked: int, packed: int) -> None:
    """Raise ValueError where a file would unpack to far more bytes than it has."""
    if unpacked > max(_UNPACKED, _RATIO * packed):
        raise ValueError(
            f"{packed} bytes would unpack to {unpacked}, more than {_RATIO} times as many; unpack it by hand"
        )


def fill(array: np.ndarray, file: BufferedIOBase | BinaryIO) -> bool:
    """Read the contiguous `array` from `file`, block by block. Were there so many bytes?"""
    view = array.reshape(-1).view(np.uint8).data
    start = 0
    while start < len(view):
        read = file.readinto(view[start : start + _BLOCK])  # type: ignore[union-attr]
        if not read:
            return False
        start += read
    return True


def reason(error: Exception) -> str:
    """The message of an error in one printable line, or its type where it has none."""
    return printable(" ".join(str(error).split())) or type(error).__name__


def printable(text: str) -> str:
    """`text` with control characters escaped."""
    return text if text.isprintable() else ascii(text)[1:-1]
