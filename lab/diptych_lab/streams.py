"""Standard streams that never fail: what a closed, full or unread stream cannot take is lost."""

import io
import os
import sys
from typing import Any


class _Patient(io.FileIO):
    """A file whose writes never fail: what it cannot take is lost."""

    def write(self, data: Any) -> int:
        try:
            written = super().write(data)
        except OSError:
            return len(data)
        return len(data) if written is None else written


def secure() -> None:
    """Make stdout and stderr of this process such streams; characters that they cannot show are escaped.

    Streams that something has put in their place are left as they are.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file that is opened, a checkpoint say, would take its place
            os.open(os.devnull, os.O_RDWR)
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if stream is not getattr(sys, f"__{name}__"):
            continue
        if os.name == "nt" and stream is not None:  # a console there is no file of bytes
            stream.reconfigure(errors="backslashreplace")
            continue
        encoding = stream.encoding if stream is not None else "utf-8"
        raw = _Patient(number, "wb", closefd=False)
        setattr(
            sys,
            name,
            io.TextIOWrapper(
                io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=number == 2 or raw.isatty()
            ),
        )
