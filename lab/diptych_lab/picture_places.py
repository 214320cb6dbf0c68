"""Where pictures lie: in a folder and those inside it, or in tar archives, as WebDataset has them."""

import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from diptych_lab.reading import opened, printable, reason

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")  # in Pillow's words
TAR = ".tar"


class Place(NamedTuple):
    """A picture by its `name` in messages: the file at `path`, or `size` bytes of it that begin at byte `at`."""

    name: str
    path: Path
    at: int = 0
    size: int | None = None

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Errors inside this context become a ValueError that names the file, and the picture in an archive."""
        with opened(self.path) as file:
            if self.size is None:
                yield file
                return
            try:
                file.seek(self.at)
                content = file.read(self.size)
                if len(content) < self.size:
                    raise ValueError("the archive ends before it does")
                yield BytesIO(content)
            except Exception as error:
                raise ValueError(f"{printable(self.name)}: {reason(error)}") from None


def places(path: Path) -> tuple[list[Place], Counter[str]]:
    """The pictures by their suffixes, in order, and how many of each kind the other files are.

    Those of a folder come in the order of their paths below it, letter by letter; those of an archive in the order
    in which they lie there. Raises ValueError, naming the archive, where it is none or holds two pictures of one
    sample.
    """
    found: list[Place] = []
    others = Counter[str]()
    files = [path] if path.is_file() else _files(path, others)
    for file in sorted(files, key=lambda file: file.relative_to(path).as_posix()):
        name = file.name if file == path else file.relative_to(path).as_posix()
        if file.suffix.lower() == TAR:
            found += _members(file, "" if file == path else f"{name}/", others)
        elif file.suffix.lower() in SUFFIXES:
            found.append(Place(name, file))
        else:
            others[printable(file.suffix.lower()) or "without a suffix"] += 1
    return found, +others


def _files(folder: Path, others: Counter[str]) -> Iterator[Path]:
    """All files below the folder that are not hidden."""

    def fail(error: OSError) -> None:
        raise error

    for place, folders, names in os.walk(folder, onerror=fail):
        others["hidden"] += sum(name.startswith(".") for name in (*folders, *names))
        folders[:] = [name for name in folders if not name.startswith(".")]
        others["links to folders"] += sum(Path(place, name).is_symlink() for name in folders)
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _members(path: Path, before: str, others: Counter[str]) -> Iterator[Place]:
    """The pictures of an archive. What follows the first dot of a name is its kind: ``7.jpg`` is the picture of the
    sample ``7``, ``7.mask.png`` is not."""
    samples: dict[str, str] = {}
    with opened(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            stem, dot, kind = name.partition(".")
            if member.isdir():
                continue
            if not stem or not member.isreg() or member.issparse():
                others["hidden" if not stem else "links and devices"] += 1
            elif f".{kind}".lower() not in SUFFIXES:
                others[printable(f"{dot}{kind}".lower()) or "without a suffix"] += 1
            else:
                other = samples.setdefault(f"{folder}/{stem}", member.name)
                if other != member.name:
                    raise ValueError(f"{printable(other)} and {printable(member.name)} are of one sample; keep one")
                yield Place(f"{before}{member.name}", path, member.offset_data, member.size)
        file.seek(archive.offset)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # else a cut between two members goes unseen
            raise ValueError("the archive ends without its mark; fetch it again")
