"""The command line as a user starts it, on toys."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import Pipe, connection
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from diptych_conformance import Result, Scope, Selection, Status, run
from diptych_conformance.__main__ import main
from diptych_conformance.report import read, together
from diptych_conformance.running import workers
from diptych_conformance.running.loading import Refused
from diptych_conformance.running.worker import Order

from .toy import Doubled, Toy

HERE = Path(__file__).parent
NARROW = (
    *("--workers", "1"),  # a second takes longer to start than to be done without
    *("--scope", "quick", "--level", "objectives", "--method", "ns-gan", "--dtype", "float64"),
)
FEW = ("--level", "primitives")  # cases are made before a backend is loaded
OF_A_RUN = (
    ("--level", "primitives"),
    ("--device", "cpu"),
    ("--deviations", "absent.toml"),
    ("--first",),
)


def start(
    *arguments: str, module: str = "diptych_conformance", cwd: Path = HERE
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, check=False)


Called = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def called(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Called:
    """`start` in this process, which has imported the suite; workers are processes still. Not for stdout."""
    monkeypatch.syspath_prepend(HERE)

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        try:
            status = main(arguments)
        except SystemExit as end:
            status = end.code
        return subprocess.CompletedProcess(arguments, status, stderr=capfd.readouterr().err)

    return call


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("what", [("--list",), ()], ids=["list", "run"])
@pytest.mark.parametrize(("output", "status"), [(">/dev/full", 2), (">&-", 0)], ids=["full", "closed"])
def test_output_that_goes_nowhere_is_no_verdict(what: tuple[str, ...], output: str, status: int) -> None:
    """Status 1 would say that the backend does not conform."""
    command = [sys.executable, "-m", "diptych_conformance", "--backend", "torch" if what else "toy:Toy", *NARROW]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    shell = ["sh", "-c", f'"$@" {output}', "sh", *command, *what]
    done = subprocess.run(shell, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == status, done.stderr
    assert done.stderr.count("\n") == (status == 2)
    assert ("error: cannot go on: [Errno 28]" in done.stderr) == (status == 2)


COMMANDS = {  # argparse, unbuffered, takes no notice of its help being lost
    "port": ("-m", "diptych_conformance.port", "fresh", "--into", "."),
    "port unbuffered": ("-u", "-m", "diptych_conformance.port", "fresh", "--into", "."),
    "port of the lab": ("-m", "diptych_lab", "port", "fresh", "--into", "."),
    "help of port": ("-m", "diptych_conformance.port", "--help"),
    "help": ("-m", "diptych_conformance", "--help"),
    "seeds": ("-m", "diptych_conformance.sensitivity.seeds", "--help"),
    "sensitivity": ("-m", "diptych_conformance.sensitivity", "--help"),
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_in_a_line_that_its_output_is_lost(command: str, tmp_path: Path) -> None:
    def ended(streams: str) -> tuple[int, str]:
        shell = ["sh", "-c", f'"$@" {streams}', "sh", sys.executable, *COMMANDS[command]]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        done = subprocess.run(shell, capture_output=True, text=True, env=environment, check=False, cwd=tmp_path)
        shutil.rmtree(tmp_path / "diptych-fresh", ignore_errors=True)
        return done.returncode, done.stderr

    status, said = ended(">/dev/full")
    assert status == 2, said
    assert re.fullmatch(r".*: error: cannot go on: \[Errno 28\] .*\n", said)
    assert ended(">/dev/full 2>/dev/full") == (2, "")
    assert ended("| :")[1] == ""  # a reader that went away


def test_a_healthy_port_conforms_and_leaves_its_report(tmp_path: Path) -> None:
    done = start("--backend", "toy:Toy", *NARROW, "--report", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "toy: conformant: 69 passed" in done.stdout
    document = json.loads((tmp_path / "conformance.json").read_text())
    assert (tmp_path / "toy.Toy" / "conformance.md").exists()
    assert document["conformant"]
    made_with = document["backends"][0]["environment"]
    assert made_with["threads"]["OMP_NUM_THREADS"] == "1"
    assert made_with["tf32_override"] == "0"


def test_two_backends_are_compared(tmp_path: Path) -> None:
    done = start("--backend", "toy:Toy", "--backend", "toy:Other", *NARROW, "--report", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "toy ~ other" in done.stdout
    pairs = json.loads((tmp_path / "conformance.json").read_text())["pairs"]
    assert {pair["kind"] for pair in pairs} == {"value", "gradient"}
    assert all(pair["passed"] for pair in pairs)


def test_a_backend_that_disagrees_fails_the_run() -> None:
    done = start("--backend", "toy:Doubled", "--backend", "toy:Toy", *NARROW)
    assert done.returncode == 1
    assert "doubled: NOT CONFORMANT" in done.stdout
    assert "FAILED, most in the problem" in done.stdout


def test_a_backend_that_ran_elsewhere_joins_by_its_report(tmp_path: Path, called: Called) -> None:
    for name in ("Toy", "Doubled"):
        called("--backend", f"toy:{name}", *NARROW, "--report", str(tmp_path / name))
    agree = start("--backend", "toy:Other", "--with", str(tmp_path / "Toy"), *NARROW)
    assert agree.returncode == 0, agree.stdout + agree.stderr
    assert "toy ~ other" in agree.stdout
    apart = ("--with", str(tmp_path / "Toy"), "--with", str(tmp_path / "Doubled"))
    differ = start(*apart, "--report", str(tmp_path / "both"))
    assert differ.returncode == 1
    assert "FAILED, most in the problem" in differ.stdout
    document = json.loads((tmp_path / "both" / "conformance.json").read_text())
    assert [backend["backend"] for backend in document["backends"]] == ["toy", "doubled"]
    assert len(document["pairs"]) == 2  # values and gradients


def _rewritten(folder: Path, old: str, new: str) -> None:
    file = folder / "conformance.json"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_report_of_another_run_does_not_join(tmp_path: Path, called: Called) -> None:
    run_ = ("--backend", "toy:Toy", *NARROW)
    assert called(*run_, "--report", str(tmp_path / "a")).returncode == 0
    joins = ("--with", str(tmp_path / "a"))
    assert "would overwrite it" in called(*joins, "--report", str(tmp_path / "a")).stderr
    assert "a second report of toy" in called(*joins, *joins).stderr
    assert "run with --seed 0, this run has 3" in called(*joins, "--seed", "3").stderr
    twice = called(*run_, *joins)
    assert twice.returncode == 2
    assert "a second backend of the name toy" in twice.stderr
    (backend,) = json.loads((tmp_path / "a" / "conformance.json").read_text())["backends"]
    _rewritten(tmp_path / "a", backend["environment"]["spec"], 64 * "0")
    assert "another spec" in called(*joins).stderr
    (tmp_path / "a" / "arrays.npz").write_bytes(b"PK\x03\x04")
    assert "not a whole report" in called(*joins).stderr
    absent = called("--with", str(tmp_path / "absent"))
    assert absent.returncode == 2
    assert "absent" in absent.stderr
    assert "Traceback" not in absent.stderr


def cases_of(folder: Path) -> dict[str, dict[str, object]]:
    (backend,) = json.loads((folder / "conformance.json").read_text())["backends"]
    return {case["id"]: case for case in backend["cases"]}


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file that workers leave when they hang. Until then the clock stands still, and then their time is up.

    So no case is lost because the machine is busy. It is one worker's: the others' time would be up with it.
    """
    sign, now = tmp_path / "hanging", [0.0]

    def wait(pipes: list[Connection], timeout: float) -> list[object]:
        hangs, talking = sign.exists(), connection.wait(pipes, timeout=0.05)  # it has said all before it hangs
        if hangs and not talking:
            sign.unlink()
            now[0] += 1e6
        return talking

    monkeypatch.setattr(workers, "wait", wait)
    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setenv("HANGS", str(sign))
    monkeypatch.syspath_prepend(HERE)
    return sign


@pytest.mark.parametrize(
    ("backend", "case", "detail", "asked"),
    [
        ("DiesTwice", "value", "the process ended with status 70", "Backend.value_and_grads(player, "),
        ("Hangs", "exactness.ownership", "--time-limit SECONDS", "Backend.trainer(method, "),
    ],
)
def test_a_process_that_is_lost_costs_its_case_and_no_other(
    backend: str, case: str, detail: str, asked: str, hanging: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaths = tmp_path / "deaths"
    deaths.touch()
    monkeypatch.setenv("DEATHS", str(deaths))
    workers_ = "1" if backend == "Hangs" else "2"  # what does not die is done by the other
    words = (*NARROW, "--workers", workers_, "--time-limit", "6", "--report", str(tmp_path))
    assert main(["--backend", f"toy:{backend}", *words]) == 1
    cases = cases_of(tmp_path)
    lost = {name for name, found in cases.items() if detail in str(found["detail"])}
    assert f"objectives/ns-gan/generator/dense/float64/eager/{case}" in lost
    assert {cases[name]["status"] for name in lost} == {"error"}
    assert all(str(cases[name]["asked"]).startswith(asked) for name in lost)
    assert all(cases[name]["seconds"] > 6 for name in lost) == (backend == "Hangs")
    assert cases["objectives/ns-gan/critic/dense/float64/eager/value"]["status"] == "passed"
    assert cases["objectives/ns-gan-smoothed/critic/dense/float64/eager/value"]["status"] == "passed"


def test_a_loss_that_is_declared_is_a_deviation_and_not_counted(
    hanging: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LOSSES", 1)
    file = tmp_path / "deviations.toml"
    entry = 'case = "objectives/*/exactness.ownership"\nkind = "notimpl"\nreason = "bug 7"\ndate = 2026-11-22\n'
    file.write_text(f"[[deviation]]\n{entry}")
    selection = Selection(Scope.QUICK, ("objectives",), ("gmmn",), ("float64",), ("eager",))
    result = workers.run_apart(Order("toy:Hangs", selection, file, time_limit=3.0))
    declared = [record for record in result.records if record.status is Status.DEVIATION]
    assert result.conformant, result.bad
    assert len(declared) > 1
    assert all(r.detail.startswith("declared notimpl, 2026-11-22: bug 7; no answer within 3 s; ") for r in declared)


def test_what_is_waited_for_at_the_start_is_said(
    hanging: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = f"import pathlib, time\npathlib.Path({str(hanging)!r}).touch()\ntime.sleep(3600)\n"
    (tmp_path / "sleepy.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(workers, "LOADING", 2.0)
    with pytest.raises(Refused, match="importing and making the backend: no answer within 3 s"):
        workers.run_apart(Order("sleepy:make", Selection(Scope.QUICK), time_limit=3.0))


def test_an_interrupt_keeps_what_there_is(tmp_path: Path) -> None:
    hanging = tmp_path / "hanging"
    environment = {**os.environ, "HANGS": str(hanging)}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE), environment.get("PYTHONPATH", "")])
    words = ("--backend", "toy:Hangs", *NARROW, "--workers", "1", "--report", str(tmp_path / "report"))
    command = [sys.executable, "-m", "diptych_conformance", *words]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
        # tests that run in the background of a shell inherit that an interrupt is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as run_:
        while not hanging.exists() and run_.poll() is None:
            time.sleep(0.1)
        os.killpg(run_.pid, signal.SIGINT)  # as the terminal does: to the workers, too
        out, err = run_.communicate(timeout=600)
    assert run_.returncode == 130, out + err
    assert re.search(r"interrupted after [1-9]\d* of [1-9]\d* cases", out)
    assert "Traceback" not in err
    cases = cases_of(tmp_path / "report" / "toy.Hangs")
    assert cases["suite/interrupted"]["status"] == "failed"
    assert "passed" in {found["status"] for found in cases.values()}
    assert cases_of(tmp_path / "report") == cases
    assert "interrupted after" in (tmp_path / "report" / "conformance.md").read_text()


def test_a_selection_without_a_case_is_refused(called: Called) -> None:
    done = called("--backend", "toy:Toy", "--level", "primitives", "--method", "gan")
    assert done.returncode == 2
    assert "no case is of all that was chosen: --level primitives --method gan" in done.stderr


def test_a_backend_that_dies_in_every_case_is_given_up(
    tmp_path: Path, called: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LOSSES", 3)
    done = called("--backend", "toy:Dies", *NARROW, "--report", str(tmp_path))
    assert done.returncode == 1, done.stderr
    details = [str(case["detail"]) for case in cases_of(tmp_path).values()]
    assert sum("status 70" in detail for detail in details) == workers.LOSSES  # a second worker's would be one more
    assert f"not run: {workers.LOSSES} processes were lost before it" in details


def test_workers_find_what_one_process_finds(tmp_path: Path, called: Called) -> None:
    """The same numbers in the same order, and what pairs are compared on."""
    done = called("--backend", "toy:Toy", *NARROW, "--workers", "3", "--report", str(tmp_path))
    assert done.returncode == 0, done.stderr
    alone = run(Toy(), Selection(Scope.QUICK, ("objectives",), ("ns-gan",), ("float64",)))
    apart = read(tmp_path / "toy.Toy")
    assert [(r.id, r.error) for r in apart.records] == [(r.id, r.error) for r in alone.records]
    assert list(apart.arrays) == list(alone.arrays)
    assert all(np.array_equal(a, apart.arrays[name]) for name, a in alone.arrays.items())


def test_a_report_that_cannot_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    done = start("--backend", "toy:Toy", *NARROW, "--report", str(file / "below"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "passed" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "--backend is needed; registered:"),
        (("--backend", "tosch", *FEW), "unknown backend 'tosch'; did you mean 'torch'?"),
        (("--backend", "toy:Toy", "--backend", "toy:Toy"), "may be given once"),
        (("--backend", "toy:Toy", "--backend", "toy:Other", "--deviations", "x.toml"), "one port"),
        (("--backend", "toy:Toy", "--deviations", "absent.toml", *FEW), "absent.toml"),
        (("--backend", "toy:Absent", *FEW), "Absent"),
        (("--backend", "absent_module:Toy", *FEW), "absent_module"),
        (("--backend", "toy:Toy", "--method", "wganx"), "--method: unknown method 'wganx'; did you mean 'wgan'"),
        (("--backend", "toy:Toy", "--workers", "x"), "--workers: must be a whole number, got 'x'"),
        (("--backend", "toy:Toy", "--seed", "x"), "--seed: must be a whole number, got 'x'"),
        (("--backend", "toy:Toy", "--time-limit", "abc"), "must be a number of seconds, got 'abc'"),
        (("--backend", "toy:Toy", "--report", ""), "--report: must be a path, got an empty text"),
        (("--backend", ":x", "--list"), "must be a registered name or module:factory, got ':x'"),
        (("--backend", "tosch", "--list"), "unknown backend 'tosch'; did you mean 'torch'?"),
        (("--level", "primitives", "--method", "gan", "--list"), "no case is of all that was chosen"),
        *((("--with", "g1", *words), f"{words[0]} is of a backend that is run here") for words in OF_A_RUN),
        (("--backend", "toy:Toy", "--workers", "0"), "must be at least 1, got 0"),
        (("--backend", "toy:Toy", "--time-limit", "0"), "must be positive and finite, got 0"),
        (("--backend", "toy:Toy", "--time-limit", "-1"), "must be positive and finite, got -1"),
        (("--backend", "toy:Toy", "--time-limit", "nan"), "must be positive and finite, got nan"),
        (("--backend", "toy:Toy", "--time-limit", "inf"), "must be positive and finite, got inf"),
        (("--backend", "toy:Toy", "--device", "moon", *FEW), "toy:Toy: unknown device 'moon'"),
        (("--backend", "toy:Particular", "--device", "moon", *FEW), "RuntimeError: expected one of cpu, got moon"),
        (("--backend", "toy:driverless", *FEW), "toy:driverless: RuntimeError: CUDA driver too old"),
        (("--backend", "toy:closed", *FEW), "toy:closed: OSError: [Errno 24] Too many open files"),
        (
            ("--backend", "toy:ending", *FEW),
            "toy:ending: it ended the process (status no licence) while it was loaded",
        ),
        (
            ("--backend", "toy:nothing", *FEW),
            "toy:nothing: the factory gave no backend: it must give an object with",
        ),
        (("--backend", "toy:nameless", *FEW), "`name` must be a str of one line, not empty, got ''"),
        (("--backend", "toy:listing", *FEW), "`capabilities` must be a frozenset of Capability ('float64', "),
        (("--backend", "toy:unheard", *FEW), "got frozenset({"),
        (("--backend", "toy:hasty", *FEW), "one that the capabilities allow (eager), got 'compiled'"),
        (("--backend", "toy:still", *FEW), "it must have the methods build, weights, native, call, "),
    ],
)
def test_what_cannot_be_run_as_asked_says_why(arguments: tuple[str, ...], complaint: str, called: Called) -> None:
    done = called(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ("toy:driverless", "toy:driverless: RuntimeError: CUDA driver too old"),
        ("toy:Raises", "toy:Raises: a second backend of the name toy; give one"),
    ],
)
def test_all_are_loaded_before_the_first_is_run_and_the_report_says_what_is_refused(
    second: str, complaint: str, tmp_path: Path, called: Called
) -> None:
    done = called("--backend", "toy:Toy", *NARROW, "--report", str(tmp_path))
    assert "**Conformant**" in (tmp_path / "conformance.md").read_text()
    done = start("--backend", "toy:Toy", "--backend", second, *NARROW, "--report", str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", complaint + "\n")
    text = (tmp_path / "conformance.md").read_text()
    assert "**Conformant**" not in text
    assert complaint.partition(": ")[2] in text
    assert f"not run: refused was {second}" in text
    assert "not run" in (tmp_path / "toy.Toy" / "conformance.md").read_text()


def test_a_refused_run_leaves_no_earlier_report(tmp_path: Path, called: Called) -> None:
    assert called("--backend", "toy:Toy", *NARROW, "--report", str(tmp_path)).returncode == 0
    assert called("--backend", "tosch", *NARROW, "--report", str(tmp_path)).returncode == 2
    (backend,) = json.loads((tmp_path / "conformance.json").read_text())["backends"]
    assert (backend["backend"], backend["conformant"]) == ("tosch", False)
    assert "unknown backend 'tosch'" in backend["cases"][0]["detail"]


def test_what_a_run_has_not_come_to_is_in_its_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An interrupt while the second backend is loaded for its run."""
    first = run(Toy(), Selection(Scope.QUICK, ("objectives",), ("ns-gan",), ("float64",)))

    def run_apart(order: Order, on_record: object = None) -> Result:
        if order.selection.levels == together.NOTHING:
            return replace(first, backend=order.backend)
        if order.backend == "b":
            raise KeyboardInterrupt
        return first

    monkeypatch.setattr(together, "run_apart", run_apart)
    assert main(["--backend", "a", "--backend", "b", *NARROW, "--report", str(tmp_path)]) == 130
    done, other = json.loads((tmp_path / "conformance.json").read_text())["backends"]
    assert (done["conformant"], other["conformant"]) == (True, False)
    assert "not come to it" in other["cases"][0]["detail"]


def test_a_machine_without_a_process_to_spare_is_no_fault_of_the_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pipe() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(workers, "get_context", lambda how: SimpleNamespace(Pipe=pipe))
    assert main(["--backend", "toy:Toy", *NARROW]) == 2
    said = capsys.readouterr().err
    assert said == "toy:Toy: no process could be started ([Errno 24] Too many open files)\n"


def test_a_worker_that_is_gone_when_it_is_handed_work_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    selection = Selection(Scope.QUICK, ("objectives",), ("ns-gan",), ("float64",))
    crew = workers._Crew(Order("toy:Toy", selection), list(selection.cases()))
    ours, theirs = Pipe()
    theirs.close()
    process = SimpleNamespace(join=lambda: None, kill=lambda: None, exitcode=-9)
    crew.workers.append(workers._Worker(process, ours, time.monotonic(), ready=True))
    hired, subjects = list[int](), [*crew.subjects]
    monkeypatch.setattr(workers, "wait", lambda pipes, timeout: [])  # its end has not been seen yet
    monkeypatch.setattr(crew, "_hire", lambda: hired.append(1))
    crew._listen()
    assert (crew.lost, crew.workers, hired, [*crew.subjects]) == (1, [], [1], subjects)
    assert crew.found == {}  # it had begun no case


def test_what_workers_did_after_the_stop_is_not_compared(tmp_path: Path, called: Called) -> None:
    words = ("--first", "--workers", "3", "--report", str(tmp_path))
    assert called("--backend", "toy:Doubled", *NARROW, *words).returncode == 1
    alone = run(Doubled(), Selection(Scope.QUICK, ("objectives",), ("ns-gan",), ("float64",), first=True))
    apart = read(tmp_path / "toy.Doubled")
    assert [record.id for record in apart.records] == [record.id for record in alone.records]
    assert list(apart.arrays) == list(alone.arrays)


def test_a_list_may_be_cut_short() -> None:
    command = [sys.executable, "-m", "diptych_conformance", "--list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        assert listing.stdout.readline().startswith("primitives/")
        listing.stdout.close()
        assert listing.stderr.read() == ""


def test_nothing_run_does_not_conform() -> None:
    done = start("--backend", "toy:Toy", *NARROW[:-1], "float32")
    assert done.returncode == 1
    assert "no case was run: not claimed are float32" in done.stdout


def test_cases_are_listed_without_a_backend() -> None:
    done = start("--list", *NARROW)
    assert done.returncode == 0
    assert "objectives/ns-gan/critic/dense/float64/eager/value" in done.stdout.splitlines()
