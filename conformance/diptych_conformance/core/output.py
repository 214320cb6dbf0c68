"""A command's output that cannot be written: whoever read it, `head` say, has had enough, or its disk is full."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO


@contextmanager
def report_lost_output(prog: str) -> Iterator[None]:
    """A command, called `prog`, that ends with exit status 2 where its output is lost; a line says so where it can.

    Nothing is said to a reader that went away. A stream that is closed takes nothing, and loses nothing.
    """
    try:
        try:
            yield
        finally:
            for stream in _open():
                stream.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            with suppress(OSError):
                print(f"{prog}: error: cannot go on: {error}", file=sys.stderr, flush=True)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in _open():
            try:
                stream.flush()
            except OSError:  # Python flushes once more at its end
                os.dup2(nowhere, stream.fileno())
        sys.exit(2)


def _open() -> Iterator[TextIO]:
    return (stream for stream in (sys.stdout, sys.stderr) if stream is not None)
