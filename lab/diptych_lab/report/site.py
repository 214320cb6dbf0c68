"""What ``diptych watch`` answers: the page on all runs below a folder, read again where a file has changed."""

import os
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from diptych_lab.report.page import main, page
from diptych_lab.report.shown import Shown, picture_bytes, read

_CONFIG = "config.json"
HTML, TEXT, PNG = "text/html; charset=utf-8", "text/plain; charset=utf-8", "image/png"


class Answer(NamedTuple):
    kind: str
    content: bytes


class Site:
    """`answer` gives what stands at a path of the site, or None. No path of the site is one of the disk: a picture
    is looked up among those of the runs that were found."""

    def __init__(self, root: Path) -> None:
        self.root, self.title = root, f"Runs below {root}"
        self._read = lru_cache(maxsize=512)(lambda folder, name, _: read(folder, name))

    def answer(self, target: str) -> Answer | None:
        match target.partition("?")[0].removeprefix("/").split("/"):
            case [""]:
                runs, failures = self._runs()
                html = page(
                    runs, title=self.title, source=_address, live=self.state(), failures=failures, empty=self._empty
                )
                return Answer(HTML, html.encode())
            case ["main"]:
                runs, failures = self._runs()
                html = main(runs, title=self.title, source=_address, failures=failures, empty=self._empty)
                return Answer(HTML, html.encode())
            case ["state"]:
                return Answer(TEXT, self.state().encode())
            case ["picture", key, name]:
                return self._picture(key, name)
        return None

    def state(self) -> str:
        """Another text where any file of any run is another."""
        digest = blake2b(digest_size=12)
        for folder in self._folders():
            digest.update(repr((folder, _state(folder))).encode())
        return digest.hexdigest()

    def _picture(self, key: str, name: str) -> Answer | None:
        for run in self._runs()[0]:
            for path in (path for own in run.pictures.values() for path in own.values()):
                if (run.key, path.name) == (key, name):
                    return Answer(PNG, picture_bytes(path))
        return None

    @property
    def _empty(self) -> str:
        return f"No run below {self.root} yet; the page shows one as soon as it begins."

    def _runs(self) -> tuple[list[Shown], list[tuple[str, str]]]:
        """The runs, and of those that cannot be read their names with the reason."""
        runs, failures = list[Shown](), list[tuple[str, str]]()
        for folder in self._folders():
            name = folder.name if folder == self.root else folder.relative_to(self.root).as_posix()
            try:
                runs.append(self._read(folder, name, _state(folder)))
            except (ValueError, OSError) as error:
                failures.append((name, str(error)))
        return runs, failures

    def _folders(self) -> list[Path]:
        return sorted(_below(self.root))


def _below(root: Path) -> Iterator[Path]:
    """The folders of runs, not looked into any further; no link is followed, and no hidden folder entered."""
    for place, folders, files in os.walk(root):
        if _CONFIG in files:
            folders.clear()
            yield Path(place)
        folders[:] = [name for name in folders if not name.startswith(".")]


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of each of its files."""
    found = []
    for path in sorted(folder.iterdir()):
        try:
            there = path.stat()
        except OSError:  # gone since
            continue
        if not path.name.startswith("."):
            found.append((path.name, there.st_size, there.st_mtime_ns))
    return tuple(found)


def _address(run: Shown, path: Path) -> str:
    """Where the site has a picture; another one where the file is another."""
    return f"picture/{run.key}/{path.name}?{path.stat().st_mtime_ns}"
