"""Mutants against the suite: a fork of a process that has the framework loaded, for each of them."""

import importlib
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from . import child
from .mutants import Mutant
from .sources import ROOT, module_name

LOADED = {
    "torch": ("torch", "torch.func", "array_api_compat.torch"),
    "keras": ("tensorflow", "keras"),
}
ALWAYS = ("numpy", "pytest", "array_api_compat.numpy")
PATIENCE = 60.0, 4.0  # seconds, and how many times the healthy time of the cases


@dataclass(frozen=True)
class Outcome:
    """`by`: the case that failed, "import", "time" or "crash"; empty where the mutant survived. `ran`: how many
    cases call the function it changes."""

    by: str
    ran: int
    seconds: float

    @property
    def killed(self) -> bool:
        return bool(self.by)


@dataclass(frozen=True)
class Recorded:
    """A case of the healthy suite: its time, and the functions it calls."""

    seconds: float
    calls: frozenset[child.Key]


@dataclass(frozen=True)
class Suite:
    """The suite on one backend, as recorded without a mutant: its cases by id, and what runs before any of them.

    `native`: what is mutated is the backend itself (see `child.cases`).
    """

    backend: str
    native: bool
    cases: Mapping[str, Recorded]
    loading: frozenset[child.Key] = frozenset()

    def facing(self, mutant: Mutant) -> list[str]:
        """The cases that run what the mutant changes, quickest first; then the others of their subjects, which may
        look at what those have computed. Where it runs before any case too: those that run something of its
        module, then all. Where it seems not to run: compiled ones, as a compiler reads what it does not call."""
        key = mutant.path, mutant.function
        own = [name for name, case in self.cases.items() if key in case.calls]
        subjects = set(map(_subject, own))
        shared = [name for name in self.cases if _subject(name) in subjects]
        if not mutant.function or key in self.loading:
            module = [n for n, case in self.cases.items() if any(path == mutant.path for path, _ in case.calls)]
            return self._ordered(own, shared, module, list(self.cases))
        return self._ordered(own, shared) or self._ordered([n for n in self.cases if "/eager/" not in n])

    def unmet(self, population: Iterable[Mutant]) -> list[str]:
        """The functions that can be wrong, and that no case calls."""
        called = self.loading.union(*(case.calls for case in self.cases.values()))
        keys = {(m.path, m.function): f"{m.path}: {m.scope}" for m in population if m.function}
        return sorted({keys[key] for key in keys.keys() - called})

    def _ordered(self, *groups: list[str]) -> list[str]:
        """Each once, group by group, the quickest first."""
        return list(dict.fromkeys(name for group in groups for name in self._quickest(group)))

    def _quickest(self, names: list[str]) -> list[str]:
        return sorted(names, key=lambda name: self.cases[name].seconds)

    def kill(self, mutant: Mutant) -> Outcome:
        """Run the cases that face the mutant until one fails."""
        names = self.facing(mutant)
        limit = PATIENCE[0] + PATIENCE[1] * sum(self.cases[name].seconds for name in names)

        def run() -> str:
            import sys

            replaced = child.Replaced(module_name(mutant.path), ROOT / mutant.path, mutant.source)
            sys.meta_path.insert(0, replaced)
            try:
                return child.first_failure(self.backend, self.native, names) or ""
            except (MemoryError, OSError):  # the machine's fault, and no kill
                return ""
            except Exception as error:  # before any case could run
                return f"import ({type(error).__name__})"

        start = time.perf_counter()
        answer = forked(run, limit) if names else ""
        return Outcome("crash" if answer is None else answer, len(names), time.perf_counter() - start)


def load(backend: str) -> None:
    """Import what a child would otherwise import anew: third parties only."""
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # else each child starts processes to compile in
    for name in (*ALWAYS, *LOADED[backend]):
        importlib.import_module(name)


def suite(backend: str, *, native: bool) -> Suite:
    """Load the framework and run the healthy suite once.  ValueError where a case fails without a mutant."""
    load(backend)
    answer = forked(lambda: child.record(backend, native, ROOT), 3600.0)
    if not isinstance(answer, dict):
        raise ValueError(f"the healthy suite could not be recorded: {answer or 'its process ended'}")
    cases = {name: Recorded(seconds, _keys(calls)) for name, (seconds, calls) in answer["cases"].items()}
    return Suite(backend, native, cases, _keys(answer["loading"]))


def _subject(name: str) -> str:
    """The level and the subject of a case's id."""
    return name.rsplit("/", 3)[0]


def _keys(rows: list[list[Any]]) -> frozenset[child.Key]:
    return frozenset((path, line) for path, line in rows)


def forked(run: Callable[[], Any], limit: float) -> Any:
    """What `run` gives in a fork of this process: "time" where that is not in the limit, None where it died."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()  # a group of its own, to be ended with all that it started
        os.close(reader)
        _answer(run, writer)
    os.close(writer)
    answer, deadline = b"", time.monotonic() + limit
    with os.fdopen(reader, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
            part = pipe.read(1 << 20)
            if not part:
                break
            answer += part
        else:
            answer = b'"time"'
    _end(pid)
    return json.loads(answer) if answer else None


def _answer(run: Callable[[], Any], writer: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what frameworks print of a mutant is of no use
        os.dup2(nowhere, stream)
    try:
        text = json.dumps(run())
    except BaseException as error:
        text = json.dumps(f"{type(error).__name__}: {error}")
    with os.fdopen(writer, "w") as pipe:
        pipe.write(text)
    os._exit(0)


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):  # it has not come to a group of its own, or is gone
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
