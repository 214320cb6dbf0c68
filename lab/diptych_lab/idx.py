"""The IDX format of MNIST and its kin: a big-endian header (0, 0, type, rank, lengths), then the array."""

import gzip
import zlib
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from diptych_lab.reading import check_unpacked, fill, opened, size_of

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file, plain or gzipped.

    Raises ValueError, naming the file, where it is no IDX file or not whole.
    """
    with opened(path) as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not packed:
            return _read(file, size_of(file), packed=False)
        with gzip.GzipFile(fileobj=file) as content:
            try:
                return _read(content, size_of(file), packed=True)
            except (EOFError, OSError, zlib.error) as error:
                raise ValueError(f"not a whole gzip file ({error}); fetch it again") from None


def _read(file: BinaryIO | gzip.GzipFile, size: int, *, packed: bool) -> np.ndarray:
    """The array; `size` is the file's, of which an unpacked one must be filled exactly."""
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES:
        raise ValueError("not an IDX file; it must begin with the bytes 0, 0, type, rank")
    dtype, lengths = np.dtype(_TYPES[start[2]]), file.read(4 * start[3])
    shape = tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, len(lengths), 4))
    expected = 4 + 4 * start[3] + prod(shape) * dtype.itemsize
    if packed:
        check_unpacked(expected, size)
    elif size != expected:
        raise ValueError(f"an IDX file of shape {shape} has {expected} bytes, this one {size}; fetch it again")
    array = np.empty(shape, dtype)
    if not fill(array, file) or file.read(1):
        raise ValueError(f"an IDX file of shape {shape} has {expected} bytes, not this one; fetch it again")
    return array.astype(dtype.newbyteorder("="), copy=False)
