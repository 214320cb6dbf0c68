"""Terms of a loss, counted and made too large; and the smallest error of one that the suite still sees."""

import json
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import diptych
from diptych_conformance import all_cases
from diptych_conformance.references.oracle import OPS, networks
from diptych_conformance.sensitivity import Floor, Perturbed, floors, measure, page, perturbed, players
from diptych_conformance.sensitivity.__main__ import main

from .toy import Toy, driverless

RUNG = 2.0**-46  # 64 eps


def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """Three numbers, one number a row, and a matrix, which is none of the terms."""
    xp = ops.xp
    centred = x - xp.mean(x, axis=0, keepdims=True)
    return xp.sum(xp.sum(centred * centred, axis=1)) + 2 * xp.mean(x) - 3 * xp.mean(x * x)


X = np.array([[1.0, 2.0], [3.0, 5.0]])


def value(index: int) -> Any:
    return perturbed(index, 0.5)(loss)(None, X, SimpleNamespace(), OPS)


def test_every_term_is_made_too_large_one_at_a_time() -> None:
    counts: list[int] = []
    plain = perturbed(-1, 0.5, counts)(loss)(None, X, SimpleNamespace(), OPS)
    assert counts == [4]
    assert plain == loss(None, X, SimpleNamespace(), OPS) == 6.5 + 5.5 - 29.25
    assert [value(index) - plain for index in range(4)] == [3.25, 3.25, 2.75, -14.625]


def test_what_is_not_a_mean_or_a_sum_is_the_namespace_s_own() -> None:
    ops = Perturbed(OPS, 0, 0.5)
    assert ops.xp.exp is OPS.xp.exp
    assert ops.grad is OPS.grad


def test_the_floor_of_a_game_is_a_few_units_in_the_last_place() -> None:
    """A limit of 64 eps on a loss of about 1 gives a floor of about 64 eps."""
    found = measure(Toy(), ("ns-gan",))
    assert {floor.subject for floor in found} == {
        f"{variant}/{player}/dense"
        for variant in ("ns-gan", "ns-gan-smoothed", "ns-gan-other")
        for player in ("critic", "generator")
    }
    assert [floor.term for floor in found] == [0, 1, 0] * 3
    assert all(floor.met and floor.floor is not None and floor.floor <= 4 * RUNG for floor in found)
    assert all(floor.leg for floor in found)


def test_a_term_that_no_case_sees_has_no_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floors, "_seen", lambda *args: "")
    assert {(floor.floor, floor.met) for floor in measure(Toy(), ("lsgan",))} == {(None, False)}


def test_a_loss_in_which_no_term_is_seen_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a player whose loss was never looked at would be missing from the page, and nobody would know."""
    monkeypatch.setattr(floors, "perturbed", lambda index, delta, counts: lambda objective: objective)
    with pytest.raises(ValueError, match="no term is seen in the loss of lsgan/critic/dense"):
        measure(Toy(), ("lsgan",))


def test_every_variant_and_player_of_the_catalogue_is_measured() -> None:
    subjects = {
        case.subject for case in all_cases() if case.level == "objectives" and case.subject.endswith("/dense")
    }
    assert {subject for _, subject in players()} == subjects
    forms = ("gmmn", "gmmn-unbiased", "gmmn-other", "energy distance in data space")
    assert set(players(("gmmn",))) == {("gmmn", f"{form}/generator/dense") for form in forms}


def test_the_page_has_a_row_a_player_and_marks_what_is_above() -> None:
    found = (
        Floor("gan", "gan/critic/dense", 0, 1e-14, "value"),
        Floor("gan", "gan/critic/dense", 1, 1e-9, "gradient"),
        Floor("gan", "gan/generator/dense", 0, None, ""),
        Floor("sinkhorn", "sinkhorn/generator/dense", 2, None, ""),
        Floor("sinkhorn", "sinkhorn/generator/dense", 0, 1e-14, "value"),
    )
    text = page(found, "toy", 0)
    assert "5 terms of 3 players; 2 of 4 have a floor of at most 1e-10, the largest 1.0e-09; 1 have no" in text
    assert "| gan/critic | 2 | **1.0e-09** | 1 | gradient |" in text
    assert "| gan/generator | 1 | **none** | 0 | nothing |" in text
    assert "| sinkhorn/generator | 2 | 1.0e-14 | 0 | value |" in text
    assert "- without influence: term 2 of sinkhorn/generator/dense, a sum within an iteration" in text


def one_call(f: Any, x: Any) -> Any:
    """A difference in the place of a derivative, from one call of f, as autodiff has it."""
    moved = f(np.concatenate([x + 0.1, x]))
    return (moved[: len(x)] - moved[len(x) :])[:, None] * np.ones_like(x)


@pytest.mark.parametrize(("subject", "term"), floors.WITHOUT_INFLUENCE)
def test_what_is_listed_has_no_influence_and_another_has(subject: str, term: int) -> None:
    ((_, cases),) = [entry for entry in players().items() if entry[0][1] == subject]
    target = cases[0].run.args[0]  # type: ignore[attr-defined]
    nets = networks(target.problem.networks, target.problem.weights, training=True)
    noise, x = SimpleNamespace(**target.problem.noise), target.problem.x
    ops = SimpleNamespace(xp=OPS.xp, grad=one_call, stop=OPS.stop)

    def value(index: int) -> float:
        return float(perturbed(index, 1e-3)(target.player.objective)(nets, x, noise, ops))

    plain = value(-1)
    assert value(term) == pytest.approx(plain, rel=1e-13)
    another = next(each for each in count(term) if (subject, each) not in floors.WITHOUT_INFLUENCE)
    assert abs(value(another) - plain) > 1e-9
    assert Floor("", subject, term, None, "").met
    assert not Floor("", subject, term, 1e-14, "value").met  # else the list is wrong


def test_the_command_writes_a_page_and_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diptych, "backend", lambda name: Toy())
    files = tmp_path / "page.md", tmp_path / "deep" / "report.json"
    words = ("--backend", "toy", "--method", "ae", "--page", str(files[0]), "--report", str(files[1]))
    assert main(words) == 0
    assert "terms, 0 not as required" in capsys.readouterr().out
    assert files[0].read_text().startswith("# Sensitivity\n")
    assert {floor["subject"] for floor in json.loads(files[1].read_text())["floors"]} == {"ae/autoencoder/dense"}


def test_an_unknown_backend_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(("--backend", "tosch")) == 2
    assert "did you mean 'torch'?" in capsys.readouterr().err
    monkeypatch.setattr(diptych, "backend", lambda name: driverless())
    assert main(("--backend", "toy")) == 2
    assert capsys.readouterr().err == "toy: RuntimeError: CUDA driver too old\n"
