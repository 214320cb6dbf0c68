"""The metrics by name: what each says, and what it does not; of two samples of features, real and fake ones.

What needs more than these stands apart: `authenticity`, `memorisation_test`, `prd_curve`, `mode_coverage`,
`active_units`, and what is known of a model (`likelihood`, `codes`).
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Literal

from diptych.metrics import estimators
from diptych.metrics.record import Metric

LOW: Literal["low"] = "low"
HIGH: Literal["high"] = "high"


def _moments(m: int, n: int, d: int) -> str:
    least = min(m, n)
    if least <= d:
        return f"{least} rows for {d} features: the covariances are singular, and both number and interval unsure"
    if least < 20 * d:
        return f"{least} rows for {d} features: FD is biased upwards, compare at equal numbers of rows only"
    return ""


def _infinity(m: int, n: int, d: int) -> str:
    if n < 10 * d:
        return f"{n} fake rows for {d} features: the bias is no straight line in 1/n down to a tenth of them"
    return _moments(m, m, d)  # the bias of the real rows remains


def _few(least: int, m: int, n: int, d: int) -> str:
    return f"{min(m, n)} rows: intervals are too narrow below {least}" if min(m, n) < least else ""


def _balls(m: int, n: int, d: int) -> str:
    if m != n:
        return f"{m} real and {n} fake rows: these numbers depend on both sizes, compare at equal ones only"
    return _few(500, m, n, d)


def _sliced(order: int) -> Metric:
    name, power = f"sliced-w{order}", "" if order == 1 else f"^{order}"
    return Metric(
        name=name,
        title=f"Sliced W{order}" + ("" if order == 1 else ", squared"),
        numbers=(name,),
        better={name: LOW},
        formula=rf"\mathbb{{E}}_\theta W_{order}{power}(\langle\theta, P\rangle, \langle\theta, Q\rangle),"
        r"\quad \theta \text{ uniform on the sphere}",
        source="Bonneel et al. 2015, section 3",
        says="how far the features must be moved, as seen on random lines, in units of the features"
        + ("" if order == 1 else ", squared"),
        does_not_say="whether rows are bad or missing; in many dimensions a line sees little of what a few "
        "features do, and equal laws have a number above 0 that falls with n",
        estimate=partial(estimators.sliced, order=order),
        warning=partial(_few, 200),
    )


_ALL = (
    Metric(
        name="fd",
        title="Fréchet distance",
        numbers=("fd",),
        better={"fd": LOW},
        formula=r"\lVert\mu - \mu'\rVert^2 + \operatorname{tr}(\Sigma + \Sigma' - 2(\Sigma\Sigma')^{1/2})",
        source="Dowson & Landau 1982; Heusel et al. 2017, section 2",
        says="how far mean and covariance of the features are from those of the data",
        does_not_say="anything beyond two moments, nor whether rows are bad or missing; of n rows it is not "
        "what it is of more",
        estimate=estimators.frechet,
        warning=_moments,
    ),
    Metric(
        name="fd-infinity",
        title="Fréchet distance, extrapolated to endlessly many fakes",
        numbers=("fd-infinity",),
        better={"fd-infinity": LOW},
        formula=r"\lim_{n\to\infty} \mathrm{FD}(P_m, Q_n), \text{ from a line in } 1/n",
        source="Chong & Forsyth 2020, section 4",
        says="what FD would be without the bias of few fakes",
        does_not_say="what the bias of the real rows adds, which remains; and as FD",
        estimate=estimators.frechet_infinity,
        warning=_infinity,
    ),
    Metric(
        name="kid",
        title="Kernel distance",
        numbers=("kid",),
        better={"kid": LOW},
        formula=r"\mathrm{MMD}_u^2,\quad k(x, y) = (\langle x, y\rangle / d + 1)^3",
        source="Bińkowski et al. 2018, section 4",
        says="how far the first three moments of the features are from those of the data, without bias: 0 in the "
        "mean for equal laws, and so at times below",
        does_not_say="whether rows are bad or missing; it grows with the sixth power of the features' scale",
        estimate=estimators.kernel,
        warning=partial(_few, 50),
    ),
    Metric(
        name="energy",
        title="Energy distance",
        numbers=("energy",),
        better={"energy": LOW},
        formula=r"2\,\mathbb{E}|X - Y| - \mathbb{E}|X - X'| - \mathbb{E}|Y - Y'|",
        source="Székely & Rizzo 2013",
        says="whether the laws differ at all, in units of the features; 0 for equal ones alone",
        does_not_say="in what they differ; of few rows it is biased upwards",
        estimate=estimators.energy,
        warning=partial(_few, 50),
    ),
    Metric(
        name="mmd-test",
        title="Two-sample test by MMD",
        numbers=("mmd2", "p"),
        better={"mmd2": LOW, "p": HIGH},
        formula=r"p = \frac{1 + \#\{\pi : \mathrm{MMD}^2_\pi \ge \mathrm{MMD}^2\}}{1 + 1000}",
        source="Gretton et al. 2012, section 5; Phipson & Smyth 2010",
        says="how surprising the difference would be if both samples were of one law",
        does_not_say="how large the difference is: with enough rows p is small for every model",
        estimate=estimators.mmd_test,
        warning=partial(_few, 50),
    ),
    _sliced(1),
    _sliced(2),
    Metric(
        name="precision-recall",
        title="Improved precision and recall, k = 3",
        numbers=("precision", "recall"),
        better={"precision": HIGH, "recall": HIGH},
        formula=r"\frac1n\sum_j 1[\exists i: |y_j - x_i| \le r_i],"
        r"\quad \frac1m\sum_i 1[\exists j: |x_i - y_j| \le s_j]",
        source="Kynkäänniemi et al. 2019, eq. 1 and 2",
        says="which share of the fakes is like real rows, and which share of the real rows is like fakes",
        does_not_say="how dense they are there; one far row has a ball that holds much, and the numbers depend on "
        "the rows, their sizes and k",
        estimate=estimators.precision_and_recall,
        warning=_balls,
    ),
    Metric(
        name="density-coverage",
        title="Density and coverage, k = 5",
        numbers=("density", "coverage"),
        better={"density": HIGH, "coverage": HIGH},
        formula=r"\frac1{kn}\sum_{ij} 1[|x_i - y_j| \le r_i],\quad \frac1m\sum_i 1[\exists j: |x_i - y_j| \le r_i]",
        source="Naeem et al. 2020, eq. 3 and 4",
        says="how many real neighbourhoods a fake lies in, against 1 for the data's own law, and which share of "
        "them is reached",
        does_not_say="that a high density is good: fakes in the midst of the data alone have more than 1",
        estimate=estimators.density_and_coverage,
        warning=_balls,
    ),
    Metric(
        name="clipped-density-coverage",
        title="Clipped density and coverage, k = 5",
        numbers=("clipped-density", "clipped-coverage"),
        better={"clipped-density": HIGH, "clipped-coverage": HIGH},
        formula=r"\frac1n\sum_j \min(b_j / k, 1),\quad f^{-1}\Big(\frac1m\sum_i \min(a_i / k, 1)\Big)",
        source="Salvy, Talbot & Thirion, arXiv 2507.01761",
        says="which share of the fakes is good, and which share of good fakes would cover the data as these do: "
        "both fall in proportion as good fakes are replaced by bad ones",
        does_not_say="whether fakes crowd where the data are dense, for no row counts more than once",
        estimate=estimators.clipped_density_and_coverage,
        warning=_balls,
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.name: metric for metric in _ALL})
