"""The mutator: operators make what they say, what is no business of a suite is left alone, survivors are told."""

import importlib
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from . import child, killing
from .__main__ import main
from .equivalents import LEDGER, Entry, load, stale
from .killing import Outcome, Recorded, Suite, forked
from .mutants import Mutant, mutants
from .planted import planted
from .report import judge, page, score
from .results import Results
from .sources import BACKENDS, all_mutants, sample

MODULE = "spec/diptych/example.py"


def after(source: str) -> set[str]:
    """The changed lines of every mutant."""
    return {mutant.after for mutant in mutants(MODULE, source)}


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("x = a - b\n", {"x = (a + b)", "x = a"}),
        ("x = a * b\n", {"x = (a / b)", "x = a", "x = b"}),
        ("x = a**b\n", {"x = (a * b)", "x = a"}),
        ("x = -a\n", {"x = a"}),
        ("def f(): return -2\n", {"def f(): return 2", "def f(): return -3"}),
        ("x = a < b\n", {"x = (a <= b)", "x = (a > b)"}),
        ("x = a is None\n", {"x = (a is not None)"}),
        ("x = a and b\n", {"x = (a or b)"}),
        ("x = 3, 0.5, 0.0, True\n", {f"x = {rest}" for rest in (
            "4, 0.5, 0.0, True", "3, 0.505, 0.0, True", "3, 0.5, 1.0, True", "3, 0.5, 0.0, False"
        )}),
        ("x = xp.sum(a, axis=b)\n", {"x = xp.mean(a, axis=b)", "x = a", "x = xp.sum(a)"}),
        ("x = f(a, b, xp=xp)\n", {"x = a", "x = f(b, a, xp=xp)"}),
        ("x = a if f else b\n", {"x = a if (not f) else b"}),
        ("x = a == 'word'\n", {"x = (a != 'word')", "x = a == 'word*'"}),
        ("def f(order='one'): g\n", {"def f(order='one*'): g"}),
        ("p.clip_()\n", {"pass", "p"}),
        ("x = x + y\n", {"x = (x - y)", "x = x", "x = y", "pass"}),
        ("with g.held():\n    y\n", {"with __import__('contextlib').nullcontext():", "with g:"}),
        ("def f(a, b=1): g\n\n\nx = f(c, d)\n", {
            "def f(a, b=2): g", "x = c", "x = f(d, c)", "x = f(c)"
        }),
        ("def f(a, b): g\n\n\nx = f(c, d)\n", {"x = c", "x = f(d, c)"}),
        ("class A:\n    b: int = 3\n\n    def f(self): return self.b\n", {
            "b: int = 4", "def f(self): return 3"
        }),
        ("class A:\n    b: int\n\n    def f(self): return self.b\n", set()),
        ("def f(nets, ops): return nets.g(z)\n", {
            "def f(nets, ops): return ops.stop(nets.g(z))", "def f(nets, ops): return z"
        }),
        ("f = lambda code, ops: g(code.z)\n", {
            "f = lambda code, ops: g(ops.stop(code.z))", "f = lambda code, ops: code.z"
        }),
        ("def f(nets): return nets.g(z)\n", {"def f(nets): return z"}),
        ("f = lambda code, ops: ops.stop(code.z)\n", {
            "f = lambda code, ops: code.z"
        }),
        ("class Adam:\n    beta: float = 0.9\n", {"beta: float = 0.909"}),
        ('x = "α" if -a else b\n', {'x = "α" if a else b', 'x = "α" if (not -a) else b'}),
    ],
)  # fmt: skip
def test_operators_make_what_they_say(source: str, changed: set[str]) -> None:
    assert after(source) == changed


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring, 1 + 1."""\n',
        "from a import b\n",
        "x: Literal['a', 1]\n",
        "@dataclass(frozen=True)\nclass A: pass\n",
        "CARD = Card(title=1 + 1)\n",
        "if not 0 < a < 1:\n    raise ValueError(f(1))\n",
        "def check(a):\n    if a < 1:\n        raise ValueError(a)\n\n\ncheck(b)\n",
        "class A(Protocol):\n    x: int = 1\n",
        "a = checks.whole('a', a, 2)\n",
        "a, b = checks.finite('a', a), checks.fraction('b', b)\n",
        "checks.positive('a', a)\n",
        "b = [checks.whole('a', a, 2) for a in c]\n",
        "x = a(name='label')\n".replace("a(", "A("),
    ],
)
def test_what_is_no_business_of_a_suite_is_left_alone(source: str) -> None:
    assert [m.after for m in mutants(MODULE, source) if "name" not in m.before] == []


def test_a_mutant_knows_the_function_that_runs_it() -> None:
    source = "A = 1\n\n\n@property\ndef f(a=2):\n    return lambda: 3\n"
    assert [(m.line, m.function, m.scope) for m in mutants(MODULE, source)] == [(1, 0, ""), (5, 0, ""), (6, 6, "f")]


def a_mutant(before: str = "a + b", after: str = "a - b", source: str = "", path: str = MODULE) -> Mutant:
    return Mutant(path, 3, "f", "arithmetic", before, after, 2, source)


def test_a_sample_is_of_its_seed() -> None:
    everything = [a_mutant(after=str(i)) for i in range(100)]
    assert sample(everything, 5, 1) == sample(everything, 5, 1) != sample(everything, 5, 2)
    assert sample(everything, 9, 1)[:5] == sample(everything, 5, 1)  # a run that is stopped has done a sample
    assert set(sample(everything, None, 0)) == set(everything)


def test_the_cases_that_run_a_function_face_its_mutants() -> None:
    ours, other = frozenset({(MODULE, 2)}), frozenset({("spec/diptych/other.py", 9)})
    slow, quick, shared = "a/b/float64/eager/value", "a/c/float64/eager/value", "a/b/float64/eager/value.formula"
    apart, compiled = "a/d/float64/eager/value", "a/d/float64/compiled/value"
    seconds = {
        slow: (2.0, ours),
        quick: (1.0, ours),
        shared: (0.1, other),
        apart: (0.2, other),
        compiled: (3.0, other),
    }
    suite = Suite("toy", True, {name: Recorded(*recorded) for name, recorded in seconds.items()})
    assert suite.facing(a_mutant()) == [quick, slow, shared]  # which looks at what `slow` has computed
    everything = [quick, slow, shared, apart, compiled]
    assert suite.facing(replace(a_mutant(), function=0)) == everything  # at import
    unseen = replace(a_mutant(), function=29)
    assert suite.facing(unseen) == [compiled]
    assert replace(suite, loading=frozenset({(MODULE, 29)})).facing(unseen) == everything


def test_a_function_that_no_case_calls_is_named() -> None:
    suite = Suite("toy", False, {"a/b/float64/eager/value": Recorded(1.0, frozenset({(MODULE, 2)}))})
    unseen, at_import = replace(a_mutant(), function=29, scope="C.g"), replace(a_mutant(), function=0)
    assert suite.unmet([a_mutant(), unseen, at_import]) == [f"{MODULE}: C.g"]
    assert replace(suite, loading=frozenset({(MODULE, 29)})).unmet([unseen]) == []


@pytest.mark.parametrize(("value", "by"), [(1, ""), (2, "a case"), ("f(", "import (SyntaxError)")])
def test_a_mutant_is_killed_by_the_case_that_sees_it(
    value: object, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_failure(backend: str, native: bool, ids: list[str]) -> str | None:
        return ids[0] if importlib.import_module("mutated_example").A == 2 else None

    monkeypatch.setattr(child, "first_failure", first_failure)
    mutant = a_mutant(source=f"A = {value}\n", path="spec/mutated_example.py")
    cases = {"a case": Recorded(0.1, frozenset({(mutant.path, mutant.function)}))}
    assert Suite("toy", False, cases).kill(mutant).by == by


@pytest.mark.parametrize("error", [MemoryError, OSError(24, "Too many open files")])
def test_a_machine_that_fails_kills_no_mutant(error: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def first_failure(backend: str, native: bool, ids: list[str]) -> str | None:
        raise error  # type: ignore[misc]

    monkeypatch.setattr(child, "first_failure", first_failure)
    mutant = a_mutant(source="A = 1\n", path="spec/mutated_example.py")
    cases = {"a case": Recorded(0.1, frozenset({(mutant.path, mutant.function)}))}
    assert not Suite("toy", False, cases).kill(mutant).killed


def test_what_hangs_or_dies_is_told_apart() -> None:
    assert forked(lambda: {"a": 1}, 600.0) == {"a": 1}
    assert forked(lambda: time.sleep(3600), 0.2) == "time"
    assert forked(lambda: os._exit(3), 600.0) is None


def test_calls_are_recorded_by_function() -> None:
    calls = child.Calls(Path(__file__).parents[2])
    with calls:
        a_mutant()
    assert ("tests/mutation/test_mutation.py", a_mutant.__code__.co_firstlineno) in calls.taken()


KNOWN = Entry("spec/…", "a + …", "a - b", "b is 0")


def the_results(by: str, path: Path = Path("results.json")) -> Results:
    about = {"target": "spec", "backend": "torch", "population": 1, "sample": None, "seed": 0}
    results = Results(path, about)
    results.add(a_mutant(), Outcome(by, 7, 1.0))
    return results


def test_a_survivor_is_told_unless_it_is_known_to_be_equivalent() -> None:
    survived, equivalent = judge([a_mutant()], the_results(""), []), judge([a_mutant()], the_results(""), [KNOWN])
    assert (survived[0].verdict, score(survived)) == ("survived", 0.0)
    assert (equivalent[0].verdict, score(equivalent)) == ("equivalent", 1.0)
    text = page([(the_results(""), survived)], ["command"])
    assert "## Survivors" in text
    assert "`a + b` → `a - b`" in text
    assert "b is 0" in page([(the_results(""), equivalent)], ["command"])


def test_the_page_has_the_score_without_what_does_not_load() -> None:
    ways = ("import (NameError)", "a/b/float64/eager/value", "")
    everything = [a_mutant(after=way) for way in ways]
    results = the_results("")
    for mutant, by in zip(everything, ways, strict=True):
        results.add(mutant, Outcome(by, 7, 1.0))
    lines = page([(results, judge(everything, results, []))], []).splitlines()
    (row,) = (line for line in lines if "| 66.7%" in line)
    assert row.endswith("| 2 | 0 | 0 | 1 | 66.7% | 50.0% |")


def test_what_is_out_of_reach_counts_as_a_survivor() -> None:
    unreached = Entry(KNOWN.module, KNOWN.before, KNOWN.after, "nobody asks", kind="unreached")
    assert score(judge([a_mutant()], the_results(""), [unreached])) == 0.0


def test_what_is_no_part_of_the_protocol_counts_neither_way() -> None:
    apart = Entry(KNOWN.module, KNOWN.before, KNOWN.after, "a user's own", kind="apart")
    assert score(judge([a_mutant()], the_results(""), [apart])) == 1.0


def test_a_mutant_called_equivalent_may_not_be_killed() -> None:
    assert judge([a_mutant()], the_results("a case"), [])[0].verdict == "killed"
    with pytest.raises(ValueError, match="called equivalent, but killed by a case"):
        judge([a_mutant()], the_results("a case"), [KNOWN])


def test_an_entry_that_fits_no_mutant_is_stale() -> None:
    assert stale([KNOWN], [a_mutant()]) == []
    assert stale([KNOWN], [a_mutant(before="b + a")]) == [KNOWN]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('module = "a"\nbefore = "b"\nafter = "c"', "reason"),
        ('module = "a"\nbefore = "b"\nafter = "c"\nreason = "d"\nkind = "other"', "kind must be one of"),
        ('module = "a"\nbefore = "b"\nafter = "c"\nreason = ""', "a reason is missing"),
    ],
)
def test_a_ledger_that_is_not_as_it_should_be_says_why(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "ledger.toml"
    file.write_text(f"[[mutant]]\n{text}\n")
    with pytest.raises(ValueError, match=complaint):
        load(file)


def test_the_ledger_fits_the_sources() -> None:
    everything = [mutant for target in BACKENDS for mutant in all_mutants(target)]
    assert stale(load(LEDGER), everything) == []


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    results = the_results("", tmp_path / "new" / "results.json")
    results.write()
    assert Results.read(results.path) == results


def test_results_of_other_sources_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = the_results("", tmp_path / "results.json")
    results.write()
    assert main(["report", str(results.path), "--out", str(tmp_path / "page.md")]) == 2
    assert "other sources" in capsys.readouterr().err


def test_a_healthy_suite_that_fails_is_no_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "load", lambda backend: None)
    monkeypatch.setattr(killing, "forked", lambda run, limit: "ValueError: a case fails without a mutant")
    with pytest.raises(ValueError, match="fails without a mutant"):
        killing.suite("torch", native=False)


SOURCE = (
    "from a import b\n\n\nclass C:\n    d: int = 1\n\n    @b\n    def f(self):\n        x = 2\n        return x\n"
)


def mistakes(folder: Path, *entries: tuple[str, str]) -> list[Mutant]:
    """The mistakes of a file, in a module that has the source above."""
    (folder / "m.py").write_text(SOURCE)
    file = folder / "mistakes.json"
    file.write_text(json.dumps([{"path": "m.py", "before": before, "after": after} for before, after in entries]))
    return planted(file, folder)


def test_a_planted_mistake_is_a_mutant_of_its_function_by_the_first_line_that_changes(tmp_path: Path) -> None:
    first, second, longer = mistakes(
        tmp_path,
        ("x = 2\n        return x", "x = 2\n        return 3"),
        ("int = 1", "int = 4"),
        ("int = 1", "int = 10"),
    )
    assert (first.line, first.scope, first.function) == (10, "C.f", 7)
    assert first.source == SOURCE.replace("return x", "return 3")
    assert (second.line, second.scope, second.function) == (5, "C", 0)
    assert (longer.line, longer.scope, longer.function) == (5, "C", 0)


@pytest.mark.parametrize("before", ["nowhere", "x"])
def test_a_planted_mistake_must_stand_in_one_place(tmp_path: Path, before: str) -> None:
    with pytest.raises(ValueError, match=r"mistake 1: m.py has its `before` \d times, not once"):
        mistakes(tmp_path, (before, "y"))
