"""The figures of one data set: precision against recall, the curves of both over each other, sharpness."""

from io import BytesIO

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.precision_recall.methods import FAMILY, METHODS
from experiments.precision_recall.plan import BACKENDS
from experiments.precision_recall.summary import Table
from experiments.values import Value

COLOURS = {"dual": "#c8453b", "primal": "#2f6db3", "hybrid": "#6a9a3b"}
MARKERS = dict(zip(BACKENDS, ("o", "s"), strict=True))
DASHES = ("-", "--", ":", "-.")  # of the methods of a family
SHARP = {"sharpness": "sharpness, of the data's", "distance": "median distance to a mode, in its widths"}


def figure(table: Table) -> bytes:
    """SVG bytes: a function of the table."""
    with matplotlib.rc_context({"svg.hashsalt": "diptych", "svg.fonttype": "none", "font.size": 8}):
        drawn = Figure(figsize=(11, 3.9), layout="constrained")
        left, middle, right = drawn.subplots(1, 3)
        _against(left, table)
        _curves(middle, table)
        _sharp(right, table)
        kinds = [Line2D([], [], color=colour, lw=3, label=family) for family, colour in COLOURS.items()]
        kinds += [
            Line2D([], [], color="black", marker=MARKERS[backend], ls="", label=backend)
            for backend in table.backends
        ]
        drawn.legend(handles=kinds, loc="outside upper center", ncols=len(kinds), frameon=False)
        buffer = BytesIO()
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _against(axes: Axes, table: Table) -> None:
    for method in table.methods:
        for backend in table.backends:
            precision, recall = (table.value(method, backend, name) for name in ("precision", "recall"))
            if precision and recall:
                axes.errorbar(
                    recall.value,
                    precision.value,
                    xerr=_reach(recall),
                    yerr=_reach(precision),
                    fmt=MARKERS[backend],
                    color=COLOURS[FAMILY[method]],
                    markersize=4,
                    linewidth=0.8,
                )
                if backend == table.backends[0]:
                    axes.annotate(method, (recall.value, precision.value), (4, 4), textcoords="offset points")
    precision, recall = table.floor("precision"), table.floor("recall")
    if precision and recall:
        axes.plot(recall.value, precision.value, "k*")
        axes.annotate("data", (recall.value, precision.value), (-22, -10), textcoords="offset points")
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.03, 1.03), ylim=(-0.03, 1.05))


def _curves(axes: Axes, table: Table) -> None:
    """In the first framework: the other's differ as the points of the first panel do."""
    seen = dict.fromkeys(COLOURS, 0)
    for method in table.methods:
        family = FAMILY[method]
        found = table.curve(method, table.backends[0])
        if found:
            axes.plot(found[1], found[0], color=COLOURS[family], ls=DASHES[seen[family]], lw=1.2, label=method)
        seen[family] += 1
    axes.set(xlabel="recall β", ylabel="precision α", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.set_title(f"PRD, {table.backends[0]}", fontsize=8)
    axes.legend(loc="lower left", frameon=False, fontsize=6)


def _sharp(axes: Axes, table: Table) -> None:
    (name,) = (name for name in SHARP if name in table.names)
    rows = [method for method in reversed(METHODS) if method in table.methods]
    for i, method in enumerate(rows):
        for j, backend in enumerate(table.backends):
            if value := table.value(method, backend, name):
                place = (value.value, i + 0.2 * (0.5 - j))
                axes.errorbar(
                    *place, xerr=_reach(value), fmt=MARKERS[backend], color=COLOURS[FAMILY[method]], markersize=4
                )
    if floor := table.floor(name):
        axes.axvline(floor.value, color="black", lw=0.8, ls=":")
    axes.set_yticks(range(len(rows)), rows)
    if name == "distance":
        axes.set_xscale("log")
    axes.set_xlabel(f"{SHARP[name]}; dotted: the data")


def _reach(value: Value) -> list[list[float]]:
    """As error bars, which may not be negative: rounding can put an end of an interval past its middle."""
    return [[max(0.0, value.value - value.low)], [max(0.0, value.high - value.value)]]
