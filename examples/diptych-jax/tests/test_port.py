"""What makes this a port from outside: whom it imports, under which names, and how long it is."""

import ast
import re
from pathlib import Path

import diptych_jax

FILES = sorted(Path(diptych_jax.__file__).parent.glob("*.py"))
README = Path(__file__).parent.parent / "README.md"


def imported():
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_it_knows_diptych_and_jax():
    foreign = {name.split(".")[0] for name in imported()} - {"diptych", "diptych_jax", "jax", "numpy"}
    assert foreign <= {"collections", "contextlib", "dataclasses", "functools", "math", "typing"}


def test_by_public_names():
    assert [name for name in imported() if any(part.startswith("_") for part in name.split("."))] == []


def test_it_is_short():
    lines = [line.strip() for file in FILES for line in file.read_text(encoding="utf-8").splitlines()]
    assert sum(bool(line) and not line.startswith("#") for line in lines) <= 500


def test_the_readmes_code_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
