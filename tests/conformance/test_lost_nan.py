"""A NaN in one tensor of a gradient fails the legs that look at slopes, whatever the tensors after it."""

from typing import Any

import numpy as np
import pytest

from diptych_conformance import Scope, Selection, Status, run
from diptych_conformance.core.tolerance import slope_error

from . import toy

SELECTION = Selection(
    Scope.QUICK, levels=("objectives",), methods=("ns-gan",), dtypes=("float64",), executions=("eager",)
)


class FirstIsNan(toy.Toy):
    """The gradient of the first tensor, and no other, is NaN."""

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = super().value_and_grads(*args, **settings)
        first = next(iter(grads.values()))
        first[next(iter(first))][...] = np.nan
        return loss, grads


def test_a_nan_in_one_tensor_is_not_forgotten() -> None:
    records = run(FirstIsNan(), SELECTION).records
    failed = {r.id.rpartition("/")[2] for r in records if r.status is Status.FAILED}
    edges = {f"exactness.{edge}" for edge in ("high", "low", "flat", "steep", "coincident")}
    assert failed == {"gradient", "gradient.formula", *edges}
    bad = [r for r in records if r.status is Status.FAILED]
    assert all(r.error == np.inf and (".0." in r.detail or r.id.endswith("gradient.formula")) for r in bad)


@pytest.mark.parametrize(("got", "reference"), [(np.nan, 0.0), (0.0, np.nan), (np.inf, np.inf)])
def test_an_error_that_is_no_number_is_infinite(got: float, reference: float) -> None:
    assert slope_error(got, reference, 1.0) == np.inf


def test_an_error_is_relative_to_the_scale() -> None:
    assert slope_error(3.0, 1.0, 4.0) == 0.5
