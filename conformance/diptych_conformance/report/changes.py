"""What changed between two reports: cases, errors, versions. Both are JSON documents of this suite's schema."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diptych_conformance.core.result import BAD, Status

FACTOR = 4.0  # an error grew or shrank where it did so by more than this,
LEAST = 1.0  # and the larger of the two is above this, in eps
KINDS = ("newly fails", "newly passes", "another status", "grew", "shrank", "appeared", "vanished")


@dataclass(frozen=True)
class Outcome:
    """What a report says of one case, or of one pair of backends."""

    status: Status
    error: float | None

    def __str__(self) -> str:
        return str(self.status) if self.error is None else f"{self.status}, {self.error:.3g} eps"


@dataclass(frozen=True)
class Outline:
    """A report as far as it is compared. `outcomes` by backend and case, `facts` by backend and name."""

    name: str
    outcomes: Mapping[tuple[str, str], Outcome]
    facts: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Change:
    """A case of a backend, or a fact of its run, that is not what it was; "" stands for absent."""

    backend: str
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """`against` is the earlier report, `cases` go by kind, those of KINDS that there are."""

    against: str
    cases: Mapping[str, Sequence[Change]]
    facts: Sequence[Change]  # versions, settings, the spec

    def __str__(self) -> str:
        return ", ".join(f"{kind} {len(some)}" for kind, some in self.groups.items()) or "nothing changed"

    @property
    def groups(self) -> dict[str, Sequence[Change]]:
        """All that changed, by kind: first what may explain the rest."""
        return {**({"versions and settings": self.facts} if self.facts else {}), **self.cases}


def changes(earlier: Outline, later: Outline) -> Changes:
    found: dict[str, list[Change]] = {kind: [] for kind in KINDS}
    for key in dict.fromkeys([*later.outcomes, *earlier.outcomes]):
        before, after = earlier.outcomes.get(key), later.outcomes.get(key)
        kind = _kind(before, after)
        if kind:
            found[kind].append(Change(*key, str(before or ""), str(after or "")))
    both = {backend for backend, _ in earlier.facts} & {backend for backend, _ in later.facts}
    facts = [
        Change(*key, earlier.facts.get(key, ""), later.facts.get(key, ""))
        for key in dict.fromkeys([*later.facts, *earlier.facts])
        if key[0] in both and earlier.facts.get(key) != later.facts.get(key)
    ]
    return Changes(earlier.name, {kind: some for kind, some in found.items() if some}, facts)


def outline(document: Mapping[str, Any], name: str = "") -> Outline:
    """Raises ValueError where the document is no report. The pairs are outcomes of a backend ``pairs``."""
    try:
        outcomes = {
            (backend["backend"], case["id"]): _outcome(case["status"], case["error"])
            for backend in document["backends"]
            for case in backend["cases"]
        }
        for pair in document["pairs"]:
            case = "/".join((*pair["pair"], pair["method"], pair["kind"], pair["dtype"]))
            outcomes["pairs", case] = _outcome("passed" if pair["passed"] else "failed", pair["error"])
        facts = {
            (backend["backend"], fact): value
            for backend in document["backends"]
            for fact, value in _facts(**backend["environment"], **backend["settings"])
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{name}: not a whole report ({type(error).__name__}: {error})") from None
    return Outline(name, outcomes, facts)


def _outcome(status: str, error: Any) -> Outcome:
    return Outcome(Status(status), None if error is None else float(error))


def _facts(
    *, versions: Mapping[str, str], threads: Mapping[str, str], spec: str, date: str = "", **more: Any
) -> Iterator[Any]:
    """(name, value): what may change the numbers, as a date does not."""
    yield "spec", spec[:12]
    yield from ((name, str(value)) for name, value in {**more, **threads, **versions}.items())


def _kind(before: Outcome | None, after: Outcome | None) -> str:
    """One of KINDS, or "" where nothing changed that is worth a line."""
    if before is None or after is None:
        return "vanished" if after is None else "appeared"
    if before.status is not after.status:
        if after.status in BAD and before.status not in BAD:
            return "newly fails"
        return "newly passes" if after.status is Status.PASSED else "another status"
    if before.error is None or after.error is None:
        return ""
    old, new = (math.inf if math.isnan(error) else error for error in (before.error, after.error))
    if max(old, new) <= LEAST or max(old, new) <= FACTOR * min(old, new):
        return ""
    return "grew" if new > old else "shrank"
