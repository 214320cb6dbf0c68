"""Cases in processes of their own: several at a time, each under a time limit, and none takes the run with it.

The parent imports no framework. Workers are handed the cases of one subject after another, which share what they
compile. One that dies or gives no answer costs the case it had begun, and another takes its place.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np

from diptych_conformance.core.case import Case
from diptych_conformance.core.result import Record, Result, Status
from diptych_conformance.running.environment import TF32, THREADS
from diptych_conformance.running.loading import Refused
from diptych_conformance.running.suite import judged, result_of
from diptych_conformance.running.worker import About, Order, serve

LOADING = 300.0  # seconds a worker may take at least to load the backend: frameworks are large, machines busy
LOSSES = 8  # processes a run may lose, but for declared cases, before it gives up: to lose one a case takes days
SLOW = "it hangs, or compiles for longer: --time-limit SECONDS gives it more"
Arrays = Mapping[str, np.ndarray]


def run_apart(order: Order, on_record: Callable[[Record], None] = lambda record: None) -> Result:
    """Run the selected cases in workers, calling `on_record` with each record, in the order of the cases.

    An interrupt ends it: what there is by then is the result, with a failed record that says so.

    Raises Refused where the backend cannot be loaded, or not with this device or deviations file, and where the
    machine has no process to spare.
    """
    cases, records, recorded = list(order.selection.cases()), list[Record](), dict[str, np.ndarray]()
    crew = _Crew(order, cases)
    with crew, suppress(KeyboardInterrupt):
        for record, arrays in crew.records():
            on_record(record)
            records.append(record)
            recorded |= arrays
            if order.selection.ends_with(record):
                break
    if crew.about is None:
        raise KeyboardInterrupt
    result = result_of(
        crew.about.backend,
        crew.about.capabilities,
        crew.about.environment,
        order.selection,
        cases,
        records,
        recorded,
    )
    for record in result.records[len(records) :]:
        on_record(record)
    return result


@dataclass(eq=False)
class _Worker:
    """A process, the pipe to it, and what it has in hand."""

    process: Any
    pipe: Connection
    since: float
    todo: list[int] = field(default_factory=list)  # cases of the subject in hand without a record
    running: int | None = None
    asked: str = ""  # of the backend, by the case that runs
    ready: bool = False


class _Crew:
    """The workers of a run, and what they have found."""

    def __init__(self, order: Order, cases: Sequence[Case]) -> None:
        self.order, self.cases = order, cases
        grouped = groupby(range(len(cases)), key=lambda i: (cases[i].level, cases[i].subject))
        self.subjects = deque(list(group) for _, group in grouped)
        self.workers: list[_Worker] = []
        self.lost = 0
        self.about: About | None = None
        self.found: dict[int, tuple[Record, Arrays]] = {}

    def __enter__(self) -> None:
        for _ in range(max(1, min(self.order.workers, len(self.subjects)))):
            self._hire()

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()

    def records(self) -> Iterator[tuple[Record, Arrays]]:
        """The record of every case, in their order, and what it has for pairs."""
        told = 0
        while told < len(self.cases) or self.about is None:
            self._listen()
            while told in self.found:
                yield self.found[told]
                told += 1

    def _hire(self) -> None:
        context = get_context("spawn")  # a fork would share the state of a framework's threads
        try:
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, self.order))  # no daemon: it may start replicas
            with _variables({**dict.fromkeys(THREADS, str(self.order.threads)), TF32: "0"}):
                process.start()
        except OSError as error:
            raise Refused(f"no process could be started ({error})") from error
        theirs.close()
        self.workers.append(_Worker(process, ours, time.monotonic()))

    def _listen(self) -> None:
        """Take what the workers have to say; give up on those who have said nothing for too long."""
        busy = [worker for worker in self.workers if worker.todo or not worker.ready]
        patience = max(0.0, min(map(self._until, busy), default=0.0) - time.monotonic())
        talking = wait([worker.pipe for worker in self.workers], timeout=patience)
        for worker in [w for w in self.workers if w.pipe in talking]:
            try:
                self._take(worker, worker.pipe.recv())
            except (EOFError, OSError):
                self._lose_ended(worker)
        for worker in [w for w in self.workers if w in busy and time.monotonic() > self._until(w)]:
            self._lose(worker, f"no answer within {self._until(worker) - worker.since:g} s; {SLOW}")
        for worker in [w for w in self.workers if w.ready and not w.todo][: len(self.subjects)]:
            worker.since, worker.todo = time.monotonic(), self.subjects.popleft()
            try:
                worker.pipe.send(worker.todo)
            except OSError:
                self._lose_ended(worker)

    def _until(self, worker: _Worker) -> float:
        """How long it is waited for."""
        limit = self.order.time_limit
        return worker.since + (limit if worker.ready else max(LOADING, limit))

    def _take(self, worker: _Worker, said: Any) -> None:
        if isinstance(said, str):  # and the case goes on
            worker.asked = said
            return
        worker.since = time.monotonic()
        match said:
            case Refused():
                raise said
            case About():
                self.about, worker.ready = said, True
            case int():
                worker.running, worker.asked = said, ""
            case Record() as record, arrays:
                assert worker.running is not None
                worker.todo.remove(worker.running)
                self.found[worker.running], worker.running = (record, arrays), None

    def _lose_ended(self, worker: _Worker) -> None:
        worker.process.join()
        self._lose(worker, f"the process ended with status {worker.process.exitcode}")

    def _lose(self, worker: _Worker, why: str) -> None:
        """Its case has failed; what else it had in hand goes to another, as long as there is hope."""
        if not worker.ready and not self.found:
            raise Refused(f"importing and making the backend: {why}")
        worker.process.kill()
        worker.pipe.close()
        self.workers.remove(worker)
        if not self._failed_as_declared(worker, why):
            self.lost += 1
        if worker.todo:
            self.subjects.appendleft(worker.todo)
        if self.lost < LOSSES:
            self._hire()
            return
        for i in [i for subject in self.subjects for i in subject]:
            detail = f"not run: {LOSSES} processes were lost before it"
            self.found[i] = Record.of(self.cases[i], Status.ERROR, detail=detail), {}
        self.subjects.clear()

    def _failed_as_declared(self, worker: _Worker, why: str) -> bool:
        """Record that its case, if it had begun one, has failed; True where the port declares that it does."""
        i = worker.running
        if i is None or self.about is None:
            return False
        worker.todo.remove(i)
        seconds, exceptions = time.monotonic() - worker.since, self.about.exceptions
        record = judged(self.cases[i], Status.ERROR, exceptions, detail=why, seconds=seconds, asked=worker.asked)
        self.found[i] = record, {}
        return record.status is Status.DEVIATION


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Processes started inside have these environment variables: frameworks read them once, at their start."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
