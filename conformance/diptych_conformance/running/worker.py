"""One process of a run: it loads the backend, then takes the cases of one subject after another.

It says first what it has loaded, or why it could not; then the number of each case it begins, what it asks of the
backend before it does, and the record with the arrays that pairs are compared on.
"""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from diptych_conformance.core.crews import Crews
from diptych_conformance.core.session import Session
from diptych_conformance.running.deviations import Deviation
from diptych_conformance.running.environment import environment
from diptych_conformance.running.loading import Refused, load
from diptych_conformance.running.suite import Selection, chosen, run_case


@dataclass(frozen=True)
class Order:
    """What to run, and how: a backend by name, `workers` processes of `threads` threads, seconds for each case."""

    backend: str
    selection: Selection
    deviations: Path | None = None
    workers: int = 1
    threads: int = 1
    time_limit: float = 300.0


@dataclass(frozen=True)
class About:
    """What a worker says first of the backend it has loaded; `exceptions` are what the port declares."""

    backend: str
    capabilities: frozenset[str]
    environment: Mapping[str, Any]
    exceptions: tuple[Deviation, ...]


def serve(pipe: Connection, order: Order) -> None:
    """A worker's life, which the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all: the parent will have it
    try:
        backend = load(order.backend, order.selection.device)
        cases, exceptions = chosen(order.selection, order.deviations, backend)
    except ValueError as error:
        pipe.send(Refused(str(error)))
        return
    pipe.send(About(backend.name, frozenset(backend.capabilities), environment(), exceptions))
    crews = Crews()  # whose processes end with this one
    while True:
        session = Session(backend, order.selection.device, crews)
        session.backend.told = pipe.send
        for i in pipe.recv():
            pipe.send(i)
            record = run_case(cases[i], session, exceptions)
            pipe.send((record, session.recorded))
            session.recorded = {}
