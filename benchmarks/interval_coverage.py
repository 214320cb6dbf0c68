"""How often the 95 % intervals of metrics hold the value that they are of: docs/evidence/intervals.md.

python benchmarks/interval_coverage.py [--repeats 1000] [--out docs/evidence/intervals.md]

Of Gaussians, N(0, I) against N(shift, scale² I). The value is known in closed form, or is the mean over the repeats
where it is the expectation at n rows. One process, about a quarter of an hour; the table grows
as it goes on.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import gamma, hyp1f1

from diptych.metrics import METRICS

Known = Callable[["Setting"], float]


class Setting(NamedTuple):
    """n rows each, of d features."""

    n: int
    d: int
    shift: float
    scale: float = 1.0

    @property
    def law(self) -> str:
        if not self.shift and self.scale == 1:
            return "equal"
        return ", ".join(
            [f"shift {self.shift:g}"] * bool(self.shift) + [f"scale {self.scale:g}"] * (self.scale != 1)
        )


def kid(s: Setting) -> float:
    """MMD² of the cubic kernel, of N(0, I) and N(shift e_1, I)."""

    def mean(a: float, b: float) -> float:
        """E (<x, y>/d + 1)³, means a e_1 and b e_1"""
        first = a * b
        second = s.d + a * a + b * b + (a * b) ** 2
        third = a**3 * (b**3 + 3 * b) + 3 * a * (b**3 + (s.d + 2) * b)
        return third / s.d**3 + 3 * second / s.d**2 + 3 * first / s.d + 1

    return mean(0, 0) + mean(s.shift, s.shift) - 2 * mean(0, s.shift)


def energy(s: Setting) -> float:
    """Of N(0, I) and N(shift e_1, I), with the bias of a V-statistic at n rows."""

    def distance(shift: float) -> float:
        """E|X - Y|: a non-central χ, times √2"""
        return 2 * gamma((s.d + 1) / 2) / gamma(s.d / 2) * float(hyp1f1(-0.5, s.d / 2, -(shift**2) / 4))

    return 2 * (distance(s.shift) - distance(0)) + 2 * distance(0) / s.n


FAR, NEAR, EQUAL = (Setting(200, 4, shift) for shift in (1.0, 0.5, 0.0))
WIDE, SPREAD = Setting(400, 16, 1.0), Setting(200, 4, 0.0, 0.7)
MORE = Setting(400, 4, 0.5)
BALLS = Setting(400, 4, 1.0), Setting(400, 4, 0.0, 0.7), Setting(400, 4, 0.0)
CASES: dict[str, tuple[Known | None, tuple[Setting, ...]]] = {
    "fd": (None, (FAR, NEAR, WIDE, SPREAD, EQUAL)),
    "fd-infinity": (None, (FAR, NEAR, WIDE, SPREAD, EQUAL)),
    "kid": (kid, (FAR, NEAR, MORE, WIDE, EQUAL)),
    "energy": (energy, (FAR, NEAR, MORE, EQUAL)),
    "sliced-w1": (None, (FAR, SPREAD, EQUAL)),
    "sliced-w2": (None, (FAR, SPREAD, EQUAL)),
    "density-coverage": (None, BALLS),
    "precision-recall": (None, BALLS),
    "clipped-density-coverage": (None, BALLS),
}


def covered(name: str, known: Known | None, setting: Setting, repeats: int) -> list[str]:
    """A row of the table for each number of the metric."""
    metric, rng, found = METRICS[name], np.random.default_rng(setting.n), []
    for repeat in range(repeats):
        real = rng.standard_normal((setting.n, setting.d))
        fake = setting.scale * rng.standard_normal((setting.n, setting.d))
        fake[:, 0] += setting.shift
        found.append(metric.estimate(real, fake, seed=repeat))
    rows = []
    for number in metric.numbers:
        value, low, high = (
            np.asarray([getattr(e[number], end) for e in found]) for end in ("value", "low", "high")
        )
        truth = float(value.mean()) if known is None else known(setting)
        share = float(np.mean((low <= truth) & (truth <= high)))
        verdict = "" if 0.93 <= share <= 0.97 else ("wide" if share > 0.97 else "narrow")
        of = "mean of the repeats" if known is None else "closed form"
        shares = (f"{100 * s:.1f} %" for s in (share, np.mean(high < truth), np.mean(truth < low)))
        cells = (
            number,
            repeats,
            setting.law,
            setting.n,
            setting.d,
            f"{truth:.4g}",
            of,
            f"{value.std(ddof=1):.3g}",
            *shares,
        )
        rows.append(f"| {' | '.join(map(str, cells))} | {verdict} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("docs/evidence/intervals.md"))
    parser.add_argument("--metrics", nargs="*", default=list(CASES))
    options = parser.parse_args()
    rows: list[str] = []
    for name in options.metrics:
        known, settings = CASES[name]
        for setting in settings:
            began = time.perf_counter()
            few = options.repeats * 2 // 5 if setting in BALLS else options.repeats
            rows += covered(name, known, setting, few)
            print(
                *rows[-len(METRICS[name].numbers) :], f"{time.perf_counter() - began:.0f} s", sep="\n", flush=True
            )
            options.out.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")


HEAD = """# Coverage of the intervals

How often the 95 % intervals of `diptych.metrics.METRICS` hold the value they are of: Gaussians N(0, I) and
N(shift e₁, scale² I), n rows each, d features. The value is known in closed form, or is the mean of the repeats
where it is the expectation at n rows. A share of 1000 repeats is itself known to ± 1.4 %, of 500 to ± 1.9 %,
of 200 to ± 3.1 %.
"Below" and "above": the interval lies below, or above, the value. "Wide" and "narrow": more than 97 %, or less
than 93 %. [intervals.md](../intervals.md) says how each is made, and why some are too wide where the two laws are
equal. Made by `python benchmarks/interval_coverage.py`.

| number | repeats | laws | n | d | value | known by | sd | covered | below | above | |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""

if __name__ == "__main__":
    main()
