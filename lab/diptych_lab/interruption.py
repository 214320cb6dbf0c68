"""Signals that end a run after its round: Ctrl-C, and what schedulers, containers and a closed terminal send."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import parent_process
from time import monotonic
from typing import Any

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_ONE = 1.0  # seconds within which signals are one: `timeout -s INT` sends it to a process and to its group
_MASKS = hasattr(signal, "pthread_sigmask")  # not on Windows


@dataclass
class Stop:
    """A `stop` for `train`: true after a signal, whose number it keeps, and once the parent process has ended."""

    signal: int = 0
    _told: list[Callable[[], None]] = field(default_factory=list)

    def __call__(self) -> bool:
        parent = parent_process()
        return bool(self.signal) or (parent is not None and not parent.is_alive())

    def note(self, number: int) -> None:
        """A signal has come."""
        self.signal = number
        for told in self._told:
            told()

    def tell(self, told: Callable[[], None]) -> None:
        """Call it after each signal, and now if one has come."""
        self._told.append(told)
        if self.signal:
            told()


@contextmanager
def interruptible() -> Iterator[Stop]:
    """A `Stop` that the first signal sets. A Ctrl-C later than `_ONE` after it interrupts at once; others do not.

    SIGTERM is let through: processes of replicas are started with all of these signals blocked.
    """
    stop = Stop()
    before: dict[int, Any] = {}
    noted: list[float] = []  # when each has come

    def note(number: int, _: Any) -> None:
        noted.append(monotonic())
        if number == signal.SIGINT and noted[-1] - noted[0] > _ONE:
            raise KeyboardInterrupt
        stop.note(number)

    for number in _ENDING:
        if number != signal.SIGINT and signal.getsignal(number) == signal.SIG_IGN:  # nohup
            continue
        before[number] = signal.signal(number, note)
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM]) if _MASKS else ()
    try:
        yield stop
    finally:
        if _MASKS:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)
