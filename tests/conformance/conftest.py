"""Results that reports are made of: of a healthy toy, and of one whose losses are twice what they should be."""

import pytest

from diptych_conformance import Result, Scope, Selection, run

from . import toy

SELECTION = Selection(Scope.QUICK, levels=("objectives",), methods=("ns-gan",), dtypes=("float64",))


@pytest.fixture(scope="session")
def healthy() -> Result:
    return run(toy.Toy(), SELECTION)


@pytest.fixture(scope="session")
def broken() -> Result:
    return run(toy.Doubled(), SELECTION)
