"""What a fault is, and which legs detect it."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

from diptych.protocol import Backend
from diptych_conformance.cases import all_cases
from diptych_conformance.core.case import Case, Scope
from diptych_conformance.core.crews import Crews
from diptych_conformance.core.result import BAD, Record
from diptych_conformance.core.session import Session
from diptych_conformance.running.suite import run_case


@dataclass(frozen=True)
class Fault:
    """`wrap` breaks a healthy backend; among the cases named by `cases`, those of `leg` must fail.

    `alone`: no other leg sees it. `source` says where the bug shipped, or what makes it easy to write. `spec`
    breaks a part of the spec instead, for as long as it is entered.
    """

    name: str
    source: str
    cases: str
    leg: str
    wrap: Callable[[Backend], Any]
    alone: bool = False
    spec: Callable[[], AbstractContextManager[Any]] = nullcontext

    @property
    def level(self) -> str:
        return self.cases.partition("/")[0]


class Wrapped:
    """A healthy backend; a subclass changes one of its methods."""

    def __init__(self, healthy: Backend) -> None:
        self.healthy: Any = healthy

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked for by pickle before there is a healthy one
            raise AttributeError(name)
        return getattr(self.healthy, name)


class KeepsInitial(Wrapped):
    """A backend that keeps, for any networks, others with the same initial weights."""

    def __init__(self, healthy: Backend) -> None:
        super().__init__(healthy)
        self._built: dict[int, tuple[Any, Any]] = {}

    def build(self, *args: Any, **settings: Any) -> Any:
        nets, twin = (self.healthy.build(*args, **settings) for _ in range(2))
        self._built[id(nets)] = nets, twin
        return nets

    def as_built(self, nets: Any) -> Any:
        """Networks like these, with their initial weights."""
        return self._built[id(nets)][1]


class Stepped(Wrapped):
    """A backend whose trainers have another `step`, which a subclass makes of the healthy one."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Any) -> Any:
        return trainer.step(players, x, noise)

    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        trainer = self.healthy.trainer(method, *args, **settings)
        handed = SimpleNamespace(step=trainer.step, state=trainer.state, restore=trainer.restore)

        def step(players: Any, x: Any, noise: Any, **rates: Any) -> Any:
            handed.step = partial(trainer.step, **rates)
            return self.step(handed, method, players, x, noise)

        return SimpleNamespace(step=step, state=trainer.state, restore=trainer.restore)


def caught(fault: Fault, backend: Backend, *, seed: int = 0, crews: Crews | None = None) -> tuple[Record, ...]:
    """The results that fail, among the fault's cases in scope `standard`; replicas are processes of `crews`."""
    cases = _named(fault.cases, _cases(fault.level, seed))  # before the spec is broken: they are kept
    with fault.spec():
        session = Session(fault.wrap(backend), crews=crews)
        if fault.spec is not nullcontext:
            cases = _named(fault.cases, _standard(fault.level, seed, {case.method for case in cases}))
        records = [run_case(case, session) for case in cases]
    return tuple(record for record in records if record.status in BAD)


def _named(pattern: str, cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if fnmatchcase(case.id, pattern)]


@cache
def _cases(level: str, seed: int) -> tuple[Case, ...]:
    """The cases of a level, made from the healthy spec."""
    return tuple(_standard(level, seed))


def _standard(level: str, seed: int, methods: Collection[str] = ()) -> Iterator[Case]:
    """Of these methods, of all where none is named, and where a case is of none."""
    named = () if "" in methods else methods
    return (case for case in all_cases(seed, (level,), named) if case.scope <= Scope.STANDARD)
