"""docs/porting.md, done: a port is begun with the kit and written as the page writes it, and after each piece the
suite says what is next in the page's words."""

import ast
import importlib
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych.protocol import Capability
from diptych_conformance import Result, Scope, Selection, run
from diptych_conformance.cases.networks import ORDER
from diptych_conformance.port import write_port
from diptych_conformance.references import oracle
from diptych_conformance.report.guide import next_piece

from . import toy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/porting.md").read_text(encoding="utf-8")
STEPS = re.findall(r"<!-- (next|conforms|write: .*?) -->\n```\w+\n(.*?)```", PAGE, flags=re.DOTALL)


class Port:
    """The distribution that the kit wrote, edited piece by piece."""

    def __init__(self, folder: Path) -> None:
        self.package = write_port("stepwise", folder) / "diptych_stepwise"
        self.source = self.package / "backend.py"

    def write(self, what: str, code: str) -> None:
        source = self.source.read_text()
        if what == "deviations.toml":
            (self.package / what).write_text(code)
        elif what == "imports":
            self.source.write_text(source.replace("\nArray = Any", f"\n{code}\nArray = Any"))
        else:
            self.source.write_text(replaced(source, what, code))

    def backend(self) -> Any:
        """As it stands now."""
        self.forget()
        return importlib.import_module("diptych_stepwise").backend()

    def forget(self) -> None:
        for module in ("diptych_stepwise", "diptych_stepwise.backend"):
            sys.modules.pop(module, None)

    def run(self, *levels: str) -> Result:
        return run(self.backend(), Selection(Scope.QUICK, levels=levels, first=True))


def replaced(source: str, what: str, code: str) -> str:
    """The source with another statement under a name, ``Class.method`` or ``NAME``; a new one is put first."""
    *owner, name = what.split(".")
    body = ast.parse(source).body
    if owner:
        (body,) = (node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner[0])
        code = textwrap.indent(code, "    ")
    lines, at = source.splitlines(keepends=True), body[1].lineno - 1
    start, stop = next((span(node) for node in body if name in names(node)), (at, at))
    return "".join([*lines[:start], code, "\n" * (start == stop), *lines[stop:]])


def names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.name] if isinstance(node, ast.FunctionDef) else []


def span(node: ast.stmt) -> tuple[int, int]:
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    return first - 1, node.end_lineno or first


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Port]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would not see an edit in the same second
    begun = Port(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "diptych-stepwise")
    yield begun
    begun.forget()


def words(text: str) -> str:
    """Without line numbers; in place of the numbers of cases, which grow with the suite, a mark."""
    return re.sub(r"\d+ (passed|not applicable|deviation)", r"… \1", re.sub(r" line \d+\]", "]", text.strip()))


@pytest.mark.slow
def test_after_each_piece_the_suite_says_what_the_page_says(port: Port) -> None:
    """Where the level changes, the one before is run to its end; at the end of the page all are: what was written
    still passes."""
    level = ""
    for what, text in STEPS:
        if what.startswith("write: "):
            port.write(what.removeprefix("write: "), text)
        elif what == "next":
            before, level = level, text.removeprefix("next: ").partition("/")[0]
            result = port.run(*{before or level, level})
            assert words(next_piece(result.records)) == words(text)
        else:
            result = port.run()
            counts = ", ".join(f"{count} {status}" for status, count in result.counts.items() if count)
            assert words(f"{result.backend}: {result.verdict}: {counts}") == words(text)


@pytest.mark.slow
def test_layers_are_asked_for_one_at_a_time_in_the_order_of_the_table(port: Port) -> None:
    rows = re.findall(r"^\| `([A-Z][a-z]\w*)` \| `([^`]+)`", PAGE, flags=re.MULTILINE)
    every = {layer.__name__ for layer in ORDER} - {"Dense", "SpectralNorm"}  # the last is asked of whom claims it
    assert sorted(name for name, _ in rows) == sorted(every)
    for what, text in STEPS:
        if what.startswith("write: ") and what != "write: LAYERS":
            port.write(what.removeprefix("write: "), text)
    known = ["spec.Dense"]
    for name, subject in rows:
        port.write("LAYERS", f"LAYERS = ({', '.join(known)},)\n")
        *_, last = port.run("networks").records
        assert last.detail.startswith(f"Backend.build: the layer {name} ")
        assert last.id.split("/")[1] == subject
        known.append(f"spec.{name}")
    port.write("LAYERS", f"LAYERS = ({', '.join(known)},)\n")
    assert port.run("networks").conformant


class AsItIs:
    """NumPy, which takes a complex step as the oracle's namespace does, and repairs nothing."""

    own_arrays = True

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class Plain(toy.Toy):
    """A complex step through NumPy itself."""

    def call(self, f: Any, *args: Any, **settings: Any) -> Any:
        ops = SimpleNamespace(xp=AsItIs(), grad=oracle.OPS.grad, stop=oracle.OPS.stop)
        return super().call(lambda nets, **inputs: f(nets, **{**inputs, "ops": ops}), *args, **settings)


def test_what_the_page_says_of_numpy_as_it_is() -> None:
    result = run(Plain(Capability.FLOAT64), Selection(Scope.QUICK, ("terms",), (), ("float64",), ("eager",)))
    corners = {record.id for record in result.bad if record.id.endswith("/value.corner")}
    failed = {record.id.split("/")[1] for record in result.bad if record.id not in corners}
    assert {name for name in failed if f"`{name}`" in PAGE} == {"kl_full", "log_full_normal", "w2_full"}
    others = [name for name in failed if f"`{name}`" not in PAGE]
    assert others
    assert all("Jensen-Shannon weighted" in name for name in others)


def test_every_file_that_the_page_links_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
