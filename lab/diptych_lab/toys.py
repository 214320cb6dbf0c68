"""Points in the plane from laws that are known, in float64, the same on every machine. By name: `TOYS`."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from diptych.randomness import DATA, generator

ROWS = 8192
RING_SCALE, GRID_SCALE = 0.02, 0.05  # standard deviations of each of their Gaussians


@dataclass(frozen=True, eq=False)
class Modes:
    """An equal mixture of Gaussians at `means`, (k, 2), of standard deviation `scale`."""

    title: str
    means: np.ndarray
    scale: float


def ring(n: int = ROWS, modes: int = 8, radius: float = 2.0, scale: float = RING_SCALE) -> np.ndarray:
    """An equal mixture of Gaussians of standard deviation `scale`, their means on a circle.  (n, 2)

    Metz et al. 2017, Unrolled Generative Adversarial Networks, section 3.1.
    """
    return _mixture("ring", ring_modes(modes, radius), n, scale)


def ring_modes(modes: int = 8, radius: float = 2.0) -> np.ndarray:
    """The means of `ring`, (modes, 2)."""
    return np.array([(radius * cos(2 * pi * i / modes), radius * sin(2 * pi * i / modes)) for i in range(modes)])


def grid(n: int = 25 * 328) -> np.ndarray:
    """An equal mixture of 25 Gaussians of standard deviation 0.05, at {-4, -2, 0, 2, 4}².  (n, 2)

    After Srivastava et al. 2017, VEEGAN, section 4.1.
    """
    return _mixture("grid", grid_modes(), n, GRID_SCALE)


def grid_modes() -> np.ndarray:
    """The means of `grid`, (25, 2)."""
    return np.array([(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)], float)


def moons(n: int = ROWS) -> np.ndarray:
    """Two half circles of radius 1 that reach into each other, each point moved by N(0, 0.05² I).  (n, 2)

    As `sklearn.datasets.make_moons`, at angles that are drawn uniformly.
    """
    rng = generator(0, DATA, "moons")
    angle, lower = rng.uniform(0, pi, n), np.arange(n) % 2
    points = np.stack([np.cos(angle), np.sin(angle)], 1)
    return np.where(lower[:, None], [1, 0.5] - points, points) + rng.normal(0, 0.05, (n, 2))


def swiss_roll(n: int = ROWS) -> np.ndarray:
    """A spiral r = t / 5, t uniform in [3π/2, 9π/2], each point moved by N(0, 0.1² I).  (n, 2)

    The first and the last coordinate of the surface of Marsland 2009, Machine Learning, chapter 10.
    """
    rng = generator(0, DATA, "swiss-roll")
    t = 1.5 * pi * (1 + 2 * rng.uniform(size=n))
    return np.stack([t * np.cos(t), t * np.sin(t)], 1) / 5 + rng.normal(0, 0.1, (n, 2))


def checkerboard(n: int = ROWS) -> np.ndarray:
    """Uniform on the dark ones of 4 x 4 squares over [-4, 4]².  (n, 2)

    As in Grathwohl et al. 2019, FFJORD, section 4.1.
    """
    rng = generator(0, DATA, "checkerboard")
    row, place = rng.integers(0, 4, n), rng.integers(0, 2, n)
    corner = np.stack([row, 2 * place + row % 2], 1)
    return 2 * (corner + rng.uniform(size=(n, 2))) - 4


def spirals(n: int = ROWS) -> np.ndarray:
    """Two arms r = t / 3, t the root of a uniform number times 3π, and the same turned by π; N(0, 0.1² I).  (n, 2)

    As in Grathwohl et al. 2019, FFJORD, section 4.1, without the shift along the arm there.
    """
    rng = generator(0, DATA, "spirals")
    t, arm = 3 * pi * np.sqrt(rng.uniform(size=n)), 1 - 2 * (np.arange(n) % 2)
    points = np.stack([-np.cos(t), np.sin(t)], 1) * (t * arm / 3)[:, None]
    return points + rng.normal(0, 0.1, (n, 2))


def _mixture(name: str, means: np.ndarray, n: int, scale: float) -> np.ndarray:
    return means[np.arange(n) % len(means)] + scale * generator(0, DATA, name).standard_normal((n, 2))


TOYS: dict[str, Callable[[], np.ndarray]] = {
    "ring": ring,
    "grid": grid,
    "moons": moons,
    "swiss-roll": swiss_roll,
    "checkerboard": checkerboard,
    "spirals": spirals,
}
_KINDS = {"ring": 8, "grid": 25, "moons": 2, "spirals": 2}  # each row is of the next kind
MODES = {
    "ring": Modes("the ring", ring_modes(), RING_SCALE),
    "grid": Modes("the grid", grid_modes(), GRID_SCALE),
}


def labels_of(name: str, n: int) -> np.ndarray | None:
    """(n,): of which mode, half circle or arm each row of a toy is; None of one that has no such parts."""
    return np.arange(n) % _KINDS[name] if name in _KINDS else None
