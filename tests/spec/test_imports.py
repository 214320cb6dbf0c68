"""What `import diptych` leaves to those who need it: to load is most of what a short command takes."""

import subprocess
import sys

import pytest

FRAMEWORKS = ("torch", "tensorflow", "keras", "jax")
PROCESSES = ("multiprocessing", "subprocess", "socket", "diptych.processes")
RANDOM = ("numpy.random", "hashlib", "secrets", "random")
FILES = ("safetensors", "json", "tempfile", "diptych.atomic")
LOOK_UPS = ("importlib.metadata", "difflib")
PARTS = ("diptych.metrics", "diptych.composition")
NUMPY = "import numpy, sys; before = set(sys.modules)"


def loaded(program: str) -> set[str]:
    """The modules that this program has loaded beside NumPy's own."""
    code = f"{NUMPY}\n{program}\nprint(*sorted(set(sys.modules) - before))"
    return set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize(
    "names", [FRAMEWORKS, PROCESSES, RANDOM, FILES, LOOK_UPS, PARTS], ids=lambda names: names[0]
)
def test_import_diptych_loads_none_of_these(names: tuple[str, ...]) -> None:
    assert not loaded("import diptych") & set(names)


def test_what_is_left_out_is_loaded_where_it_is_needed() -> None:
    assert loaded("from diptych import atomic, processes, composition, metrics") >= {"secrets", "multiprocessing"}
