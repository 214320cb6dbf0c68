"""Where the truth is known: the modes of the data set ``ring``."""

import numpy as np

from diptych.metrics import mode_coverage
from diptych.metrics.intervals import share
from diptych.metrics.record import Estimate
from diptych.randomness import generator
from diptych_lab.data import RING_SCALE, ring_modes
from diptych_lab.evaluation.measure import Compared, Estimates, Measure

REPEATS = 200


def measure() -> Measure:
    """Modes covered, the share of good samples, and KL of the histogram of the modes."""
    return Measure(
        name="modes",
        title="Modes of the ring",
        numbers=("modes covered", "good samples", "modes KL"),
        better={"modes covered": "high", "good samples": "high", "modes KL": "low"},
        formula=r"\#\{k : |y_j - \mu_k| \leq 3\sigma \text{ for some } j\},\quad"
        r"\frac1n \#\{j : |y_j - \mu_k| \leq 3\sigma \text{ for some } k\},\quad"
        r"\mathrm{KL}(\text{modes of the good samples}, \text{uniform})",
        source="Metz et al. 2017, section 3.1; radius of three standard deviations",
        says="How many of the eight modes have a sample within three standard deviations, which share of the "
        "samples lies there, and how unevenly these fall on the modes, in nats",
        does_not_say="How samples lie within a mode: all of a mode at one point counts as good",
        estimate=_estimate,
        missing=lambda compared: "" if compared.source == "ring" else "it knows the modes of the ring only",
    )


def _estimate(compared: Compared, seed: int) -> Estimates:
    rows = np.asarray(compared.fake_rows, np.float64)
    modes, radius = ring_modes(), 3 * RING_SCALE

    def numbers(x: np.ndarray) -> tuple[float, float, float]:
        found = mode_coverage(x, modes, radius=radius)
        return float(found.covered), float(found.share), float(found.kl)

    covered, good, kl = numbers(rows)
    stream, n = generator(seed, "modes"), len(rows)
    spread = np.array([numbers(rows[stream.integers(n, size=n)]) for _ in range(REPEATS)])
    low, high = np.quantile(spread, [0.025, 0.975], axis=0)
    how = f"percentiles of a bootstrap, {REPEATS} repeats"
    return {
        "modes covered": Estimate(covered, float(low[0]), covered, how),
        "good samples": share(round(good * n), n),
        "modes KL": Estimate(kl, min(float(low[2]), kl), max(float(high[2]), kl), how),
    }
