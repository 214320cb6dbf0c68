"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(path: Path, content: str | bytes) -> None:
    """`content` to `path`, text as UTF-8: written beside it, flushed to disk, then renamed into its place.

    Where that fails (OSError, naming `path`), `path` stays as it was and nothing is left beside it.
    """
    with named(path):
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            if path.parent.is_dir():
                temporary.unlink(missing_ok=True)
        if os.name != "nt":  # Windows cannot flush a folder
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """An OSError in here says which file could not be written: a full disk does not, by itself."""
    try:
        yield
    except OSError as error:
        raise OSError(f"{path}: cannot be written: {error.strerror or error}") from error
