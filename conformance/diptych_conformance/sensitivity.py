"""How small an error of a loss is still seen: ``python -m diptych_conformance.sensitivity --backend torch``.

A *term* of an objective is a mean or a sum that its loss takes (`xp.mean`, `xp.sum`), where a number or a vector is
left of it: the addends of the loss, and what they are averages of, in the order in which the backend computes them.
One is made (1 + δ) times too large; its *floor* is the smallest δ, of the powers of two, that some case of the
player still fails in float64.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import diptych
from diptych.method import Objective
from diptych.protocol import Backend
from diptych_conformance.case import Case, Scope
from diptych_conformance.cases.objectives import EDGES
from diptych_conformance.faults.replaced import changed
from diptych_conformance.report import write_json, write_text
from diptych_conformance.report.markdown import table
from diptych_conformance.result import BAD
from diptych_conformance.session import Session
from diptych_conformance.suite import Selection, run_case

REQUIRED = 1e-10
FINEST = 53  # 2^-53 is lost when it is added to 1
NUMERIC = {"value", "formula", "gradient", *(check for _, check, _ in EDGES)}  # what sees a number that is off

CENTRE = "the mean of the features, taken from both samples: the loss is the same for any other number"
COUNT = "a number of rows, whose logarithm is added to all three transports and cancels"
WITHOUT_INFLUENCE = {  # (subject, term): why the loss does not depend on it
    (f"{variant}/{player}/dense", term): why
    for name, player, term, why in (
        ("mmd-gan-gp", "critic", 0, CENTRE),
        ("mmd-gan-gp", "critic", 7, CENTRE),
        ("mmd-gan-gp", "generator", 0, CENTRE),
        ("sinkhorn", "generator", 4, COUNT),
        ("sinkhorn", "generator", 5, COUNT),
    )
    for variant in (name, f"{name}-other")
}


@dataclass(frozen=True)
class Floor:
    """`floor` is the smallest perturbation that fails, None where even a doubled term passes; `leg` fails it."""

    method: str
    subject: str  # variant/player/architecture
    term: int
    floor: float | None
    leg: str

    @property
    def without_influence(self) -> str:
        """Why the loss does not depend on the term, or ''."""
        return WITHOUT_INFLUENCE.get((self.subject, self.term), "")

    @property
    def met(self) -> bool:
        """At most `REQUIRED`; of a term without influence, not so: else it is listed wrongly."""
        small = self.floor is not None and self.floor <= REQUIRED
        return small != bool(self.without_influence)


class Perturbed:
    """`ops`, but term number `index` of the loss comes out 1 + δ times as large. `count` is how many there were."""

    def __init__(self, ops: Any, index: int, delta: float) -> None:
        self.grad, self.stop = ops.grad, ops.stop
        self.xp = _Namespace(ops.xp, self._term)
        self.index, self.delta, self.count = index, delta, 0

    def _term(self, value: Any) -> Any:
        if len(value.shape) > 1:
            return value
        self.count += 1
        return value * (1 + self.delta) if self.count - 1 == self.index else value


class _Namespace:
    """`xp` with `change` made to what its means and sums give."""

    def __init__(self, xp: Any, change: Callable[[Any], Any]) -> None:
        self.xp, self.change = xp, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self.xp, name)

    def mean(self, x: Any, **settings: Any) -> Any:
        return self.change(self.xp.mean(x, **settings))

    def sum(self, x: Any, **settings: Any) -> Any:
        return self.change(self.xp.sum(x, **settings))


def perturbed(index: int, delta: float, counts: list[int] | None = None) -> Callable[[Objective], Objective]:
    """The change of an objective that makes one of its terms too large; `counts` gets how many terms it has."""

    def change(objective: Objective) -> Objective:
        def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            other = Perturbed(ops, index, delta)
            value = objective(nets, x, noise, other)
            if counts is not None:
                counts.append(other.count)
            return value

        return loss

    return change


def players(methods: Sequence[str] = (), seed: int = 0) -> dict[tuple[str, str], list[Case]]:
    """(method, subject) -> the cases that see a number that is off, of every player on dense networks."""
    selection = Selection(
        Scope.STANDARD,
        levels=("objectives",),
        methods=tuple(methods),
        dtypes=("float64",),
        executions=("eager",),
        seed=seed,
    )
    found: dict[tuple[str, str], list[Case]] = {}
    for case in selection.cases():
        if case.subject.endswith("/dense") and (case.check or case.leg) in NUMERIC:
            found.setdefault((case.method, case.subject), []).append(case)
    return found


def measure(
    backend: Backend, methods: Sequence[str] = (), *, seed: int = 0, on_floor: Callable[[Floor], None] | None = None
) -> tuple[Floor, ...]:
    """The floor of every term of every player. Raises ValueError for a player in whose loss no term is seen."""
    floors = []
    for (method, subject), cases in players(methods, seed).items():
        for term in range(_terms(backend, cases)):
            floors.append(Floor(method, subject, term, *_floor(backend, cases, term)))
            if on_floor:
                on_floor(floors[-1])
    return tuple(floors)


def _terms(backend: Backend, cases: Sequence[Case]) -> int:
    counts = [0]
    run_case(cases[0], Session(changed(cases[0].player, perturbed(-1, 0.0, counts))(backend)))
    if not counts[-1]:
        raise ValueError(f"no term is seen in the loss of {cases[0].subject}")
    return counts[-1]


def _floor(backend: Backend, cases: Sequence[Case], term: int) -> tuple[float | None, str]:
    """By bisection on δ = 2^-k. Of terms that no δ betrays: None."""
    passes, fails, leg = FINEST + 1, -1, ""
    while passes - fails > 1:
        k = 0 if fails < 0 else (passes + fails) // 2
        seen = _seen(backend, cases, term, 2.0**-k)
        if not seen and k == 0:
            return None, ""
        passes, fails, leg = (passes, k, seen) if seen else (k, fails, leg)
    return 2.0**-fails, leg


def _seen(backend: Backend, cases: Sequence[Case], term: int, delta: float) -> str:
    """The leg of the first case that fails, or ''."""
    session = Session(changed(cases[0].player, perturbed(term, delta))(backend))
    failing = (case for case in cases if run_case(case, session).status in BAD)
    return next((case.id.rpartition("/")[2] for case in failing), "")


def section(floors: Sequence[Floor]) -> Iterator[str]:
    """Markdown: what the floors come to, a row a player, and what has no influence."""
    by_player: dict[str, list[Floor]] = {}
    for floor in floors:
        by_player.setdefault(floor.subject, []).append(floor)
    idle = [floor for floor in floors if floor.without_influence]
    counted = [floor for floor in floors if not floor.without_influence]
    largest = max((floor.floor for floor in counted if floor.floor is not None), default=0.0)
    yield (
        f"{len(floors)} terms of {len(by_player)} players; {sum(floor.met for floor in counted)} of "
        f"{len(counted)} have a floor of at most {REQUIRED:.0e}, the largest {largest:.1e}; "
        f"{len(idle)} have no influence on their loss."
    )
    yield ""
    rows = ((subject, own, max(own, key=_size)) for subject, own in by_player.items())
    yield from table(
        ("player", "terms", "largest floor", "of term", "seen by"),
        (
            (subject.rpartition("/")[0], str(len(own)), _number(worst), str(worst.term), worst.leg or "nothing")
            for subject, own, worst in rows
        ),
    )
    yield ""
    for floor in idle:
        yield f"- without influence: term {floor.term} of {floor.subject}, {floor.without_influence}."


def _size(floor: Floor) -> float:
    if floor.without_influence:
        return 0.0
    return float("inf") if floor.floor is None else floor.floor


def _number(floor: Floor) -> str:
    text = "none" if floor.floor is None else f"{floor.floor:.1e}"
    return text if floor.met else f"**{text}**"


def page(floors: Sequence[Floor], backend: str, seed: int) -> str:
    """docs/sensitivity.md"""
    assert __doc__ is not None
    _, _, definition = __doc__.partition("\n\n")
    lines: Iterable[str] = (
        "# Sensitivity",
        "",
        definition.strip(),
        "",
        f"Measured in {backend}, eager, on the problems of seed {seed}, by `nox -s sensitivity`.",
        "",
        *section(floors),
    )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m diptych_conformance.sensitivity", description=__doc__)
    add = parser.add_argument
    add("--backend", required=True, metavar="NAME", help="a registered name or module:factory")
    add("--method", action="append", default=[], choices=list(diptych.CATALOGUE))
    add("--seed", type=int, default=0)
    add("--page", type=Path, metavar="FILE", help="write a page of Markdown here")
    add("--report", type=Path, metavar="FILE", help="write JSON here")
    given = parser.parse_args(arguments)
    try:
        backend = diptych.backend(given.backend)
    except (ValueError, ModuleNotFoundError, AttributeError, TypeError) as error:
        print(f"{given.backend}: {error}", file=sys.stderr)
        return 2
    floors = measure(backend, given.method, seed=given.seed, on_floor=_print)
    if given.page:
        write_text(given.page, page(floors, backend.name, given.seed))
    if given.report:
        document = {"backend": backend.name, "seed": given.seed, "required": REQUIRED}
        write_json(given.report, document | {"floors": [asdict(floor) for floor in floors]})
    unmet = sum(not floor.met for floor in floors)
    print(f"{len(floors)} terms, {unmet} not as required")
    return 1 if unmet or not floors else 0


def _print(floor: Floor) -> None:
    remark = floor.without_influence or ("" if floor.met else "NOT AS REQUIRED")
    print(f"{floor.subject:<44} term {floor.term:<3} {_number(floor):>10}  {floor.leg}  {remark}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
