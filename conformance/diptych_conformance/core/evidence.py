"""Whether what was asked for is what the framework says it did: every call and step of a session is looked at."""

import sys
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import CodeType, FrameType
from typing import Any

import numpy as np

from diptych.method import Player
from diptych.protocol import Backend, Capability
from diptych_conformance.core.finding import Violation


class Evidence:
    """Of a backend that claims `EVIDENCE`; of another nothing is looked at."""

    def __init__(self, backend: Backend) -> None:
        self.claimed = Capability.EVIDENCE in getattr(backend, "capabilities", ())
        self._backend: Any = backend
        self._seen: set[Hashable] = set()
        if self.claimed:
            with suppress(Exception):  # a case of devices says what is wrong with it
                backend.devices()  # type: ignore[attr-defined]  # before anything is computed: there may be more

    @contextmanager
    def compiling(self, what: str, execution: str, key: Hashable) -> Iterator[None]:
        """Raises Violation where what is done within compiles nothing, and was to; or does, and was to be eager.

        What has been done under `key` before need not compile again.
        """
        if not self.claimed:
            yield
            return
        before = self._backend.compiled()
        yield
        grown = self._grown(before)
        if execution == "eager" and grown:
            raise Violation(f"{what}: execution is eager, and something was compiled: {grown}")
        if execution != "eager" and execution not in grown and key not in self._seen:
            raise Violation(
                f"{what}: execution={execution!r}, and nothing was compiled by it, but by {grown or None}"
            )
        self._seen.add(key)

    def again(self, what: str, players: Sequence[Player], step: Callable[[], Any]) -> Any:
        """A compiled step that was taken before, alike. Violation where it compiles, or runs a loss's own code."""
        if not self.claimed:
            return step()
        before, codes = self._backend.compiled(), {code_of(player.objective) for player in players}
        with _calls(codes - {None}) as called:
            losses = step()
        if grown := self._grown(before):
            raise Violation(f"{what}: a second step like the first was compiled again: {grown}")
        if called:
            raise Violation(
                f"{what}: a second step ran the code of {called[0].co_qualname}, as eager execution does"
            )
        return losses

    def _grown(self, before: Mapping[str, int]) -> list[str]:
        after = self._backend.compiled()
        return sorted(kind for kind, count in after.items() if count > before.get(kind, 0))


def shapes(**arrays: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((name, np.shape(array)) for name, array in sorted(arrays.items()))


def code_of(f: Any) -> CodeType | None:
    """What runs where f is called, if that is Python."""
    while isinstance(f, partial):
        f = f.func
    return getattr(getattr(f, "__func__", f), "__code__", None)


@contextmanager
def _calls(codes: set[Any]) -> Iterator[list[CodeType]]:
    """Those of the codes that this thread runs within."""
    called: list[CodeType] = []

    def look(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in codes:
            called.append(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield called
    finally:
        sys.setprofile(before)
