"""Output of a framework's C++ code while it is loaded, without the lines that only inform."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_FILTER = """
import sys
for line in sys.stdin.buffer:
    if not line.startswith((b"I0000 ", b"WARNING: All log messages before absl::InitializeLog()")):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""
_PATIENCE = 1.0  # seconds for the last lines; who has inherited the descriptor may keep it open for longer


@contextmanager
def without_info_logs() -> Iterator[None]:
    """Output to file descriptor 2 passes through a separate process, which drops lines that only inform.

    So it is seen even where this process dies of what it tells. TensorFlow logs some lines before it has read its
    own setting, which is set here to warnings where it is not.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    sys.stderr.flush()
    terminal = os.dup(2)
    # A session of its own: what ends this process's group, Ctrl-C say, leaves it what is still to be told.
    command = [sys.executable, "-I", "-S", "-c", _FILTER]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    assert process.stdin is not None
    os.dup2(process.stdin.fileno(), 2)
    process.stdin.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
