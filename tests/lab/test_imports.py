"""What `diptych --help` leaves to the commands that need it."""

import json
import subprocess
import sys

FEW_NEED = ("torch", "tensorflow", "keras", "PIL", "filelock", "rich.progress", "sklearn", "pyarrow", "scipy")
PROGRAM = """
import json, sys
from diptych_lab.command_line import main
try:
    main(["--help"])
except SystemExit:
    print(json.dumps(sorted(sys.modules)))
"""


def test_help_loads_none_of_these() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    help_text, _, loaded = done.stdout.rstrip("\n").rpartition("\n")
    assert "Implicit generative models" in help_text
    assert not set(json.loads(loaded)) & set(FEW_NEED)
