"""What C++ code logs while a framework loads: warnings and errors come through, information does not."""

import subprocess
import sys

PROGRAM = """
import os, sys
from diptych_lab.quiet import without_info_logs
with without_info_logs():
    os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\\n")
    os.write(2, b"I0000 00:00 port.cc] oneDNN is on\\nW0000 00:00 no GPU\\n")
    print("python", file=sys.stderr)
    raise SystemExit(3)
"""


def test_only_information_is_held_back():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stderr.splitlines() == ["W0000 00:00 no GPU", "python"]


DYING = """
import os
from diptych_lab.quiet import without_info_logs
with without_info_logs():
    os.write(2, b"I0000 00:00 port.cc] oneDNN is on\\nF0000 00:00 libcudart.so: cannot be loaded\\n")
    os.abort()
"""


def test_what_a_framework_dies_of_is_told():
    done = subprocess.run([sys.executable, "-c", DYING], capture_output=True, text=True)
    assert done.returncode not in (0, 1, 2)
    assert "F0000 00:00 libcudart.so: cannot be loaded" in done.stderr
    assert "oneDNN" not in done.stderr
