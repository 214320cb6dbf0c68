"""Where the truth is known: the modes of the data sets ``ring`` and ``grid``."""

from math import isfinite

import numpy as np

from diptych.metrics import Estimate, mode_coverage
from diptych.metrics.intervals import share
from diptych.metrics.samples import number
from diptych.randomness import generator
from diptych_lab.evaluation.measure import Estimates, Measure
from diptych_lab.toys import MODES, Modes

REPEATS = 200
KNOWN = " and ".join(each.title for each in MODES.values())


def measure() -> Measure:
    """Modes covered, the share of good samples, and KL of the histogram of the modes."""
    return Measure(
        name="modes",
        title="Modes of the ring and of the grid",
        numbers=("modes-covered", "good-samples", "modes-kl"),
        better={"modes-covered": "high", "good-samples": "high", "modes-kl": "low"},
        formula=r"\#\{k : |y_j - \mu_k| \leq 3\sigma \text{ for some } j\},\quad"
        r"\frac1n \#\{j : |y_j - \mu_k| \leq 3\sigma \text{ for some } k\},\quad"
        r"\mathrm{KL}(\text{modes of the good samples}, \text{uniform})",
        source="Metz et al. 2017, section 3.1; radius of three standard deviations",
        says="how many of the modes, 8 of the ring and 25 of the grid, have a sample within three standard "
        "deviations, which share of the samples lies there, and how unevenly these fall on the modes, in nats; no "
        "KL where no sample is good",
        does_not_say="how samples lie within a mode: all of a mode at one point counts as good",
        estimate=lambda compared, seed: of_modes(compared.fake_rows, MODES[compared.source], seed=seed),
        missing=lambda compared: "" if compared.source in MODES else f"it knows the modes of {KNOWN} only",
    )


def of_modes(samples: np.ndarray, law: Modes, *, seed: int = 0) -> Estimates:
    """The three numbers of samples, (n, 2), for the modes of this law."""
    rows = np.asarray(samples, np.float64)
    modes, radius, n = law.means, 3 * law.scale, len(rows)
    value = mode_coverage(rows, modes, radius=radius)
    covered, good, kl = map(number, value)
    found = {"good-samples": share(round(good * n), n)}
    stream = generator(seed, "modes")
    again = [mode_coverage(rows[stream.integers(n, size=n)], modes, radius=radius) for _ in range(REPEATS)]
    how = f"percentiles of a bootstrap, {REPEATS} repeats"
    low, high = np.quantile([number(each.covered) for each in again], [0.025, 0.975])
    found["modes-covered"] = Estimate(covered, float(low), float(high), how)
    if isfinite(kl):
        kls = [number(each.kl) for each in again if isfinite(number(each.kl))]
        low, high = np.quantile(kls, [0.025, 0.975]) if kls else (kl, kl)
        found["modes-kl"] = Estimate(kl, min(float(low), kl), max(float(high), kl), how)
    return found
