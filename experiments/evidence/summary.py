"""The results laid side by side, and the verdict on each method."""

from collections.abc import Iterable, Sequence
from math import inf
from statistics import fmean
from typing import Literal, NamedTuple

from experiments.evidence.measured import SPREAD
from experiments.evidence.plan import BACKENDS, KIND, METHODS
from experiments.evidence.records import Result
from experiments.tables import Table

Works = Literal["works", "in part", "fails"]
NEAR, FAR = 0.1, 0.25  # of W1 by the spread of the data
WELL, PARTLY = 0.5, 0.25  # of precision and coverage, by those of the data themselves
NUMBER = {"plane": "w1", "images": "fd"}  # what frameworks are compared by, and recipes chosen by


class Verdict(NamedTuple):
    """`alike` says if the frameworks part by no more than seeds do, None where that is open."""

    works: Works
    alike: bool | None


def table_of(data: str, results: Iterable[Result]) -> Table[Result]:
    return Table(data, results, METHODS, BACKENDS)


def made(table: Table[Result]) -> list[str]:
    """The methods of which there is a run, a failed one too."""
    failed = {each.settings.method for each in table.failed}
    return [method for method in METHODS if method in failed or method in table.methods]


def verdict(table: Table[Result], method: str) -> Verdict:
    """By the means over seeds in each framework, of which the worse counts; a run that diverged has failed.

    In the plane a method works where every mode is covered in every run and W1 is at most a tenth of the spread of
    the data; in part where W1 is at most a quarter of it. Of images it works where precision and coverage are at
    least half of what the data themselves have, in part where they are a quarter.
    """
    if any(each.settings.method == method for each in table.failed):
        return Verdict("fails", alike(table, method))
    return Verdict((_in_the_plane if table.data in SPREAD else _of_images)(table, method), alike(table, method))


def _in_the_plane(table: Table[Result], method: str) -> Works:
    w1 = max(_means(table, method, "w1")) / SPREAD[table.data]
    modes = min(each.value for b in table.backends for each in table.values(method, b, "modes-covered"))
    whole = (floor := table.floor("modes-covered")) is not None and modes == floor.value
    return "fails" if w1 > FAR else "works" if w1 <= NEAR and whole else "in part"


def _of_images(table: Table[Result], method: str) -> Works:
    floors = {name: table.floor(name) for name in ("precision", "coverage")}
    least = min(min(_means(table, method, name)) / floor.value for name, floor in floors.items() if floor)
    return "works" if least >= WELL else "in part" if least >= PARTLY else "fails"


def alike(table: Table[Result], method: str) -> bool | None:
    """Do the means of W1, or of FD, in the two frameworks part by no more than the seeds of one of them do?

    That is the range of a framework's seeds, the larger of the two. None where a framework has fewer than two.
    """
    number = NUMBER[KIND[table.data]]
    sides = [[each.value for each in table.values(method, b, number)] for b in BACKENDS]
    if any(len(side) < 2 for side in sides):
        return None
    return abs(fmean(sides[0]) - fmean(sides[1])) <= max(max(side) - min(side) for side in sides)


def score(result: Result) -> float:
    """What a recipe is chosen by, less is better: W1 to the law of the data, or FD."""
    return inf if result.failed else result.numbers[NUMBER[KIND[result.settings.data]]].value


def best(results: Sequence[Result]) -> dict[tuple[str, str], Result]:
    """By data and method the result of the recipe with the least score, the first of equal ones."""
    found: dict[tuple[str, str], Result] = {}
    for result in results:
        key = (result.settings.data, result.settings.method)
        if key not in found or score(result) < score(found[key]):
            found[key] = result
    return found


def _means(table: Table[Result], method: str, number: str) -> list[float]:
    """By framework."""
    found = (table.values(method, backend, number) for backend in table.backends)
    return [fmean(each.value for each in values) for values in found if values]
