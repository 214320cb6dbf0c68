"""The results of an experiment: one JSON file each, its name the hash of the settings, checked when it is read."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from diptych import atomic
from diptych_lab import records
from diptych_lab.records import Count, Index, Strict


class Settings(Strict, frozen=True):
    """What determines a run of any experiment; each has more of its own, and the `format` of its results."""

    data: str
    method: str
    backend: str
    seed: Index
    rounds: Count
    n: Count

    @property
    def key(self) -> str:
        """A hash of all fields."""
        return blake2b(text_of(self).encode(), digest_size=8).hexdigest()

    @property
    def title(self) -> str:
        return f"{self.method} on {self.data}, {self.backend}, seed {self.seed}"


class Result(Protocol):
    """What came of a run."""

    @property
    def settings(self) -> Any: ...
    def text(self) -> str: ...


R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class Kept(Generic[R]):
    """How one experiment keeps its results, of the type `kind`, of `asked`, and which `module` makes one.

    A result of another `format` is refused; it is one higher whenever equal settings would give another result.
    """

    kind: type[R]
    asked: type[Settings]
    format: int
    module: str

    def parse(self, text: str | bytes) -> R:
        """Raises ValueError where the text is no result, or one of another format."""
        found = records.converted(records.document(text), self.kind)
        if found.settings.format != self.format:
            raise ValueError(f"format {found.settings.format}, this experiment has format {self.format}")
        return found

    def made_by(self, result: Callable[[Any, Path], R], text: str, folder: str) -> None:
        """Make the result of the settings in `text`, by ``result(settings, FOLDER/runs/KEY)``, and keep it alone.

        What a process of `module` does. Raises ValueError where the text is no settings.
        """
        settings = records.converted(records.document(text), self.asked)
        own = Path(folder) / "runs" / settings.key
        self.write(result(settings, own), Path(folder))
        shutil.rmtree(own, ignore_errors=True)

    def path(self, settings: Settings, folder: Path) -> Path:
        return folder / f"{settings.key}.json"

    def write(self, result: R, folder: Path) -> None:
        atomic.write(self.path(result.settings, folder), result.text())

    def read(self, settings: Settings, folder: Path) -> R | None:
        """The result of these settings, None where there is none yet.

        Raises ValueError, naming the file, where it is damaged or of other settings.
        """
        path = self.path(settings, folder)
        if not path.exists():
            return None
        try:
            found = self.parse(records.content(path))
            if found.settings != settings:
                raise ValueError("it is of other settings")
        except ValueError as error:
            raise ValueError(
                f"{path}: no result that can be read ({error}); remove it, and it is made anew"
            ) from None
        return found

    def read_lines(self, path: Path) -> list[R]:
        """The results in a file of one a line, none where there is no file.

        Raises ValueError, naming file and line, where one is damaged.
        """
        found = []
        for i, line in enumerate(records.content(path).splitlines() if path.exists() else (), 1):
            try:
                found.append(self.parse(line))
            except ValueError as error:
                raise ValueError(
                    f"{path}, line {i}: no result that can be read ({error}); gather them anew"
                ) from None
        return found

    def take_up(self, lines: Path, folder: Path) -> None:
        """Into `folder` the results of a file that it lacks: nothing is made, or lost, a second time."""
        folder.mkdir(parents=True, exist_ok=True)
        for result in self.read_lines(lines):
            if not self.path(result.settings, folder).exists():
                self.write(result, folder)


def text_of(record: Any) -> str:
    """A record as JSON, its names in order."""
    return json.dumps(msgspec.to_builtins(record), sort_keys=True, allow_nan=False)
