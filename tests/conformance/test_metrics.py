"""Level `metrics`: every metric has cases, each is found from its case, and the second statements are apart."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

import diptych_conformance
from diptych import metrics
from diptych.protocol import Capability
from diptych_conformance import Scope, Selection
from diptych_conformance import run as run_suite
from diptych_conformance.cases.metrics import metrics as made
from diptych_conformance.cases.metrics.estimates import DEFAULTS, ENOUGH
from diptych_conformance.checks.statements import given
from diptych_conformance.core.result import Record, Status
from diptych_conformance.references.formulas import frechet, neighbours
from diptych_conformance.references.formulas.estimates import ESTIMATES
from diptych_conformance.report.guide import next_piece

from .toy import CLAIMS, Cornered

PUBLIC = {name: f for name in metrics.__all__ if inspect.isfunction(f := getattr(metrics, name))}
FUNCTIONS = sorted(name for name, f in PUBLIC.items() if next(iter(inspect.signature(f).parameters)) != "model")
FORMULAS = Path(str(diptych_conformance.__file__)).parent / "references/formulas"


def test_every_metric_has_cases_and_a_case_is_named_after_its_metric() -> None:
    assert sorted({metric.name.split()[0] for metric in made(0)}) == FUNCTIONS


def test_every_metric_by_name_has_its_second_statement_and_says_how_many_rows_are_enough() -> None:
    assert set(ESTIMATES) == set(ENOUGH) == set(metrics.METRICS)


def test_every_default_of_a_metric_is_stated() -> None:
    optional = {f for f in PUBLIC.values() if any(value is not None for value in given(f).values())}
    assert optional <= DEFAULTS.keys()


@pytest.mark.parametrize("seed", range(2))
def test_a_healthy_backend_passes_whatever_the_seed(seed: int) -> None:
    toy = Cornered(*CLAIMS, Capability.FLOAT32, Capability.XLA)
    result = run_suite(toy, Selection(Scope.STANDARD, levels=("metrics",), dtypes=("float64",), seed=seed))
    assert [record.id for record in result.bad] == []


@pytest.mark.parametrize(
    ("subject", "place"),
    [
        ("frechet_distance of images", "frechet.py: frechet_distance"),
        ("sliced-w2 and its interval", "estimators.py: sliced"),
        ("fd and its interval", "estimators.py: frechet"),
        ("vae/codes", "codes.py: encoder_report"),
        ("iwae/likelihoods", "likelihood.py: likelihood_report"),
        ("bounds by annealing", "likelihood.py: bdmc"),
    ],
)
def test_a_case_that_fails_says_where_its_metric_is_defined(subject: str, place: str) -> None:
    record = Record(f"metrics/{subject}/float64/eager/value", "metrics", "value", Status.FAILED)
    assert f"diptych/metrics/{place}\n" in f"{next_piece([record])}\n"


def test_the_second_statements_import_nothing_of_the_spec() -> None:
    for path in FORMULAS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "diptych"], path


def test_what_is_known_of_the_second_statements_themselves() -> None:
    """Gaussians whose roots commute; the mean of a beta-binomial law, which nothing cuts at k, and of one fake."""
    a, b, origin = np.diag([4.0, 9.0]), np.diag([1.0, 16.0]), np.zeros(2)
    assert frechet.frechet_of_moments(origin, a, origin + 1, b) == pytest.approx(2 + 1 + 1)
    assert neighbours.expected_coverage(40, 30, 30) == pytest.approx(30 / 40)
    assert neighbours.expected_coverage(3, 1, 1) == pytest.approx(1 / 3)
