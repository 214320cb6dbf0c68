"""Many seeds of the same cases: counted, the worst kept with its seed, an alarm given a place."""

import json
from pathlib import Path

import pytest

import diptych
from diptych_conformance import Scope, Selection
from diptych_conformance.sensitivity.seeds import lines, main, survey

from .toy import Doubled, Toy, driverless

FEW = Selection(Scope.QUICK, levels=("objectives",), methods=("ns-gan",), executions=("eager",))


def test_health_raises_no_alarm_and_leaves_the_worst_of_every_kind() -> None:
    found = survey(Toy(), FEW, range(3))
    assert (found.seeds, found.alarms) == (3, [])
    assert found.cases == 3 * len([case for case in FEW.cases() if case.dtype == "float64"])
    assert ("objectives", "gradient.formula", "float64") in found.worst
    assert {seed for seed, _ in found.worst.values()} <= {0, 1, 2}
    assert all(record.error <= record.allowed for _, record in found.worst.values())  # type: ignore[operator]
    assert next(iter(lines(found))) == f"3 seeds, {found.cases} cases, 0 alarms"


def test_an_alarm_names_its_seed_and_its_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diptych, "backend", lambda name: Doubled())
    words = ("--backend", "doubled", "--first", "7", "--seeds", "1", "--level", "objectives", "--method", "gmmn")
    assert main((*words, "--report", str(tmp_path / "seeds.json"))) == 1
    assert "ALARM seed 7: objectives/gmmn/generator/dense/float64/eager/value: error" in capsys.readouterr().out
    alarms = json.loads((tmp_path / "seeds.json").read_text())["alarms"]
    assert {alarm["seed"] for alarm in alarms} == {7}


def test_what_cannot_be_run_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(("--backend", "tosch")) == 2
    assert "did you mean 'torch'?" in capsys.readouterr().err
    monkeypatch.setattr(diptych, "backend", lambda name: driverless())
    assert main(("--backend", "toy")) == 2
    assert capsys.readouterr().err == "toy: RuntimeError: CUDA driver too old\n"
    monkeypatch.setattr(diptych, "backend", lambda name: Toy())
    assert main(("--backend", "toy", "--seeds", "1", "--level", "rounds", "--method", "gmmn")) == 2
    assert "toy: no case was run" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(("--backend", "toy", "--seeds", "0"))
    assert "--seeds must be at least 1, got 0" in capsys.readouterr().err
