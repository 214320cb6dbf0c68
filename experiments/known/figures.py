"""The figures of the known results: both frameworks over each other, a panel a game."""

from collections.abc import Mapping
from io import BytesIO

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

DRAWN = 200  # codes of a point
Curves = Mapping[str, Mapping[str, np.ndarray]]  # by game and framework
STYLES: Mapping[str, dict[str, object]] = {
    "torch": {"color": "#c8453b", "lw": 1.6},
    "keras": {"color": "#2f6db3", "lw": 0.9, "ls": "--"},
}


def trajectories(paths: Curves) -> bytes:
    """(θ, ψ) of each game, (rounds + 1, 2); the equilibrium is a cross."""
    drawn, panels = _panels(len(paths))
    for axes, (game, by_backend) in zip(panels, paths.items(), strict=True):
        for backend, path in by_backend.items():
            axes.plot(path[:, 0], path[:, 1], label=backend, **STYLES[backend])  # type: ignore[arg-type]
        axes.plot(*next(iter(by_backend.values()))[0], "ko", ms=3)
        axes.plot(0, 0, "k+", ms=8)
        reach = min(4.0, 1.1 * max(float(np.abs(path).max()) for path in by_backend.values()))
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="θ", ylabel="ψ", aspect="equal")
        axes.set_title(game, fontsize=8)
    panels[0].legend(frameon=False, fontsize=7)
    return _svg(drawn)


def slopes(curves: Curves) -> bytes:
    """The derivative of the generator's loss by θ over the critic's rounds, on a logarithmic axis of its size."""
    drawn, panels = _panels(len(curves))
    for axes, (game, by_backend) in zip(panels, curves.items(), strict=True):
        for backend, found in by_backend.items():
            axes.semilogy(np.abs(found), label=backend, **STYLES[backend])
        axes.axhline(1.0, color="black", lw=0.6, ls=":")
        axes.set(xlabel="rounds of the critic", ylabel="|∂ loss / ∂θ|", ylim=(1e-4, 1e2))
        axes.set_title(game, fontsize=8)
    panels[0].legend(frameon=False, fontsize=7)
    return _svg(drawn)


def sides(curves: Curves, every: int) -> bytes:
    """The estimates of W1 over the rounds, (readings, 2), and the exact value beside them."""
    drawn, panels = _panels(len(curves))
    for axes, (game, by_backend) in zip(panels, curves.items(), strict=True):
        for backend, found in by_backend.items():
            axes.plot(every * np.arange(1, len(found) + 1), found[:, 0], label=backend, **STYLES[backend])  # type: ignore[arg-type]
            axes.axhline(found[0, 1], color="black", lw=0.8, ls=":")
        axes.set(xlabel="rounds", ylabel="estimate of W1", ylim=(0.0, 2.6))
        axes.set_title(game, fontsize=8)
    panels[0].legend(frameon=False, fontsize=7)
    return _svg(drawn)


def followed(curves: Curves, every: int) -> bytes:
    """The value of a game over the rounds, and W1 (dotted), (readings, 2)."""
    drawn, panels = _panels(len(curves))
    for axes, (game, by_backend) in zip(panels, curves.items(), strict=True):
        for backend, found in by_backend.items():
            rounds, own = every * np.arange(1, len(found) + 1), {**STYLES[backend]}
            axes.plot(rounds, found[:, 0], label=backend, **own)  # type: ignore[arg-type]
            axes.plot(rounds, found[:, 1], color=own["color"], lw=1.0, ls=":")
        axes.axhline(0.0, color="black", lw=0.4)
        axes.set(xlabel="rounds", ylabel="value of the game; W1 dotted")
        axes.set_title(game, fontsize=8)
    panels[0].legend(frameon=False, fontsize=7)
    return _svg(drawn)


def codes(curves: Curves) -> bytes:
    """Codes of each point, (points, codes, 2 and more), a colour a point: a column a game, a row a framework."""
    shown = [(game, b, by[b]) for b in STYLES for game, by in curves.items() if b in by]
    drawn, panels = _panels(len(shown), columns=len(curves))
    for axes, (game, backend, found) in zip(panels, shown, strict=True):
        for i, z in enumerate(found[:, :DRAWN, :2]):
            axes.scatter(z[:, 0], z[:, 1], s=2, c=f"C{i}", linewidths=0)
        axes.set(xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), aspect="equal")
        axes.set_title(f"{game}, {backend}", fontsize=8)
    return _svg(drawn)


def _panels(count: int, columns: int = 4) -> tuple[Figure, list[Axes]]:
    columns = min(columns, count)
    rows = -(-count // columns)
    drawn = Figure(figsize=(2.4 * columns, 2.4 * rows), layout="constrained")
    panels = [*np.atleast_1d(drawn.subplots(rows, columns)).flat]
    for left in panels[count:]:
        left.set_axis_off()
    return drawn, panels[:count]


def _svg(drawn: Figure) -> bytes:
    buffer = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "diptych", "svg.fonttype": "none", "font.size": 7}):
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
