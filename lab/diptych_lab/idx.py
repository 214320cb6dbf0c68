"""The IDX format of MNIST and its kin: a big-endian header (0, 0, type, rank, lengths), then the array."""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file, plain or gzipped, in native byte order.

    Raises ValueError, naming the file, where it is no IDX file or not whole.
    """
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path}: not a whole gzip file ({error}); fetch it again") from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES:
        raise ValueError(f"{path}: not an IDX file; it must begin with the bytes 0, 0, type, rank")
    dtype, rank = np.dtype(_TYPES[content[2]]), content[3]
    start = 4 + 4 * rank
    shape = tuple(int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4))
    expected = start + prod(shape) * dtype.itemsize
    if len(content) != expected:
        raise ValueError(
            f"{path}: an IDX file of shape {shape} has {expected} bytes, this one {len(content)}; fetch it again"
        )
    return np.frombuffer(content, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))
