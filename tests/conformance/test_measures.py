"""Differences, errors and pairs: the numbers everything else is judged by."""

import math

import numpy as np
import pytest

from diptych_conformance.checks.training import Path, compared
from diptych_conformance.core.tolerance import (
    FLOOR,
    Error,
    allowed,
    array_error,
    eps,
    gradient_scale,
    gradients_error,
    relative_error,
    slope_error,
    value_error,
)
from diptych_conformance.references.differences import romberg
from diptych_conformance.running.pairwise import compare


@pytest.mark.parametrize(
    ("f", "derivative"),
    [
        (math.exp, 1.0),
        (math.sin, 1.0),
        (lambda t: math.log1p(t) * 1e3, 1e3),
        (lambda t: 3.0, 0.0),
        (math.tanh, 1.0),
        (lambda t: math.exp(t) + 9 * max(0.0, t - 0.003), 1.0),  # a kink near by
    ],
)
def test_extrapolated_differences_reach_eleven_digits(f: object, derivative: float) -> None:
    assert romberg(f) == pytest.approx(derivative, rel=4e-11, abs=1e-12)  # type: ignore[arg-type]


def test_a_value_is_measured_against_one_or_itself() -> None:
    unit = eps("float64")
    assert value_error(3 * unit, 0.0, "float64") == pytest.approx(3)
    assert value_error(1e6 * (1 + 4 * unit), 1e6, "float64") == pytest.approx(4, abs=0.5)
    assert value_error([0.0, 1e6], [2 * unit, 1e6], "float64") == pytest.approx(2)  # entry by entry
    assert value_error(1e4, 1e4 + 1, "float32", scale=1e4) == pytest.approx(1 / (1e4 * eps("float32")), rel=1e-3)


@pytest.mark.parametrize(
    ("got", "reference"),
    [
        (np.nan, 1.0),
        (1.0, np.nan),
        (np.inf, 1.0),
        (1.0, np.inf),
        (np.inf, -np.inf),
        (np.ones(2), np.ones(3)),
        (np.ones((2, 1)), np.ones(2)),
    ],
)
def test_what_is_not_a_number_or_of_another_shape_is_infinitely_wrong(got: object, reference: object) -> None:
    assert value_error(got, reference, "float64") == np.inf


def test_equal_infinities_and_nans_are_equal() -> None:
    assert value_error([np.inf, np.nan, 1.0], [np.inf, np.nan, 1.0], "float64") == 0


def test_gradients_are_measured_against_the_largest_entry_of_all() -> None:
    reference = {"f": {"kernel": np.array([100.0, 0.0]), "bias": np.zeros(1)}}
    got = {"f": {"kernel": np.array([100.0, 0.0]), "bias": np.array([1e-13])}}
    error, where = gradients_error(got, reference, "float64")
    assert where == "f.bias"
    assert error == pytest.approx(1e-15 / eps("float64"))


def test_a_gradient_of_zeros_is_measured_against_the_floor() -> None:
    assert gradient_scale({"f": {"bias": np.zeros(3)}}) == FLOOR
    assert array_error(np.full(3, 1e-17), np.zeros(3), "float64") < allowed()
    assert array_error(np.full(3, 1e-12), np.zeros(3), "float64") > allowed()


def test_arrays_of_other_names_are_infinitely_apart() -> None:
    assert relative_error({"a": np.ones(1)}, {"b": np.ones(1)}) == np.inf
    assert relative_error({"a": np.full(2, 1 + 1e-9)}, {"a": np.ones(2)}) == pytest.approx(1e-9, rel=1e-3)


def test_pairs_give_the_largest_difference_of_each_method() -> None:
    here = {"value|ns-gan|float64|one|loss": np.array(1.0), "value|ns-gan|float64|two|loss": np.array(1.0)}
    there = {
        **here,
        "value|ns-gan|float64|two|loss": np.array(1.0 + 1e-13),
        "value|vae|float64|only|loss": np.array(0),
    }
    (difference,) = compare({"a": here, "b": there})
    assert (difference.pair, difference.method, difference.where, difference.compared) == (
        ("a", "b"),
        "ns-gan",
        "two",
        2,
    )
    assert difference.error == pytest.approx(1e-13 / eps("float64"), rel=1e-2)
    assert not difference.passed
    assert compare({"a": here, "b": dict(here)})[0].passed


@pytest.mark.parametrize("end", [math.nan, math.inf])
def test_a_path_that_diverges_is_like_no_other_not_even_itself(end: float) -> None:
    healthy = Path({"critic": np.array([1.0, 2.0])}, {}, {})
    diverged = Path({"critic": np.array([1.0, end])}, {}, {})
    assert compared(healthy, healthy).passed
    finding = compared(diverged, diverged)
    assert not finding.passed
    assert finding.detail == "Trainer.step: losses of critic"


def test_an_error_names_its_worst_entry_in_as_few_digits_as_tell_two_numbers_apart() -> None:
    got = np.ones((3, 2))
    got[2, 1] = 2.0
    assert value_error(got, np.ones((3, 2)), "float64").entry == "got 2, expected 1 at (2, 1)"
    assert value_error(1.0 + 1e-7, 1.0, "float32").entry == "got 1.0000001, expected 1"
    assert array_error([np.inf, 0.0], [0.5, 0.0], "float64").entry == "got inf, expected 0.5 at (0,)"
    assert value_error(np.ones(1), 1.0, "float64").entry == "shape (1,), not ()"
    slope = slope_error(-1.0, 1.0, 4.0)
    assert (slope / 2, (slope / 2).entry) == (0.25, "slope got -1, expected 1")
    names = relative_error({"a": np.ones(1)}, {"b": np.ones(1)})
    assert isinstance(names, Error)
    assert names.entry == "names ['a'], not ['b']"
