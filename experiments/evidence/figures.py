"""Every method's first samples over the data, a panel each, in both frameworks."""

from io import BytesIO

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diptych_lab.toys import TOYS
from experiments.evidence.measured import SPREAD
from experiments.evidence.records import Result
from experiments.evidence.summary import verdict
from experiments.tables import Table

ROW = 8  # panels
TRUTH = 600  # points of the data
COLOURS = {"torch": "#c8453b", "keras": "#2f6db3"}


def figure(table: Table[Result]) -> bytes:
    """PNG bytes: a function of the table.  The samples of the first seed, none chosen."""
    panels = [
        (method, backend, shown[0])
        for method in table.methods
        for backend in table.backends
        if (shown := [each for each in table.of(method, backend) if each.points])
    ]
    rows = -(-len(panels) // ROW)
    truth = TOYS[table.data]()[:TRUTH]
    with matplotlib.rc_context({"font.size": 7}):
        drawn = Figure(figsize=(1.4 * ROW, 1.55 * rows), layout="constrained")
        grid = np.atleast_2d(drawn.subplots(rows, ROW, squeeze=False))
        for axes in grid.flat:
            axes.set_axis_off()
        for axes, (method, backend, result) in zip(grid.flat, panels, strict=False):
            _panel(axes, truth, np.array(result.points), 1.5 * SPREAD[table.data], COLOURS[backend])
            axes.set_title(f"{method}\n{backend}, {verdict(table, method).works}", fontsize=6)
        buffer = BytesIO()
        drawn.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _panel(axes: Axes, truth: np.ndarray, points: np.ndarray, reach: float, colour: str) -> None:
    axes.scatter(truth[:, 0], truth[:, 1], s=3, c="#cccccc", linewidths=0)
    axes.scatter(points[:, 0], points[:, 1], s=2, c=colour, linewidths=0, alpha=0.7)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
