"""docs/evidence/sensitivity.md"""

from collections.abc import Iterable, Iterator, Sequence

from diptych_conformance.report.markdown import table
from diptych_conformance.sensitivity import floors as measured
from diptych_conformance.sensitivity.floors import REQUIRED, Floor


def page(floors: Sequence[Floor], backend: str, seed: int) -> str:
    assert measured.__doc__ is not None
    _, _, definition = measured.__doc__.partition("\n\n")
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
            (subject.rpartition("/")[0], str(len(own)), number(worst), str(worst.term), worst.leg or "nothing")
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


def number(floor: Floor) -> str:
    text = "none" if floor.floor is None else f"{floor.floor:.1e}"
    return text if floor.met else f"**{text}**"
