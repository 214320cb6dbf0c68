"""A setting of a framework's process that is set for a while, to see that nothing depends on it or changes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def tried(get: Callable[[], Any], put: Callable[[Any], object], value: Any) -> Iterator[None]:
    """Within, the setting that `get` reads and `put` sets is `value`; afterwards it is what it was.

    Raises RuntimeError where at the end it has another value, as `diptych.protocol.HasProcessSettings` requires.
    """
    before = get()
    put(value)
    try:
        yield
        if (found := get()) != value:
            raise RuntimeError(f"set to {value} and found at {found}")
    finally:
        put(before)
