"""Central differences, extrapolated to step 0 by Romberg's scheme: derivatives from values alone."""

from collections.abc import Callable

LIMIT = 1e-9  # relative to the scale of the gradient; a healthy gradient is within about 4e-11


def romberg(f: Callable[[float], float], *, step: float = 0.125, levels: int = 8) -> float:
    """f'(0) for a smooth f, from 2·levels values at ±step, ±step/2, ...

    The error of (f(h) - f(-h)) / 2h is a series in h²; each column of the scheme removes one more term. The entry
    that moved least against its neighbours is taken: beyond it rounding grows again, and steps across a kink (two
    samples that change places in a sorted loss) are passed over.
    """
    previous: list[float] = []
    best, doubt = float("nan"), float("inf")
    for level in range(levels):
        h = step / 2**level
        row = [(f(h) - f(-h)) / (2 * h)]
        for k, above in enumerate(previous, start=1):
            row.append(row[-1] + (row[-1] - above) / (4**k - 1))
            moved = max(abs(row[k] - row[k - 1]), abs(row[k] - above))
            if moved <= doubt:
                best, doubt = row[k], moved
        previous = row
    return best
