"""What came of a run: a file that is written as the run goes, and taken up where it stopped."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .killing import Outcome
from .mutants import Mutant

Key = tuple[str, int, str, str]


@dataclass
class Results:
    """`about` is what was asked for; `outcomes` holds what is known so far, by the mutant."""

    path: Path
    about: dict[str, Any]
    outcomes: dict[Key, Outcome] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Results":
        document = json.loads(path.read_text())
        rows = document["rows"]
        outcomes = {tuple(row.pop("mutant")): Outcome(**row) for row in rows}
        return cls(path, document["about"], outcomes)

    def of(self, mutant: Mutant) -> Outcome | None:
        return self.outcomes.get(key(mutant))

    def add(self, mutant: Mutant, outcome: Outcome) -> None:
        self.outcomes[key(mutant)] = outcome

    def write(self) -> None:
        """Whole, or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = [{"mutant": key, **asdict(outcome)} for key, outcome in self.outcomes.items()]
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps({"about": self.about, "rows": rows}, indent=1, ensure_ascii=False))
        os.replace(partial, self.path)


def key(mutant: Mutant) -> Key:
    """Names a mutant among those of its sources."""
    return mutant.path, mutant.line, mutant.before, mutant.after


def survivors(mutants: Sequence[Mutant], results: Results) -> list[Mutant]:
    return [m for m in mutants if (outcome := results.of(m)) is not None and not outcome.killed]
