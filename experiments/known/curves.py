"""The curves of a result in one framework, kept as a file of arrays by game."""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import numpy as np

from diptych import atomic
from experiments.known import dirac_gan, disjoint, estimates, posteriors, primal_dual

Curve = Callable[[str, str], np.ndarray]  # game, framework -> a curve

RESULTS: Mapping[str, tuple[tuple[str, ...], Curve]] = {
    "dirac-gan": (tuple(dirac_gan.GAMES), dirac_gan.trajectory),
    "disjoint": (tuple(disjoint.GAMES), disjoint.gradients),
    "primal-dual": (primal_dual.GAMES, primal_dual.estimates),
    "estimates": (tuple(estimates.GAMES), estimates.estimates),
    "posteriors": (tuple(posteriors.GAMES), posteriors.codes),
}
BACKENDS = ("torch", "keras")
DIGITS = 12  # after the point: below them is the rounding of sums


def make(result: str, backend: str, folder: Path) -> None:
    games, curve = RESULTS[result]
    buffer = BytesIO()
    arrays = {str(i): np.round(curve(game, backend), DIGITS) for i, game in enumerate(games)}
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(path(result, backend, folder), buffer.getvalue())


def path(result: str, backend: str, folder: Path) -> Path:
    return folder / f"{result}-{backend}.npz"


def there(result: str, folder: Path) -> dict[str, dict[str, np.ndarray]]:
    """By game and framework.  ValueError where a file does not hold the games that there are."""
    games, _ = RESULTS[result]
    found: dict[str, dict[str, np.ndarray]] = {game: {} for game in games}
    for backend in BACKENDS:
        if (file := path(result, backend, folder)).exists():
            with np.load(file, allow_pickle=False) as arrays:
                if set(arrays) != {str(i) for i in range(len(games))}:
                    raise ValueError(f"{file}: not the curves of {', '.join(games)}; make them anew")
                for i, game in enumerate(games):
                    found[game][backend] = arrays[str(i)]
    return found
