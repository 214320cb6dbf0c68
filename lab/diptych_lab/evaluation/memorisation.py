"""Has the model learnt its rows by heart?  Of runs with rows that were held out."""

from diptych.metrics import Estimate, authenticity, memorisation_test
from diptych.metrics.intervals import share
from diptych.metrics.samples import number
from diptych_lab.evaluation.measure import Compared, Estimates, Measure


def measures() -> tuple[Measure, ...]:
    """Authenticity, and the test by distances to the nearest row trained on."""
    return (
        Measure(
            name="authenticity",
            title="Authenticity",
            numbers=("authenticity",),
            better={"authenticity": "high"},
            formula=r"\frac1n \#\{j : |y_j - x_{i(j)}| > |x_{i(j)} - x_{k(i(j))}|\},"
            r"\quad x_{i(j)} \text{ the nearest row trained on}",
            source="Alaa et al. 2022, section 4.3",
            says="the share of samples that lie farther from their nearest row trained on than that row does from "
            "its own nearest one: low where rows are copied",
            does_not_say="that samples are good: noise is authentic; other rows of the data have 1/2 or so",
            estimate=_authenticity,
            missing=_no_train,
        ),
        Measure(
            name="memorisation",
            title="Test of memorisation",
            numbers=("memorisation-z", "memorisation-p"),
            better={"memorisation-z": "high", "memorisation-p": "high"},
            formula=r"U(\{d(y, T)\}, \{d(x, T)\}),\quad d(y, T) = \min_{t \in T} |y - t|",
            source="Meehan et al. 2020, section 3",
            says="whether samples lie nearer to rows trained on than held-out rows do: z far below 0 says copies, "
            "and p is the chance of it where they do not; z far above 0 says samples unlike the data",
            does_not_say="which rows were copied; copies of a few rows among many good samples may hide",
            estimate=_test,
            missing=_no_train,
        ),
    )


def _no_train(compared: Compared) -> str:
    return "" if compared.train is not None else "it needs rows that were held out: train with --held-out 0.1"


def _authenticity(compared: Compared, seed: int) -> Estimates:
    assert compared.train is not None
    n = len(compared.fake)
    return {"authenticity": share(round(number(authenticity(compared.train(), compared.fake)) * n), n)}


def _test(compared: Compared, seed: int) -> Estimates:
    assert compared.train is not None
    found = memorisation_test(compared.train(), compared.real, compared.fake)
    z, p = map(number, found)
    return {
        "memorisation-z": Estimate(z, z, z, "none, a statistic: of N(0, 1) where nothing is copied"),
        "memorisation-p": Estimate(p, p, p, "none, a p-value"),
    }
