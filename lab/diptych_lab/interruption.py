"""Signals that end a run after its round: Ctrl-C, and what schedulers, containers and a closed terminal send."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@dataclass
class Stop:
    """A `stop` for `train`: true after a signal, whose number it keeps."""

    signal: int = 0

    def __call__(self) -> bool:
        return bool(self.signal)


@contextmanager
def interruptible() -> Iterator[Stop]:
    """A `Stop` that the first signal sets. A second Ctrl-C interrupts at once; others come twice by themselves."""
    stop = Stop()
    before: dict[int, Any] = {}

    def note(number: int, _: Any) -> None:
        stop.signal = number
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    for number in _ENDING:
        if number != signal.SIGINT and signal.getsignal(number) == signal.SIG_IGN:  # nohup
            continue
        before[number] = signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
