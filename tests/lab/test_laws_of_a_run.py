"""The laws of a run's random numbers hold, and each known mistake breaks the law that names it."""

from pathlib import Path
from typing import Any

import pytest

from .laws import LAWS
from .mistakes import MISTAKES, Mistake


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Any, tmp_path: Path) -> None:
    law(tmp_path)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_seen(mistake: Mistake, tmp_path: Path) -> None:
    with mistake.made(), pytest.raises(AssertionError):
        mistake.law(tmp_path)


def test_every_law_sees_a_mistake() -> None:
    assert {mistake.law for mistake in MISTAKES} == set(LAWS)
