"""Runs that are killed and taken up again: each a fork of a process that has the framework loaded.

python -m tests.lab.killing torch --kills 100 --seed 0

A kill is aimed at a moment (SIGKILL just before a call of the operating system, an open, flush, rename, removal in
the run's folder), comes inside a write (the system ends the process when a file grows beyond a limit), or at any
time. A run killed once or twice is then taken up until it ends, and compared with one that nobody killed.
"""

import argparse
import importlib
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diptych_lab import train
from diptych_lab.sessions import read_sessions

LOADED = {"torch": ("torch", "torch.func", "diptych_torch"), "keras": ("tensorflow", "keras"), "toy": ()}
ROUNDS, EVERY = 6, 2  # of the run, and between its checkpoints
DATA = np.random.default_rng(0).uniform(size=(40, 4, 4))
PERMITTED = {"sessions.jsonl"}  # as many lines as there were sittings
EVENTS = {"open": 0, "os.rename": 1, "os.remove": 0, "os.mkdir": 0}  # -> which argument is the path


class Moment(NamedTuple):
    """A call of the operating system in a run's folder, with the size of the file when it is flushed next."""

    event: str
    name: str
    before: int = 0
    after: int = 0


class Kill(NamedTuple):
    """`kind` is before a call, within a write, or at any time: the number of the call, or bytes, or seconds."""

    kind: str
    at: float
    size: int = 0


class Watched:
    """Counts what this process asks of the system in a folder; kills it where it is told to."""

    def __init__(self, folder: Path, kill: Kill | None) -> None:
        self.folder, self.kill, self.moments = str(folder), kill, list[Moment]()
        self.busy, fsync = False, os.fsync

        def flushed(descriptor: int) -> None:
            place = os.readlink(f"/proc/self/fd/{descriptor}")
            self.see("fsync", place)
            size = os.fstat(descriptor).st_size
            opened = max((i for i, m in enumerate(self.moments) if m[:2] == ("open", place)), default=None)
            if opened is not None:
                self.moments[opened] = self.moments[opened]._replace(after=size)
            fsync(descriptor)

        os.fsync = flushed
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in EVENTS or self.busy:
            return
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        self.see(event, arguments[EVENTS[event]])

    def see(self, event: str, place: Any) -> None:
        place = os.fspath(place) if isinstance(place, str | os.PathLike) else ""
        if not str(place).startswith(self.folder):
            return
        self.busy = True
        size = os.path.getsize(place) if event == "open" and os.path.exists(place) else 0
        self.moments.append(Moment(event, place, size))
        self.busy = False
        if self.kill is None or self.kill.at != len(self.moments) - 1:
            return
        if self.kill.kind == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.kill.kind == "within":
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.kill.size, self.kill.size))


def forked(run: Callable[[], Any], seconds: float | None = None) -> Any:
    """What `run` gives in a fork of this process, killed after `seconds`; None where it was killed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        try:
            answer = run()
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        with os.fdopen(writer, "w") as pipe:
            pipe.write(json.dumps(answer))
        os._exit(0)
    os.close(writer)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    return json.loads(answer) if answer else None


def trained(backend: Any, folder: Path, kill: Kill | None = None) -> list[Moment]:
    """Train in this process, or take the run up where there is something to take up."""
    watched = Watched(folder, kill)
    if backend == "toy":
        backend = importlib.import_module("tests.conformance.toy").Toy()
    settings = {"width": 3, "latent": 2, "batch": 10, "dtype": "float64", "execution": "eager"}
    pace = {"rounds": ROUNDS, "log_every": 1, "checkpoint_every": EVERY}
    resume = (folder / "config.json").exists() or (folder.exists() and int(folder.name) % 2 == 0)
    train("ae", data=DATA, backend=backend, out=folder, resume=resume, say=lambda line: None, **pace, **settings)
    return watched.moments


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in PERMITTED}


def chosen(moments: list[Moment], seconds: float, random_: random.Random, n: int) -> Kill:
    """The n-th kill: before every call in turn, then within every write, then at any time, and again."""
    writes = [i for i, m in enumerate(moments) if m.event == "open" and m.after > m.before]
    turn = n % 3
    if turn == 0:
        return Kill("before", (n // 3 * 7) % len(moments))
    if turn == 1:
        i = writes[(n // 3 * 5) % len(writes)]
        return Kill("within", i, random_.randrange(moments[i].before, moments[i].after))
    return Kill("any time", random_.uniform(0, seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("backend", choices=LOADED)
    parser.add_argument("--kills", type=int, default=21)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for name in LOADED[given.backend]:
        importlib.import_module(name)
    random_ = random.Random(given.seed)
    found: dict[str, Any] = {"kills": 0, "kinds": Counter(), "failures": []}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        clock = time.perf_counter()
        answer = forked(lambda: trained(given.backend, root / "0"))
        seconds = time.perf_counter() - clock
        if not isinstance(answer, list):
            sys.exit(f"the run that nobody kills failed: {answer}")
        moments, expected = [Moment(*moment) for moment in answer], contents(root / "0")
        found["moments"] = Counter(f"{m.event} {Path(m.name).name}" for m in moments if "part" not in m.name)
        folders = 0
        while found["kills"] < given.kills:
            folders += 1
            folder, story = root / str(folders), list[str]()
            for _ in range(random_.choice((1, 1, 2))):
                kill = chosen(moments, seconds, random_, found["kills"])
                by_clock = kill.kind == "any time"
                answer = forked(
                    lambda folder=folder, kill=kill: trained(given.backend, folder, kill),
                    kill.at if by_clock else None,
                )
                what = kill.kind if by_clock else f"{kill.kind} {moments[int(kill.at)].event}"
                story.append(f"{what} ({kill.at:.3g}, {kill.size})")
                if answer is None:
                    found["kills"] += 1
                    found["kinds"][what] += 1
                elif not isinstance(answer, list):
                    found["failures"].append(f"{'; '.join(story)}: {answer}")
            answer = forked(lambda folder=folder: trained(given.backend, folder))
            if not isinstance(answer, list):
                found["failures"].append(f"{'; '.join(story)}: not taken up: {answer}")
                continue
            got = contents(folder)
            for name in sorted(got.keys() | expected.keys()):
                if got.get(name) != expected.get(name):
                    found["failures"].append(f"{'; '.join(story)}: {name} differs or is left over or lost")
            last = read_sessions(folder / "sessions.jsonl")[-1]
            if last.rounds[1] < ROUNDS - EVERY:  # its line is written after a checkpoint
                found["failures"].append(f"{'; '.join(story)}: its last sitting is not written down")
            shutil.rmtree(folder)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
