"""The metrics beside other libraries' on the same features, in float64: `nox -s compare_metrics` writes the page.

    python benchmarks/compare_metrics.py docs/evidence/metrics.md

Needs torch, torchmetrics, torch-fidelity, prdc, POT, SciPy and scikit-learn.
"""

import contextlib
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import ot
import prdc
import scipy.linalg
import scipy.spatial
import scipy.stats
import torch
from sklearn.metrics.pairwise import polynomial_kernel
from torch_fidelity import metric_fid, metric_kid, metric_prc
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from diptych import atomic, functional, metrics

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 16))
Y = RNG.normal(size=(300, 16)) @ (np.eye(16) + RNG.normal(size=(16, 16)) / 8) + 0.2
DIRECTIONS = RNG.normal(size=(50, 16))
LIBRARIES = ("torch", "torchmetrics", "torch-fidelity", "prdc", "pot", "scipy", "scikit-learn")
PREAMBLE = """# The metrics beside other libraries'

Made by `nox -s compare_metrics`, with {versions}.

Each value is of the same features in float64, 300 and 300 rows of 16, drawn without ties. The difference is
relative to ours, and must be at most 1e-9.

| number | theirs | ours | theirs, value | difference |
|---|---|---|---|---|
"""
CASES = """
## Where they part

The smallest case that shows it, each with the value that the definition gives.

| case | library | its value | ours | right |
|---|---|---|---|---|
"""


class Same(torch.nn.Module):
    """Features of features, for classes that want a network."""

    num_features = 16

    def __init__(self, d: int = 16) -> None:
        super().__init__()
        self.num_features = d

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def torchmetrics_fid(x: Any, y: Any) -> float:
    metric = FrechetInceptionDistance(feature=Same(x.shape[1])).set_dtype(torch.float64)
    metric.update(torch.tensor(x), real=True)
    metric.update(torch.tensor(y), real=False)
    return float(metric.compute())


def torchmetrics_kid(x: Any, y: Any) -> float:
    metric = KernelInceptionDistance(feature=Same(), subsets=1, subset_size=len(x)).set_dtype(torch.float64)
    metric.update(torch.tensor(x), real=True)
    metric.update(torch.tensor(y), real=False)
    return float(metric.compute()[0])


def fidelity_fid(x: Any, y: Any) -> float:
    statistics = [metric_fid.fid_features_to_statistics(torch.tensor(rows)) for rows in (x, y)]
    return float(metric_fid.fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"])


def fidelity_kid(x: Any, y: Any) -> float:
    options = {"kid_subsets": 1, "kid_subset_size": len(x), "verbose": False, "rng_seed": 0}
    values = metric_kid.kid_features_to_metric(torch.tensor(y), torch.tensor(x), **options)
    return float(values["kernel_inception_distance_mean"])


def fidelity_prc(x: Any, y: Any, k: int) -> dict[str, float]:
    options = {"prc_neighborhood": k, "prc_batch_size": 10000, "save_cpu_ram": False, "verbose": False}
    return dict(metric_prc.prc_features_to_metric(torch.as_tensor(y), torch.as_tensor(x), **options))


def scipy_fd(x: Any, y: Any) -> float:
    a, b = np.cov(x.T), np.cov(y.T)
    root = np.real(scipy.linalg.sqrtm(a @ b))
    return float(np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + np.trace(a + b - 2 * root))


def scikit_kid(x: Any, y: Any) -> float:
    kxx, kyy, kxy = (polynomial_kernel(a, b, degree=3, coef0=1) for a, b in ((x, x), (y, y), (x, y)))
    m, n = len(x), len(y)
    within = (kxx.sum() - np.trace(kxx)) / (m * (m - 1)) + (kyy.sum() - np.trace(kyy)) / (n * (n - 1))
    return float(within - 2 * kxy.mean())


def scipy_energy(x: Any, y: Any) -> float:
    between, of_x, of_y = (scipy.spatial.distance.cdist(a, b).mean() for a, b in ((x, y), (x, x), (y, y)))
    return float(2 * between - of_x - of_y)


def scipy_memorisation(train: Any, held_out: Any, fake: Any) -> float:
    a, b = (scipy.spatial.distance.cdist(rows, train).min(axis=1) for rows in (fake, held_out))
    options = {"alternative": "less", "use_continuity": False, "method": "asymptotic"}
    return float(scipy.stats.mannwhitneyu(a, b, **options).pvalue)


def quiet_prdc(x: Any, y: Any, k: int) -> dict[str, float]:
    with contextlib.redirect_stdout(io.StringIO()):
        return dict(prdc.compute_prdc(x, y, nearest_k=k))


def sliced(x: Any, y: Any, order: int) -> float:
    return float(functional.sliced_wasserstein_distance(x, y, DIRECTIONS, order=order)) ** (1 / order)


def pot_sliced(x: Any, y: Any, order: int) -> float:
    directions = (DIRECTIONS / np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)).T
    return float(ot.sliced_wasserstein_distance(x, y, projections=directions, p=order))


def agreements() -> Iterator[tuple[str, str, float, float]]:
    """(number, theirs, our value, their value)"""
    fd, kid = float(metrics.frechet_distance(X, Y)), float(metrics.kernel_distance(X, Y))
    yield "Fréchet distance", "torchmetrics", fd, torchmetrics_fid(X, Y)
    yield "Fréchet distance", "torch-fidelity", fd, fidelity_fid(X, Y)
    yield "Fréchet distance", "SciPy's `sqrtm`", fd, scipy_fd(X, Y)
    yield "kernel distance", "torchmetrics, one subset of all", kid, torchmetrics_kid(X, Y)
    yield "kernel distance", "torch-fidelity, one subset of all", kid, fidelity_kid(X, Y)
    yield "kernel distance", "scikit-learn's kernel", kid, scikit_kid(X, Y)
    yield "energy distance", "SciPy's `cdist`", float(metrics.energy_distance(X, Y)), scipy_energy(X, Y)
    line = float(metrics.energy_distance(X[:, :1], Y[:, :1])) ** 0.5
    yield "energy distance on a line, its root", "SciPy", line, scipy.stats.energy_distance(X[:, 0], Y[:, 0])
    for order in (1, 2):
        yield f"sliced W{order}, 50 directions", "POT", sliced(X, Y, order), pot_sliced(X, Y, order)
    theirs, fidelity = quiet_prdc(X, Y, 5), fidelity_prc(X, Y, 3)
    ours = metrics.precision_recall(X, Y, k=5)._asdict() | metrics.density_coverage(X, Y, k=5)._asdict()
    for name in ("precision", "recall", "density", "coverage"):
        yield f"{name}, k = 5", "prdc", float(ours[name]), theirs[name]
    three = metrics.precision_recall(X, Y)._asdict()
    for name in ("precision", "recall"):
        yield f"{name}, k = 3", "torch-fidelity, in float32", float(three[name]), fidelity[name]
    p = float(metrics.memorisation_test(X, Y[:150], Y[150:]).p_value)
    yield "memorisation, p", "SciPy's Mann-Whitney test", p, scipy_memorisation(X, Y[:150], Y[150:])


def differences() -> Iterator[tuple[str, str, float, float, str]]:
    """(case, library, its value, our value, the right one)"""
    twice = np.asarray([[0.0], [0.0], [1.0], [1.0]])
    ours = metrics.precision_recall(twice, twice, k=1)
    yield (
        "precision of {0, 0, 1, 1} against itself, k = 1",
        "prdc",
        quiet_prdc(twice, twice, 1)["precision"],
        float(ours.precision),
        "1: a sample is like itself",
    )
    covered = metrics.density_coverage(twice, twice, k=1)
    yield "coverage of the same", "prdc", quiet_prdc(twice, twice, 1)["coverage"], float(covered.coverage), "1"
    near = (RNG.normal(size=(30, 16)) * 0.1 + 1000).astype(np.float32)
    away = near + np.float32(0.3)
    yield (
        "precision of 30 rows, 1000 from 0 and 0.1 apart, against them 0.3 further in each feature, float32",
        ("torch-fidelity"),
        fidelity_prc(near, away, 3)["precision"],
        float(metrics.precision_recall(near, away).precision),
        "0",
    )
    x = RNG.normal(size=(4, 40))
    exact = np.sum(x.mean(axis=0) ** 2) + np.trace(np.cov(x.T))
    few: list[tuple[str, Callable[[Any, Any], float]]] = [
        ("torchmetrics", torchmetrics_fid),
        ("torch-fidelity", fidelity_fid),
        ("SciPy's `sqrtm`", scipy_fd),
    ]
    for library, f in few:
        own = float(metrics.frechet_distance(x, x))
        yield "Fréchet distance of 4 rows of 40 features to themselves", library, f(x, x), own, "0"
    for library, f in few:
        off, own = f(x, 2 * x) - exact, float(metrics.frechet_distance(x, 2 * x)) - exact
        yield "Fréchet distance of the same rows x to 2x, less the exact one", library, off, own, "0"


def page() -> str:
    names = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    lines = [PREAMBLE.format(versions=names)]
    worst = 0.0
    for number, library, own, theirs in agreements():
        difference = abs(own - theirs) / abs(own)
        worst = max(worst, difference if "float32" not in library else 0.0)
        lines.append(f"| {number} | {library} | {own:.12g} | {theirs:.12g} | {difference:.1e} |\n")
    if worst > 1e-9:
        raise SystemExit("".join(lines) + f"\na relative difference of {worst:.1e}")
    lines.append(CASES)
    lines += [
        f"| {case} | {library} | {its:.3g} | {own:.3g} | {right} |\n"
        for case, library, its, own, right in differences()
    ]
    return "".join(lines)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # SciPy says that a root is inaccurate, which is what is shown
    atomic.write(Path(sys.argv[1]), page())
