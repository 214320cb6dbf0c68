"""The results laid side by side, and the verdict on each method."""

from collections.abc import Iterable, Sequence
from math import inf
from statistics import fmean
from typing import Literal, NamedTuple

from experiments.evidence.plan import BACKENDS, METHODS
from experiments.evidence.records import Result
from experiments.tables import Table
from experiments.values import Value

Works = Literal["works", "in part", "fails"]
NEAR, FAR = 0.1, 0.25  # of W1 by the spread of the data
SPREAD = {"ring": 2.0, "grid": 4.0}  # √E|x|², which is that of the centres of the modes


class Verdict(NamedTuple):
    """`w1` is by the spread of the data, `alike` says if frameworks part by no more than seeds, None where open."""

    works: Works
    w1: float
    modes: float
    alike: bool | None


def table_of(data: str, results: Iterable[Result]) -> Table[Result]:
    return Table(data, results, METHODS, BACKENDS)


def made(table: Table[Result]) -> list[str]:
    """The methods of which there is a run, a failed one too."""
    failed = {each.settings.method for each in table.failed}
    return [method for method in METHODS if method in failed or method in table.methods]


def verdict(table: Table[Result], method: str) -> Verdict:
    """By the means over seeds in each framework, of which the worse counts.

    A method works where every mode is covered in every run and W1 is at most a tenth of the spread of the data; in
    part where W1 is at most a quarter of it; a run that left the finite numbers has failed.
    """
    if any(each.settings.method == method for each in table.failed):
        return Verdict("fails", inf, 0, alike(table, method))
    backends = [b for b in table.backends if table.of(method, b)]
    w1 = max(_mean(table.values(method, b, "w1")) for b in backends) / SPREAD[table.data]
    modes = min(each.value for b in backends for each in table.values(method, b, "modes-covered"))
    whole = (floor := table.floor("modes-covered")) is not None and modes == floor.value
    works: Works = "fails" if w1 > FAR else "works" if w1 <= NEAR and whole else "in part"
    return Verdict(works, w1, modes, alike(table, method))


def alike(table: Table[Result], method: str) -> bool | None:
    """Do the means of W1 in the two frameworks part by at most the range of the seeds, of both together?

    None where a framework has fewer than two seeds.
    """
    sides = [[each.value for each in table.values(method, b, "w1")] for b in BACKENDS]
    if any(len(side) < 2 for side in sides):
        return None
    together = [value for side in sides for value in side]
    return abs(fmean(sides[0]) - fmean(sides[1])) <= max(together) - min(together)


def score(result: Result) -> float:
    """What a recipe is chosen by, less is better: W1 to the law of the data, by the spread of the data."""
    return float("inf") if result.failed else result.numbers["w1"].value / SPREAD[result.settings.data]


def best(results: Sequence[Result]) -> dict[tuple[str, str], Result]:
    """By data and method the result of the recipe with the least score, the first of equal ones."""
    found: dict[tuple[str, str], Result] = {}
    for result in results:
        key = (result.settings.data, result.settings.method)
        if key not in found or score(result) < score(found[key]):
            found[key] = result
    return found


def _mean(values: Sequence[Value]) -> float:
    return fmean(each.value for each in values)
