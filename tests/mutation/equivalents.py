"""The ledger of survivors: mutants that no case can kill, each with the reason, found by what they change.

An entry names a module, the lines before and after the change, and a function of the module where the lines alone
would fit too much; "…" stands for anything in each of them.
Line numbers are not in it, so that it does not rot; an entry that fits no mutant any more is an error.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .mutants import Mutant

LEDGER = Path(__file__).with_name("equivalents.toml")
KINDS = ("equivalent", "unreached", "apart")


@dataclass(frozen=True)
class Entry:
    """`kind`: equivalent, where the mutant computes the same within rounding; unreached, where it does not, but
    nothing that the suite can ask for tells (it counts as a survivor); apart, where what it changes is no part of
    the protocol that the suite examines (it counts neither way)."""

    module: str
    before: str
    after: str
    reason: str
    kind: str = "equivalent"
    scope: str = "…"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{LEDGER.name}: kind must be one of {KINDS}, got {self.kind!r}")
        if not self.reason:
            raise ValueError(f"{LEDGER.name}: {self.module}: {self.before}: a reason is missing")

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(map(_pattern, (self.module, self.scope, self.before, self.after)))

    def fits(self, mutant: Mutant) -> bool:
        texts = (mutant.path, mutant.scope, mutant.before, mutant.after)
        return all(pattern.fullmatch(text) for pattern, text in zip(self._patterns, texts, strict=True))


def load(path: Path = LEDGER) -> list[Entry]:
    """ValueError where an entry lacks a field, or has one that is unknown."""
    entries = tomllib.loads(path.read_text()).get("mutant", [])
    try:
        return [Entry(**entry) for entry in entries]
    except TypeError as error:
        raise ValueError(f"{path.name}: {error}") from None


def stale(entries: Iterable[Entry], mutants: Sequence[Mutant]) -> list[Entry]:
    """The entries that fit none of the mutants."""
    return [entry for entry in entries if not any(entry.fits(mutant) for mutant in mutants)]


def entry_of(mutant: Mutant, entries: Iterable[Entry]) -> Entry | None:
    return next((entry for entry in entries if entry.fits(mutant)), None)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("…"))))
