"""Central differences, extrapolated to step 0 by Romberg's scheme: derivatives from values alone."""

from collections.abc import Callable

LIMIT = 1e-9  # relative to the scale of the gradient; a healthy gradient is within about 1e-11


STEP = 1 / 32


def romberg(f: Callable[[float], float], *, step: float = STEP) -> float:
    """f'(0) for an f that is smooth near 0, from values at ±step, ±step/2, ..."""
    return extrapolated(f, step=step)[0]


def extrapolated(f: Callable[[float], float], *, step: float = STEP, levels: int = 5) -> tuple[float, float]:
    """f'(0) from 2·levels values at ±step, ±step/2, ..., and how far apart the numbers lie that it comes from.

    Where those do not settle, f has a kink within their reach (a sort changes its order, a hinge its side): the
    scheme starts again from steps 32 times smaller, up to twice.
    """
    best, doubt = _scheme(f, step, levels)
    for start in (step / 32, step / 1024):
        if settled(best, doubt):
            break
        best, doubt = min((best, doubt), _scheme(f, start, levels), key=lambda found: found[1])
    return best, doubt


def settled(derivative: float, doubt: float) -> bool:
    return doubt <= LIMIT / 16 * max(1.0, abs(derivative))


def _scheme(f: Callable[[float], float], step: float, levels: int) -> tuple[float, float]:
    """The derivative, and how far the entries it comes from lie apart.

    The error of (f(h) - f(-h)) / 2h is a series in h²; each column of the scheme removes one more term. The entry
    that moved least against its neighbours is taken: beyond it rounding grows again.
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
    return best, doubt
