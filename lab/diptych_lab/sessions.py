"""sessions.jsonl: a line per session. It is written when the session begins, and again with every checkpoint."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import msgspec

from diptych_lab import records
from diptych_lab.environment import machine
from diptych_lab.records import Count, Index, Strict


class Session(Strict, frozen=True):
    """One session of training: backend, replicas, versions, machine, rounds, dates and speed."""

    backend: str
    execution: str
    device: str | None
    rounds: tuple[Index, Index]
    began: str
    seconds: float
    machine: str
    versions: dict[str, str]
    replicas: Count = 1


def read_sessions(path: Path) -> list[Session]:
    """The sessions of a run; none where the file is missing. A last line that a crash cut short is ignored.

    Raises ValueError, naming file and line, where one is damaged.
    """
    found: list[Session] = []
    if not path.exists():
        return found
    try:
        lines = records.content(path).splitlines(keepends=True)
    except ValueError as error:
        raise ValueError(f"{path}: damaged ({error}); put back a copy, or remove it") from None
    for number, line in enumerate(lines, 1):
        if line.endswith(b"\n"):
            try:
                found.append(records.converted(records.document(line), Session))
            except ValueError as error:
                raise ValueError(
                    f"{path}, line {number}: damaged ({error}); put back a copy, or remove it"
                ) from None
    return found


@dataclass(frozen=True)
class CurrentSession:
    """The session in progress: its backend and machine, its first round, and when it began."""

    backend: str
    execution: str
    device: str | None
    versions: Mapping[str, str]
    start: int
    replicas: int = 1
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=perf_counter)

    def at(self, done: int) -> Session:
        """The record of the session at this round."""
        return Session(
            backend=self.backend,
            execution=self.execution,
            device=self.device,
            rounds=(self.start, done),
            began=self.began.isoformat(timespec="seconds"),
            seconds=round(perf_counter() - self.clock, 3),
            machine=machine(),
            versions=dict(self.versions),
            replicas=self.replicas,
        )


def text(sessions: Iterable[Session]) -> str:
    """The sessions as the file's text."""
    return "".join(json.dumps(msgspec.to_builtins(session)) + "\n" for session in sessions)
