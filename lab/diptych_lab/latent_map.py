"""Where the codes of rows lie, beside draws of the prior: in the plane, or in that of two principal components."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from diptych import checks, randomness
from diptych_lab.held_out import evaluated
from diptych_lab.own_data import data_like, own_data
from diptych_lab.trained import Run

_COLOURS = 20  # labels of more kinds are not told apart
_GRAY = "#70757d"


@dataclass(frozen=True, eq=False)
class LatentMap:
    """`codes` (n, k) of the `rows`, and as many draws of the `prior`, None where its space is another.

    `labels` (n,) are those of the rows, where the data have any. `axes` (2, k) are the directions of the plane that
    is shown, through `centre`: the coordinates themselves where k is 2 or 1, else the first two principal
    components of the codes, which hold the share `explained` of their variance.
    """

    rows: str
    codes: np.ndarray
    prior: np.ndarray | None
    labels: np.ndarray | None
    centre: np.ndarray
    axes: np.ndarray
    explained: float

    def shown(self, codes: np.ndarray) -> np.ndarray:
        """(n, k) to (n, 2), the plane; of one dimension (n, 1)."""
        return (codes - self.centre) @ self.axes.T

    @property
    def title(self) -> str:
        k = self.codes.shape[1]
        plane = f": two principal components of {k}, {self.explained:.0%} of their variance" if k > 2 else ""
        return f"codes of {len(self.codes)} {self.rows}{plane}"

    def arrays(self) -> dict[str, np.ndarray]:
        """What a file of it holds: codes, the prior's draws, both in the plane, and labels, as far as there are."""
        found = {"codes": self.codes, "prior": self.prior, "labels": self.labels, "shown": self.shown(self.codes)}
        if self.prior is not None:
            found["prior_shown"] = self.shown(self.prior)
        return {name: array for name, array in found.items() if array is not None}

    def picture(self) -> bytes:
        """PNG bytes: codes, coloured by label, beside draws of the prior; of one dimension histograms."""
        from matplotlib.figure import Figure  # here, for it takes a second to import

        sides = [(self.title, self.codes, self.labels)]
        if self.prior is not None:
            sides.append(("draws of the prior", self.prior, None))
        figure = Figure(figsize=(4.8 * len(sides), 5.0), layout="constrained")
        panels = figure.subplots(1, len(sides), sharex=True, sharey=True, squeeze=False)[0]
        for axes, (title, codes, labels) in zip(panels, sides, strict=True):
            _draw(axes, title, self.shown(codes), labels)
        if self.codes.shape[1] > 1:
            _widen(panels[0])
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
        return buffer.getvalue()


def latent_map(run: Run, data: Any = None, n: int = 2000, seed: int = 0) -> LatentMap:
    """Where the codes of at most `n` rows lie: a draw of Q(z|x) each, so that together they are a sample of Q_Z.

    The rows are those that the run held out, all of its data where it held out none, or `data`, what `load_data`
    takes; of more than `n` some are drawn by `seed`. Of a method whose codes are not of the prior's space, they are
    E(x), and no prior is beside them. ValueError where the method has no encoder.
    """
    n, seed = checks.whole("n", n), checks.whole("seed", seed, 0)
    run.method.of_encoder("encode")
    config = run.config
    if data is None:
        given, rows = evaluated(own_data(config), config.held_out, config.seed), "held-out rows"
        rows = rows if config.held_out else "rows trained on"
    else:
        given, rows = data_like(config, data), "rows"
    some = np.sort(randomness.generator(seed, "latent map").permutation(len(given.x))[:n])
    x, labels = given.x[some], None if given.labels is None else _labels(given.labels, len(given.x))[some]
    if run.method.draw_codes is None:
        codes, prior = run.model.encode(x), None
    else:
        codes = run.model.draw_codes(x, seed=seed)
        law = run.method.prior
        prior = law.sample(randomness.generator(seed, "latent map", "prior"), len(codes), config.shapes)
    return LatentMap(rows, codes, prior, labels, *_plane(codes))


def _labels(labels: Any, n: int) -> np.ndarray:
    """Those of n rows. Raises ValueError where there are more or fewer."""
    found = np.asarray(labels)
    if found.shape != (n,):
        raise ValueError(f"labels must have shape {(n,)}, one for each row, got {found.shape}")
    return found


def _plane(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """A point of the plane, its directions, and the share of the variance in it."""
    k = codes.shape[1]
    if k <= 2:
        return np.zeros(k), np.eye(k), 1.0
    centre = codes.astype(np.float64).mean(axis=0)
    # of fewer rows than dimensions all directions, for there may be fewer than two with variance
    _, sizes, directions = np.linalg.svd(codes - centre, full_matrices=len(codes) < k)
    axes = directions[:2]
    largest = axes[np.arange(2), np.abs(axes).argmax(axis=1)]
    parts = sizes**2 / max((sizes**2).sum(), np.finfo(float).tiny)
    return centre, axes * np.where(largest < 0, -1, 1)[:, None], float(parts[:2].sum())


def _widen(axes: Any) -> None:
    """Codes on a line have no extent across it, and the plane cannot be drawn to scale without any."""
    sides = axes.get_xlim(), axes.get_ylim()
    least = max(high - low for low, high in sides) / 20
    for (low, high), give in zip(sides, (axes.set_xlim, axes.set_ylim), strict=True):
        if high - low < least:
            give((low + high - least) / 2, (low + high + least) / 2)


def _draw(axes: Any, title: str, points: np.ndarray, labels: np.ndarray | None) -> None:
    axes.set_title(title.replace(": ", ":\n"), fontsize=9, loc="left")
    axes.tick_params(labelsize=8)
    kinds = [None] if labels is None or len(found := np.unique(labels)) > _COLOURS else list(found)
    for i, kind in enumerate(kinds):
        own, colour = points if kind is None else points[labels == kind], _GRAY if kind is None else f"C{i % 10}"
        if points.shape[1] == 1:
            axes.hist(own[:, 0], bins=40, color=colour, alpha=0.5, label=kind)
        else:
            axes.set_aspect("equal")
            marker = "o" if i < _COLOURS // 2 else "^"
            axes.scatter(own[:, 0], own[:, 1], s=6, c=colour, marker=marker, linewidths=0, label=kind)
    if kinds != [None]:
        axes.legend(fontsize=7, frameon=False, markerscale=2, loc="upper right")
