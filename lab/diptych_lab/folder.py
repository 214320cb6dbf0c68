"""A run's folder: what lies where, and when a run may use it.

config.json              what the run is
checkpoint.safetensors   the last one, replaced whole
metrics.jsonl            one line a round: the round's number and every player's loss
sessions.jsonl           one line a sitting: backend, versions, machine, dates, speed
samples-0001000.png      samples (and reconstructions-...) at that round, from the same prior draws each time
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    def picture(self, kind: str, t: int) -> Path:
        return self.path / f"{kind}-{t:07d}.png"

    def read_config(self) -> Config:
        """Raises FileNotFoundError where there is no run, ValueError where its config is damaged."""
        if not self.config.is_file():
            raise FileNotFoundError(f"{self.path} holds no run: there is no {self.config.name} in it")
        try:
            return Config.from_record(json.loads(self.config.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{self.config}: {error}") from None

    def admit(self, config: Config, resume: bool) -> Checkpoint | None:
        """What to go on from, None at the beginning. Only looks.

        Raises FileExistsError where the folder is taken, ValueError where `resume` meets another run.
        """
        if not resume:
            if self.config.is_file():
                raise FileExistsError(
                    f"{self.path} already holds a run of {self.read_config().method}; "
                    "pass --resume to go on with it, or choose another folder"
                )
            if self.path.exists() and not (self.path.is_dir() and not any(self.path.iterdir())):
                raise FileExistsError(f"{self.path} exists and is not an empty folder; choose another")
            return None
        there = self.read_config()
        if there != config:
            raise ValueError(
                f"{self.path} holds another run, which cannot be resumed as this one: "
                f"{'; '.join(config.differences(there))}"
            )
        if not self.checkpoint.is_file():
            return None
        checkpoint = Checkpoint.load(self.checkpoint)
        if checkpoint.config != config:
            raise ValueError(
                f"{self.checkpoint} belongs to another run: {'; '.join(config.differences(checkpoint.config))}; "
                "put back this run's checkpoint, or remove the file and train again from the start"
            )
        return checkpoint

    def begin(self, config: Config, start: int) -> None:
        """Make the folder ready for round `start`: metrics of that round and later ones go."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not self.config.is_file():
            atomic.write(self.config, config.text())
        kept = [line for line in read_lines(self.metrics) if line["round"] < start]
        atomic.write(self.metrics, "".join(map(_line, kept)))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSON-lines file; a last line cut short by a crash is passed over."""
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def append_lines(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write("".join(map(_line, records)))


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, allow_nan=False) + "\n"
