"""NumPy's files: one array in a ``.npy``, several named ones in a ``.npz``.

What is large, and not packed, stays in its file, mapped into memory. Nothing is unpickled. What a header declares
is held against the bytes that are there before memory is taken.
"""

import struct
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from diptych_lab import rows
from diptych_lab.reading import check_unpacked, opened, printable, size_of

_HEADERS: dict[tuple[int, int], Callable[[Any], Any]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}
_SHOWN = 10  # names of arrays in a message
_BLOCK = 2**20  # bytes


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype

    @property
    def large(self) -> bool:
        """Is the array left in its file?"""
        return prod(self.shape) > rows.LARGE


def read_numpy(path: Path, name: str = "") -> np.ndarray:
    """The array in the file at `path`, which its first bytes say is one or the other; `name` is for a ``.npz``.

    Raises ValueError, naming the file, where it is damaged or holds no such array of numbers.
    """
    with opened(path) as file:
        start = file.read(len(npy.MAGIC_PREFIX))
        file.seek(0)
        if start[:2] == b"PK":
            return _read_archive(file, name)
        if start != npy.MAGIC_PREFIX:
            raise ValueError("it is no NumPy file, whatever its name says")
        if name:
            raise ValueError(f"it holds one array, and none is called {name!r}")
        header = _check_header(file, size_of(file))
        if header.large:
            return _mapped(file, header, file.tell())
        file.seek(0)
        return npy.read_array(file, allow_pickle=False)


def _read_archive(file: BinaryIO, name: str) -> np.ndarray:
    with ZipFile(file) as archive:
        members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        names = [info.filename.removesuffix(".npy") for info in members]
        chosen = _chosen(name, list(dict.fromkeys(names)))
        if names.count(chosen) > 1:
            raise ValueError(f"it holds {names.count(chosen)} arrays {chosen!r}; save it again, by numpy.savez")
        member = members[names.index(chosen)]
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ValueError("it is packed in a way that NumPy does not write; save it by numpy.savez")
        check_unpacked(member.file_size, member.compress_size)
        with archive.open(member) as content:
            header = _check_header(content, member.file_size)
            at = content.tell()
            if header.large and member.compress_type == ZIP_STORED:
                while content.read(_BLOCK):  # to the end, where the checksum is compared
                    pass
                return _mapped(file, header, _content_of(file, member) + at)
        with archive.open(member) as content:
            return npy.read_array(content, allow_pickle=False)


def _mapped(file: BinaryIO, header: _Header, at: int) -> np.ndarray:
    """The array that begins at byte `at` of the file, left there until its rows are taken."""
    order: Literal["C", "F"] = "F" if header.fortran else "C"
    return np.memmap(file, header.dtype, "r", at, header.shape, order)


def _content_of(file: BinaryIO, member: ZipInfo) -> int:
    """Where the bytes of a stored member begin: behind its own header, whose name and extra field end it."""
    file.seek(member.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    return member.header_offset + 30 + name + extra


def _check_header(file: Any, size: int) -> _Header:
    """What the header declares. Raises ValueError unless that array fills the rest of `size` bytes."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"its version of the format is {version}; only structured arrays need that")
    header = _Header(*_HEADERS[version](file))
    shape, _, dtype = header
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never unpickled; save one numeric array")
    declared, there = prod(shape) * dtype.itemsize, size - file.tell()
    if min(shape, default=0) < 0 or declared != there:
        raise ValueError(
            f"its header declares {dtype} of shape {shape}, {declared} bytes, but {there} follow; save it again"
        )
    return header


def _chosen(name: str, names: list[str]) -> str:
    """The name of the array to read: the given one, else the only one, else ``x``."""
    if not names:
        raise ValueError("it holds no array")
    more = ", ..." * (len(names) > _SHOWN)
    shown = ", ".join(map(printable, names[:_SHOWN])) + more
    if name and name not in names:
        raise ValueError(f"it holds no array {name!r}, but {shown}")
    if not name and len(names) > 1 and "x" not in names:
        raise ValueError(f"it holds the arrays {shown}; name one: file.npz:{printable(names[0])}")
    return name or ("x" if "x" in names else names[0])
