"""Which functions of the Array API the spec calls, and through which it is differentiated, as a page.

``python -m diptych_conformance.report.array_api docs/array_api.md`` runs every primitive, term, objective and
metric in NumPy, all but metrics with a complex step under way, and looks on: a function through which it passes
needs a derivative, and one through which it passes inside `ops.grad` a second one.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import isclass, ismodule
from itertools import chain
from types import SimpleNamespace
from typing import Any

import array_api_compat.numpy as standard
import numpy as np

from diptych_conformance.cases.metrics import estimates, metrics
from diptych_conformance.cases.primitives.corners import CORNERS
from diptych_conformance.cases.primitives.functions import functions
from diptych_conformance.cases.problems import of_composition, of_form
from diptych_conformance.cases.terms import FAMILIES
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.metrics import Metric
from diptych_conformance.core.problem import Problem
from diptych_conformance.references import oracle
from diptych_conformance.references.compositions import COMPOSITIONS
from diptych_conformance.references.methods import STATEMENTS
from diptych_conformance.references.oracle.dual import Dual
from diptych_conformance.references.oracle.ops import STEP
from diptych_conformance.report.markdown import table
from diptych_conformance.report.page_command import page_command

HEAD = """# Functions of the Array API that the spec calls

What `Ops.xp` must have, in the order of the levels at which a port meets it. `nox -s docs` makes this page by
running every primitive, term, objective and metric, and looking on. Of each function: the keywords it is called
with, the level that calls it first, who calls it there where they are few, and how often it is differentiated:
`1`, losses are differentiated through it; `2`, so are losses that hold a slope taken through it
(`DOUBLE_BACKWARD`). What networks call is the backend's own, and not here.

On arrays: the operators `+ - * / ** @`, comparisons, `&`, `|` and `~`; indices that are integers, slices, `...` and
`None`; and the attributes `shape`, `ndim` and `dtype`. Beside floating types, `int64` and `bool`. Metrics also ask
`__array_namespace_info__` whether there is float64, and read results on the host by `numpy.asarray`.
"""
FEW = 3


@dataclass
class Use:
    """Of one function: the level and the subjects that call it, its keywords, and derivatives taken through it."""

    level: str
    subjects: dict[str, None] = field(default_factory=dict)
    keywords: set[str] = field(default_factory=set)
    derivatives: int = 0


class Recorder:
    """A namespace, or one within it, that notes in `uses` which of the standard's functions are called, and how."""

    def __init__(self, module: Any, known: Any, called: Callable[..., None], path: str = "") -> None:
        self._module, self._known, self._called, self._path = module, known, called, path

    def __getattr__(self, name: str) -> Any:
        value, known = getattr(self._module, name), getattr(self._known, name, None)
        if ismodule(value):
            return Recorder(value, known, self._called, f"{self._path}{name}.")
        if known is None or isclass(value) or not callable(value):  # a type or a constant
            return value
        return partial(self._call, f"{self._path}{name}", value)

    def _call(self, name: str, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        result = f(*args, **kwargs)
        self._called(name, kwargs, result)
        return result


def uses() -> dict[str, Use]:
    """By name, ``linalg.cholesky`` among them, level by level."""
    found: dict[str, Use] = {}
    for level, subject, run in _runs():

        def called(name: str, kwargs: Any, result: Any, level: str = level, subject: str = subject) -> None:
            use = found.setdefault(name, Use(level))
            if level == use.level:
                use.subjects[subject] = None
            use.keywords |= set(kwargs)
            use.derivatives = max(use.derivatives, _derivatives(result))

        ops = SimpleNamespace(**{**vars(oracle.OPS), "xp": Recorder(oracle.OPS.xp, standard, called)})
        with np.errstate(all="ignore"):
            run(ops)
    return found


def _derivatives(result: Any) -> int:
    """How many are being taken through what a function has given: a complex step, dual numbers, or both."""
    if isinstance(result, tuple):
        return max(map(_derivatives, result))
    if isinstance(result, Dual):
        return 1 + bool(np.any(np.imag(result.value)))
    return int(np.any(np.imag(result)))


def _runs() -> Iterator[tuple[str, str, Callable[[Any], Any]]]:
    """(level, subject, what runs it with these `Ops`)"""
    terms = (family.functions(0) for family in FAMILIES), (family.CORNERS for family in FAMILIES)
    levels: dict[str, tuple[Sequence[Function], Sequence[Corner]]] = {
        "primitives": (functions(0), CORNERS),
        "terms": (list(chain(*terms[0])), list(chain(*terms[1]))),
    }
    for level, (some, corners) in levels.items():
        for function in some:
            yield level, function.name, partial(_run, function)
        for corner in corners:
            yield level, corner.name, partial(_at, corner)
    for statement in STATEMENTS.values():
        for form in statement.forms.values():
            yield "objectives", form.name, partial(_players, of_form(form, "dense", 0))
    for made in COMPOSITIONS:
        yield "objectives", made.name, partial(_players, of_composition(made, 0))
    for metric in (*metrics(0), *estimates.metrics(0)):
        yield "metrics", metric.name, partial(_evaluated, metric)


def _stepped(a: Any) -> Any:
    """With a complex step at every entry."""
    return np.asarray(a, dtype=np.float64) + 1j * STEP


def _run(function: Function, ops: Any) -> None:
    inputs = {name: _stepped(a) if name in function.wrt else a for name, a in function.inputs.items()}
    function.f(ops, **inputs)


def _at(corner: Corner, ops: Any) -> None:
    """Where a second derivative is stated, through what dual numbers know: the others are met elsewhere."""
    corner.f(ops, _stepped(corner.x))
    if corner.second is not None:
        try:
            oracle.OPS.grad(lambda v: corner.f(ops, v), _stepped(corner.x))
        except TypeError:
            return


def _evaluated(metric: Metric, ops: Any) -> None:
    """At its corners too: what a metric calls depends on what it finds."""
    for samples in (metric.samples, *metric.corners.values()):
        metric.f(**samples, **metric.settings, xp=ops.xp)


def _players(problem: Problem, ops: Any) -> None:
    method = problem.method
    for player in method.players:
        moved = {role: {name: _stepped(a) for name, a in problem.weights[role].items()} for role in player.owns}
        oracle.evaluate(player, problem.networks, {**problem.weights, **moved}, problem.x, problem.noise, ops)


def page() -> str:
    rows = (
        (
            f"`{name}`",
            ", ".join(f"`{keyword}`" for keyword in sorted(use.keywords)),
            use.level,
            "; ".join(use.subjects) if len(use.subjects) <= FEW else "",
            str(use.derivatives or ""),
        )
        for name, use in sorted(uses().items(), key=lambda item: (_order(item[1]), item[0]))
    )
    return "\n".join([HEAD, *table(("function", "keywords", "level", "called by", "derivatives"), rows)]) + "\n"


def _order(use: Use) -> int:
    return ("primitives", "terms", "objectives", "metrics").index(use.level)


def main(arguments: Sequence[str] | None = None) -> int:
    return page_command("diptych_conformance.report.array_api", __doc__, page, arguments)


if __name__ == "__main__":
    sys.exit(main())
