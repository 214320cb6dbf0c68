"""The laws of a run's random numbers hold, and each known mistake breaks the law that names it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import diptych
from diptych.method import Steps
from diptych_lab import metrics, train
from diptych_lab.folder import RunFolder

from .laws import LAWS
from .mistakes import MISTAKES, Mistake
from .recorded import BATCH, DATA, Recorder


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Any, tmp_path: Path) -> None:
    law(tmp_path)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_seen(mistake: Mistake, tmp_path: Path) -> None:
    with mistake.made(), pytest.raises(AssertionError):
        mistake.law(tmp_path)


def test_every_law_sees_a_mistake() -> None:
    assert {mistake.law for mistake in MISTAKES} == set(LAWS)


def test_a_round_without_a_step_is_a_round(tmp_path: Path) -> None:
    """Of a method whose players rest in every second one."""
    player = diptych.make("gmmn").players[0]
    seldom = replace(player, steps=Steps(usual=0, early=1, every=2))
    method = replace(diptych.make("gmmn"), name="seldom", players=(seldom,))
    settings: Any = {"data": DATA, "batch": BATCH, "width": 4, "say": lambda line: None}
    run = train(method, backend=Recorder(), out=tmp_path / "run", rounds=2, **settings)
    assert run.round == 2
    assert [row["round"] for row in metrics.read(tmp_path / "run" / "metrics.jsonl")] == [0, 1]
    assert RunFolder(tmp_path / "run").read_checkpoint(run.config).round == 2
