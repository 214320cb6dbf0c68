"""The folder of a run: its files, and which run may use it.

config.json              what the run is
checkpoint.safetensors   the last one, replaced whole
checkpoint-0001000.safetensors   of a run that keeps several, that of round 1000
metrics.jsonl            one line a round: the round's number and every player's loss
metrics-1.jsonl          those of a run that was begun again, for its checkpoint was gone
evaluations.jsonl        what is evaluated while the run trains, and a line for each evaluated round
evaluations.png          those numbers over the rounds
checkpoint-best.safetensors   the checkpoint of the best of these rounds
sessions.jsonl           one line per session: backend, versions, machine, dates, speed
samples-0001000.png      samples (and reconstructions-...) at that round, from the same prior draws each time
codes-0001000.png        a map of codes at that round, from `diptych latent`
.lock                    held by the process that trains
.diptych-....part        what a kill left of a file that was being written; the next session removes it
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from diptych import Method, atomic, checks
from diptych_lab import metrics, records, sessions
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.config import Config
from diptych_lab.metrics import Rows
from diptych_lab.sessions import Session, read_sessions

_KEPT = re.compile(r"checkpoint-(\d{7,12})\.safetensors")


class Start(NamedTuple):
    """Where a run begins: at this checkpoint or at round 0, after these rows of metrics."""

    checkpoint: Checkpoint | None = None
    rows: Rows | None = None
    sessions: Sequence[Session] = ()

    @property
    def round(self) -> int:
        return self.checkpoint.round if self.checkpoint else 0

    @property
    def metrics_aside(self) -> bool:
        """Do rows of metrics belong to a checkpoint that is gone? Other rows are reproduced by training."""
        return (
            self.checkpoint is None
            and bool(self.rows and self.rows.beyond)
            and any(session.rounds[1] for session in self.sessions)
        )


@dataclass(frozen=True)
class RunFolder:
    """`held` tells the lock's file from another in its place, where this process holds the folder, and `new` that
    it has made it."""

    path: Path
    held: tuple[int, int] | None = None
    new: bool = False

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.safetensors"

    @property
    def best(self) -> Path:
        return self.path / "checkpoint-best.safetensors"

    @property
    def evaluations(self) -> Path:
        return self.path / "evaluations.jsonl"

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

    def kept(self, t: int) -> Path:
        """The checkpoint of round t, where the run keeps several."""
        return self.path / f"checkpoint-{t:07d}.safetensors"

    @property
    def kept_rounds(self) -> list[int]:
        """The rounds of these, in order."""
        there = self.path.iterdir() if self.path.is_dir() else ()
        return sorted(int(found[1]) for path in there if (found := _KEPT.fullmatch(path.name)))

    @property
    def newest(self) -> Path:
        """The checkpoint that a run goes on with: where the last is gone, the latest of those that are kept."""
        kept = self.kept_rounds
        return self.kept(kept[-1]) if kept and not os.path.lexists(self.checkpoint) else self.checkpoint

    def aside(self) -> Path:
        """The first unused name for metrics without a checkpoint."""
        return next(path for n in count(1) if not os.path.lexists(path := self.path / f"metrics-{n}.jsonl"))

    def read_config(self) -> Config:
        """Raises FileNotFoundError where there is no run, ValueError where its config is damaged."""
        if not self.config.exists():
            raise FileNotFoundError(f"{self.path} holds no run: there is no {self.config.name} in it")
        try:
            return Config.from_record(records.document(records.content(self.config)))
        except ValueError as error:
            raise ValueError(
                f"{self.config}: damaged ({error}); put back a copy, or train in another folder"
            ) from None

    def recorded(self, method: str) -> str | Method:
        """The composed method of that name, which the run here records; the name where there is none.

        Raises ValueError where the run's config is damaged.
        """
        there = self.read_config() if self.config.exists() else None
        return there.composed if there and there.composed and there.method == method else method

    def read_checkpoint(self, config: Config, *, best: bool = False, round: int | None = None) -> Checkpoint:
        """The newest checkpoint of this config's run, the best, or that of a round.

        Raises as `Checkpoint.load`, and ValueError for another run's, and where there is none of that round.
        """
        if round is None:
            return self._read(self.best if best else self.newest, config)
        if best:
            raise ValueError("best and round are two checkpoints: give one of them")
        round = checks.whole("round", round, 0)
        there = dict.fromkeys(self.kept_rounds)
        if round in there:
            found = self._read(self.kept(round), config)
            if found.round != round:
                raise ValueError(f"{self.kept(round)} is of round {found.round} by its content; put it back")
            return found
        for path in (self.checkpoint, self.best):
            if os.path.lexists(path):
                found = self._read(path, config)
                if found.round == round:
                    return found
                there[found.round] = None
        listed = ", ".join(map(str, sorted(there))) or "none"
        raise ValueError(f"{self.path} has no checkpoint of round {round!r}; there are: {listed}")

    def _read(self, path: Path, config: Config) -> Checkpoint:
        checkpoint = Checkpoint.load(path, config.composed)
        if checkpoint.config != config:
            raise ValueError(
                f"{path} belongs to another run: {'; '.join(config.differences(checkpoint.config))}; "
                "put back this run's checkpoint, or remove the file and train again from the start"
            )
        return checkpoint

    @contextmanager
    def alone(self) -> Iterator["RunFolder"]:
        """The folder, made and locked by this process, and removed again if no run was begun in it.

        Raises BlockingIOError where another process holds it, FileExistsError where it holds other things.
        """
        from filelock import FileLock, Timeout  # here, for only who trains locks

        self._check_place()
        made = [path for path in (self.path, *self.path.parents) if not path.exists()]
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.lock, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise BlockingIOError(
                f"another process trains in {self.path}; wait for its end, or choose another folder"
            ) from None
        folder = replace(self, held=_identity(self.lock), new=bool(made))
        try:
            self._check_place()  # another may have come first
            for leftover in filter(atomic.is_leftover, list(self.path.iterdir())):
                leftover.unlink()
            yield folder
        finally:
            if folder.is_held() and not self.config.exists():
                with suppress(OSError):  # Windows removes no open file
                    self.lock.unlink()
                    for path in made:
                        path.rmdir()
            lock.release()

    def _check_place(self) -> None:
        """Raise FileExistsError unless here is nothing, an empty folder, a run, or what a kill left of one."""
        if self.config.exists() or not os.path.lexists(self.path):
            return
        if not self.path.is_dir():
            raise FileExistsError(f"{self.path} is there, and is no folder; choose another")
        if any(path != self.lock and not atomic.is_leftover(path) for path in self.path.iterdir()):
            raise FileExistsError(
                f"{self.path} holds no run: there is no {self.config.name} in it, "
                "and it is not an empty folder; choose another"
            )

    def is_held(self) -> bool:
        """Is this still the folder that this process has locked, and not another in its place?"""
        return self.held is None or self.held == _identity(self.lock)

    def check_held(self) -> None:
        """Raise FileNotFoundError where it is not."""
        if not self.is_held():
            raise FileNotFoundError(
                f"{self.path} was moved, removed or replaced while this run trained in it: training ends here; "
                "its present content is not changed"
            )

    def admit(self, config: Config, resume: bool) -> Start:
        """Where this run begins. Changes nothing.

        Raises FileExistsError where the folder is taken, ValueError where `resume` meets another run, or
        damaged files.
        """
        if not resume:
            if self.config.exists():
                raise FileExistsError(
                    f"{self.path} already holds a run of {self.read_config().method}; "
                    "pass resume=True (--resume) to go on with it, or choose another folder"
                )
            return Start()
        if not self.config.exists() and not self.new:  # killed before it was written
            return Start()
        there = self.read_config()
        if there.composition is None and there.method == config.method:  # the run of a method without a record
            there = there.given(config.composed)
        if there != config:
            raise ValueError(
                f"{self.path} holds another run, which cannot be resumed as this one: "
                f"{'; '.join(config.differences(there))}"
            )
        checkpoint = self.read_checkpoint(config) if os.path.lexists(self.newest) else None
        before = checkpoint.round if checkpoint else 0
        rows = metrics.rows(self.metrics, config.make(), before) if os.path.lexists(self.metrics) else None
        return Start(checkpoint, rows, read_sessions(self.sessions))

    def begin(self, config: Config, start: Start) -> None:
        """Make the folder ready for the rounds from `start` on: later rows of metrics are removed.

        Aside, where there was a checkpoint and is none any more; else this run writes the same again.
        """
        self.check_held()
        if not self.config.exists():
            atomic.write(self.config, config.text())
        if start.metrics_aside:
            self.metrics.rename(self.aside())
            start = Start()
        if start.rows:
            atomic.truncate(self.metrics, start.rows.end)
        else:
            atomic.write(self.metrics, metrics.line({"missing": start.round}) if start.round else "")

    def keep(self, t: int, n: int) -> None:
        """The last checkpoint, of round t, under its round too; the n of the latest rounds until then stay.

        Of a run that has gone back there are later ones, which it writes anew as it comes to them.
        """
        self.write(self.kept(t), self.checkpoint.read_bytes())
        for old in [there for there in self.kept_rounds if there <= t][:-n]:
            self.check_held()
            self.kept(old).unlink()

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows of metrics; they are on disk when this returns."""
        self.add(self.metrics, "".join(map(metrics.line, rows)))

    def add(self, path: Path, lines: str) -> None:
        """Append lines to a file of this folder; they are on disk when this returns."""
        self.check_held()
        atomic.append(path, lines)

    def cut(self, path: Path, size: int) -> None:
        """A file of this folder, cut to its first `size` bytes."""
        self.check_held()
        atomic.truncate(path, size)

    def note(self, start: Start, session: Session) -> None:
        """Write the line of the present session after those of earlier ones."""
        self.write(self.sessions, sessions.text((*start.sessions, session)))

    def write(self, path: Path, content: str | bytes) -> None:
        """Write a file of this folder, whole or not at all."""
        self.check_held()
        atomic.write(path, content)


def _identity(path: Path) -> tuple[int, int] | None:
    """Numbers that distinguish a file from a later one in its place."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
