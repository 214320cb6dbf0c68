"""What a framework's C++ writes to the terminal while it is loaded, without the lines that only inform."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile

_INFORMATION = (b"I0000 ", b"WARNING: All log messages before absl::InitializeLog()")


@contextmanager
def uninformed() -> Iterator[None]:
    """File descriptor 2 is held back, and but for information given out again at the end, whatever that is.

    TensorFlow logs some lines before it has read its own setting, which is set here to warnings where it is not.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    sys.stderr.flush()
    terminal = os.dup(2)
    with TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            held.seek(0)
            os.write(2, b"".join(line for line in held if not line.startswith(_INFORMATION)))
