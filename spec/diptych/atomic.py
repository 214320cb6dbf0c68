"""Files that are there whole or not at all, and lines that are on disk before anything relies on them."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path
from stat import S_IMODE, S_ISREG

_LEFTOVER = re.compile(r"\.diptych-[0-9a-f]{16}\.part")
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # Windows has neither the flag nor, for most users, links


def write(path: Path, content: str | bytes) -> None:
    """`content` to `path`, text as UTF-8: written beside it, flushed to disk, then renamed into its place.

    A file that was there leaves its permissions to the new one; a link is replaced, and what it points at stays as
    it is. Where that fails (OSError, naming `path`), `path` stays as it was and nothing is left beside it. A kill
    leaves a file that `is_leftover` knows.
    """
    with named(path):
        mode = _mode(path)
        temporary = path.with_name(f".diptych-{secrets.token_hex(8)}.part")
        # "x" makes a new file or fails, whatever lies or is laid at that name; private until its mode is known
        file = open(  # noqa: SIM115 (closed below; what fails here has made no file, and removes none)
            temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode or 0o666)
        )
        try:
            with file:
                if mode is not None and os.name != "nt":
                    os.fchmod(file.fileno(), mode)
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _flush_folder(path.parent)


def append(path: Path, content: str) -> None:
    """`content` to the end of `path`, flushed to disk. Raises OSError, naming `path`, also where it is a link."""
    with named(path), _appending(path) as file:
        file.write(content.encode())
        file.flush()
        os.fsync(file.fileno())


def truncate(path: Path, size: int) -> None:
    """Cut `path` to its first `size` bytes. Raises as `append` does."""
    with named(path), _appending(path) as file:
        if file.tell() != size:
            file.truncate(size)
            os.fsync(file.fileno())


def is_leftover(path: Path) -> bool:
    """Is this what a `write` leaves that was killed?"""
    return bool(_LEFTOVER.fullmatch(path.name)) and not path.is_dir()


@contextmanager
def named(path: Path) -> Iterator[None]:
    """An OSError in here says which file could not be written: a full disk does not, by itself."""
    try:
        yield
    except OSError as error:
        raise OSError(f"{path}: cannot be written: {error.strerror or error}") from error


def _mode(path: Path) -> int | None:
    """The permissions of the regular file at `path`; None where there is none."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return None
    return S_IMODE(found) & 0o777 if S_ISREG(found) else None


def _appending(path: Path) -> BufferedWriter:
    """`path`, open at its end; a link is not followed, and what is no plain file not waited for."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OSError("it is a link, or no plain file")
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags | _NO_LINK, 0o666))


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # which cannot
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
