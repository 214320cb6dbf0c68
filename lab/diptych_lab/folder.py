"""A run's folder: what lies where, and when a run may use it.

config.json              what the run is
checkpoint.safetensors   the last one, replaced whole
metrics.jsonl            one line a round: the round's number and every player's loss
metrics-1.jsonl          those of a run that was begun again, for it had no checkpoint
sessions.jsonl           one line a sitting: backend, versions, machine, dates, speed
samples-0001000.png      samples (and reconstructions-...) at that round, from the same prior draws each time
.lock                    held by the process that trains
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from diptych_lab import atomic
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.config import Config


@dataclass(frozen=True)
class RunFolder:
    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.safetensors"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def sessions(self) -> Path:
        return self.path / "sessions.jsonl"

    @property
    def lock(self) -> Path:
        return self.path / ".lock"

    def picture(self, kind: str, t: int) -> Path:
        return self.path / f"{kind}-{t:07d}.png"

    def aside(self) -> Path:
        """Where metrics go that no checkpoint goes on from: the first name that is free."""
        return next(path for n in count(1) if not (path := self.path / f"metrics-{n}.jsonl").exists())

    def read_config(self) -> Config:
        """Raises FileNotFoundError where there is no run, ValueError where its config is damaged."""
        if not self.config.is_file():
            raise FileNotFoundError(f"{self.path} holds no run: there is no {self.config.name} in it")
        try:
            return Config.from_record(json.loads(self.config.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(
                f"{self.config}: damaged ({error}); put back a copy, or train in another folder"
            ) from None

    def admit(self, config: Config, resume: bool) -> Checkpoint | None:
        """What to go on from, None at the beginning. Only looks.

        Raises FileExistsError where the folder is taken, ValueError where `resume` meets another run, or
        damaged files.
        """
        if not resume:
            if self.config.is_file():
                raise FileExistsError(
                    f"{self.path} already holds a run of {self.read_config().method}; "
                    "pass --resume to go on with it, or choose another folder"
                )
            if self.path.exists() and not (self.path.is_dir() and set(self.path.iterdir()) <= {self.lock}):
                raise FileExistsError(f"{self.path} exists and is not an empty folder; choose another")
            return None
        there = self.read_config()
        if there != config:
            raise ValueError(
                f"{self.path} holds another run, which cannot be resumed as this one: "
                f"{'; '.join(config.differences(there))}"
            )
        self._metrics_before(0)  # damaged ones are told now, not after the first round
        if not self.checkpoint.exists():
            return None
        checkpoint = Checkpoint.load(self.checkpoint, config.composed)
        if checkpoint.config != config:
            raise ValueError(
                f"{self.checkpoint} belongs to another run: {'; '.join(config.differences(checkpoint.config))}; "
                "put back this run's checkpoint, or remove the file and train again from the start"
            )
        return checkpoint

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The folder, made and held by this process; gone again where nothing was begun in it.

        Raises BlockingIOError where another process holds it.
        """
        made = [path for path in (self.path, *self.path.parents) if not path.exists()]
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.lock, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise BlockingIOError(
                f"another process trains in {self.path}; wait for its end, or choose another folder"
            ) from None
        try:
            yield
        finally:
            if not self.config.is_file():
                with suppress(OSError):  # Windows removes no open file
                    self.lock.unlink()
                    for path in made:
                        path.rmdir()
            lock.release()

    def begin(self, config: Config, start: int) -> None:
        """Make the folder ready for round `start`: later metrics go, aside where no checkpoint is."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self.config.is_file():
            atomic.write(self.config, config.text())
        if not start and self.metrics.is_file() and self.metrics.stat().st_size:
            self.metrics.rename(self.aside())
        atomic.write(self.metrics, "".join(map(_line, self._metrics_before(start))))

    def _metrics_before(self, start: int) -> list[dict[str, Any]]:
        try:
            return [line for line in read_lines(self.metrics) if line["round"] < start]
        except (KeyError, TypeError):
            raise ValueError(
                f"{self.metrics}: damaged: a line without its round; put back a copy, or remove it"
            ) from None


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSON-lines file; a last line cut short by a crash is passed over.

    Raises ValueError, naming file and line, where one is damaged.
    """
    if path.is_file():
        for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
            if line.endswith(b"\n"):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise ValueError(
                        f"{path}, line {number}: damaged ({error}); put back a copy, or remove it"
                    ) from None


def append_lines(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    with atomic.named(path), path.open("a", encoding="utf-8", newline="\n") as file:
        file.write("".join(map(_line, records)))


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, allow_nan=False) + "\n"
