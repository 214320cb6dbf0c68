"""How a metric is checked: by its second statement, in any order of rows, in blocks of any size, twice."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from diptych_conformance.checks.functions import rounded_inputs
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding, first_line
from diptych_conformance.core.functions import Inputs
from diptych_conformance.core.metrics import Metric
from diptych_conformance.core.problem import Array, ring
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error

Numbers = tuple[Array, ...]
BLOCKS = (4, 5)  # rows; the last block has one, or as many as the others


def value(metric: Metric, samples: Inputs, dtype: str, session: Session) -> Finding:
    """As the second statement has it."""
    given = rounded_inputs(samples, dtype)
    return _compared(metric, given, {"": _given(metric, given, dtype, session)}, dtype)


def stated(metric: Metric, samples: Inputs, expected: Any, dtype: str, session: Session) -> Finding:
    """As it is known beforehand: nothing is computed a second time."""
    given = rounded_inputs(samples, dtype)
    scale = metric.scale(**given, **metric.settings)
    return _finding({"": _given(metric, given, dtype, session)}, _numbers(expected), dtype, scale)


def refused(metric: Metric, samples: Inputs, dtype: str, session: Session) -> Finding:
    """What has no such number, by one ValueError that names a sample."""
    try:
        got = _given(metric, rounded_inputs(samples, dtype), dtype, session)
    except ValueError as error:
        said = str(error)
        return only_if(
            "\n" not in said and any(name in said for name in samples), f"ValueError: {first_line(said)}"
        )
    return only_if(False, f"was taken, and gave {', '.join(map(str, got))}")


def order(metric: Metric, dtype: str, session: Session) -> Finding:
    """The rows of each sample in another order."""
    given, results = rounded_inputs(metric.samples, dtype), dict[str, Numbers]()
    for name in metric.shuffled:
        turned = {**given, name: given[name][ring(len(given[name]))]}
        results[f"rows of {name} in another order"] = _given(metric, turned, dtype, session)
    return _compared(metric, given, results, dtype)


def blocks(metric: Metric, samples: Inputs, dtype: str, session: Session) -> Finding:
    """In blocks of a few rows, and of as many as a sample has; unasked, they are of more."""
    given, results = rounded_inputs(samples, dtype), dict[str, Numbers]()
    for rows in dict.fromkeys((*BLOCKS, *(len(a) for a in given.values()))):
        results[f"blocks of {rows}"] = _given(metric, given, dtype, session, block_size=rows)
    return _compared(metric, given, results, dtype)


def namespace(metric: Metric, dtype: str, session: Session) -> Finding:
    """As anybody may call it, without `xp`: it finds the namespace of its arrays, and gives the same."""
    given = rounded_inputs(metric.samples, dtype)
    found, told = (_given(metric, given, dtype, session, **words) for words in ({"xp": None}, {}))
    return _finding({"": found}, told, dtype, metric.scale(**given, **metric.settings))


def pure(metric: Metric, dtype: str, session: Session) -> Finding:
    """Called twice within one call: the same bits, the samples as they were, and results where the samples are."""
    given, places = rounded_inputs(metric.samples, dtype), list[tuple[Any, Any]]()

    def twice(nets: Any, ops: Any, **arrays: Any) -> tuple[Any, ...]:
        first, second = (_tuple(metric.f(**arrays, **metric.settings, xp=ops.xp)) for _ in range(2))
        here = getattr(session.backend, "places", lambda array: None)
        places.extend((here(result), here(array)) for result in first for array in arrays.values())
        return (*first, *second, *arrays.values())

    results = session.call(twice, session.build({}, {}, dtype), given, dtype)
    half = (len(results) - len(given)) // 2
    first, second, after = results[:half], results[half : -len(given)], results[-len(given) :]
    changed = [
        name for name, a in zip(given, after, strict=True) if not np.array_equal(a, given[name], equal_nan=True)
    ]
    if changed:
        return only_if(False, f"changed: {', '.join(changed)}")
    elsewhere = sorted({f"{result}, not {sample}" for result, sample in places if result != sample})
    if elsewhere:
        return only_if(False, f"results lie elsewhere than the samples: {'; '.join(elsewhere)}")
    same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
    return only_if(same, "different the second time")


def _given(metric: Metric, samples: Inputs, dtype: str, session: Session, **settings: Any) -> Numbers:
    """What the backend's arrays give: each number NumPy's, and of `dtype`."""

    def f(nets: Any, ops: Any, **arrays: Any) -> tuple[Any, ...]:
        return _tuple(metric.f(**arrays, **{"xp": ops.xp, **metric.settings, **settings}))

    return session.call(f, session.build({}, {}, dtype), samples, dtype)


def _compared(metric: Metric, samples: Inputs, results: Mapping[str, Numbers], dtype: str) -> Finding:
    """The worst of some results of the same samples, against the second statement."""
    expected = _numbers(metric.reference(**samples, **metric.settings))
    return _finding(results, expected, dtype, metric.scale(**samples, **metric.settings))


def _finding(results: Mapping[str, Numbers], expected: Numbers, dtype: str, scale: float = 1.0) -> Finding:
    errors = {
        f"{what}{': ' * bool(what)}number {i}": value_error(a, b, dtype, scale=scale)
        for what, got in results.items()
        for i, (a, b) in enumerate(zip(got, expected, strict=True))
    }
    return Finding.worst(errors, {}, allowed())


def _numbers(result: Any) -> Numbers:
    return tuple(np.asarray(number, dtype=np.float64) for number in _tuple(result))


def _tuple(result: Any) -> tuple[Any, ...]:
    return tuple(result) if isinstance(result, tuple) else (result,)
