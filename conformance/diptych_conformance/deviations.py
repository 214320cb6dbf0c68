"""A port's declared exceptions: ``deviations.toml``, beside its code or given by hand.

    [[deviation]]
    case = "networks/gelu/*"        # an id, or a pattern as the shell has them
    kind = "notyet"                 # notimpl: the framework lacks it; notyet: to come; never: by decision
    reason = "the exact form came with version 4"
    link = "https://..."
    date = 2026-11-22

Strict: a pattern that names no case, or only cases that do not apply, is an error, and a declared case that passes
fails the run.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

from diptych_conformance.case import Case

KINDS = ("notimpl", "notyet", "never")
FIELDS = {"case", "kind", "reason", "link", "date"}


@dataclass(frozen=True)
class Deviation:
    case: str
    kind: str
    reason: str
    link: str = ""
    date: str = ""

    def covers(self, case: Case) -> bool:
        return fnmatchcase(case.id, self.case)

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}" + (f" ({self.link})" if self.link else "")


def parse(text: str, source: str = "deviations.toml") -> tuple[Deviation, ...]:
    """Raises ValueError, naming the entry, on anything but what the module describes."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{source}: {error}") from None
    unknown = document.keys() - {"deviation"}
    if unknown:
        raise ValueError(f"{source}: unknown table {sorted(unknown)}; entries are [[deviation]]")
    return tuple(_entry(entry, f"{source}, entry {i}") for i, entry in enumerate(document.get("deviation", []), 1))


def _entry(entry: dict[str, Any], where: str) -> Deviation:
    unknown, missing = entry.keys() - FIELDS, {"case", "kind", "reason"} - entry.keys()
    if unknown or missing:
        raise ValueError(f"{where}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    if entry["kind"] not in KINDS:
        raise ValueError(f"{where}: kind must be one of {', '.join(KINDS)}, got {entry['kind']!r}")
    if not str(entry["reason"]).strip():
        raise ValueError(f"{where}: a deviation needs a reason")
    return Deviation(**{name: str(value) for name, value in entry.items()})


def load(path: str | Path | None, backend: object) -> tuple[Deviation, ...]:
    """From `path`, else from the package of the backend where it has such a file, else none."""
    if path is not None:
        try:
            return parse(Path(path).read_text(encoding="utf-8"), str(path))
        except OSError as error:
            raise ValueError(f"deviations: {error}") from None
    package = type(backend).__module__.partition(".")[0]
    if package == "__main__":  # a script: there is no package
        return ()
    try:
        own = files(package) / "deviations.toml"
    except (ModuleNotFoundError, TypeError):  # a backend that lives in no package
        return ()
    return parse(own.read_text(encoding="utf-8"), f"{package}/deviations.toml") if own.is_file() else ()


def check(deviations: Sequence[Deviation], cases: Iterable[Case], capabilities: frozenset[str]) -> None:
    """Raise ValueError where a deviation names no case of the whole suite, or only cases that do not apply."""
    known = list(cases)
    for deviation in deviations:
        lacking = [case.exercises - capabilities for case in known if deviation.covers(case)]
        if not lacking:
            raise ValueError(f"deviations: no case is named {deviation.case!r}; --list shows them")
        if all(lacking):
            needed = ", ".join(sorted(frozenset().union(*lacking)))
            raise ValueError(
                f"deviations: {deviation.case!r} is stale, it excuses nothing: the backend does not claim {needed}"
            )
