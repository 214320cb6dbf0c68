"""A port's declared exceptions: ``deviations.toml``, beside its code or given by hand.

    [[deviation]]
    case = "networks/gelu/*"        # an id, or a pattern as the shell has them
    kind = "notyet"                 # notimpl: the framework lacks it; notyet: to come; never: by decision
    reason = "the exact form came with version 4"
    date = 2026-11-22               # when it was last looked at
    link = "https://..."            # may be left out

Strict: a pattern that names no case, or only cases that do not apply, is an error, and a declared case that passes
fails the run.
"""

import datetime
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Any

from diptych.protocol import Backend
from diptych_conformance.core.case import Case

KINDS = ("notimpl", "notyet", "never")
FIELDS = {"case": str, "kind": str, "reason": str, "date": datetime.date, "link": str}
OPTIONAL = {"link"}


@dataclass(frozen=True)
class Deviation:
    case: str
    kind: str
    reason: str
    date: datetime.date
    link: str = ""

    def covers(self, case: Case) -> bool:
        return fnmatchcase(case.id, self.case)

    def __str__(self) -> str:
        return f"{self.kind}, {self.date}: {self.reason}" + (f" ({self.link})" if self.link else "")


def parse(text: str, source: str = "deviations.toml") -> tuple[Deviation, ...]:
    """Raises ValueError, naming the entry, on anything but what the module describes."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:  # the latter where it is nested too deeply
        raise ValueError(f"{source}: {error}") from None
    unknown = document.keys() - {"deviation"}
    if unknown:
        raise ValueError(f"{source}: unknown table {sorted(unknown)}; entries are [[deviation]]")
    entries = document.get("deviation", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{source}: entries are tables in a list; write [[deviation]] above each")
    return tuple(_entry(entry, f"{source}, entry {i}") for i, entry in enumerate(entries, 1))


def _entry(entry: dict[str, Any], where: str) -> Deviation:
    unknown, missing = entry.keys() - FIELDS, FIELDS.keys() - OPTIONAL - entry.keys()
    if unknown or missing:
        raise ValueError(f"{where}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    for name, value in entry.items():
        if type(value) is not FIELDS[name]:  # a date and time is a date too
            what = "a string" if FIELDS[name] is str else "a date, such as 2026-11-22, without quotes"
            raise ValueError(f"{where}: {name} must be {what}, got {value!r}")
    if entry["kind"] not in KINDS:
        raise ValueError(f"{where}: kind must be one of {', '.join(KINDS)}, got {entry['kind']!r}")
    if not entry["reason"].strip():
        raise ValueError(f"{where}: a deviation needs a reason")
    return Deviation(**entry)


def load(path: str | Path | None, backend: Backend) -> tuple[Deviation, ...]:
    """From `path`, else from the package of the backend where it has such a file, else none.

    Raises ValueError as `parse` does, and where the file cannot be read.
    """
    try:
        return _read(path, backend)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"deviations: {error}") from None


def _read(path: str | Path | None, backend: Backend) -> tuple[Deviation, ...]:
    if path is not None:
        return parse(Path(path).read_text(encoding="utf-8"), str(path))
    package = type(backend).__module__.partition(".")[0]
    if package == "__main__":  # a script: there is no package
        return ()
    try:
        own = files(package) / "deviations.toml"
    except (ModuleNotFoundError, TypeError):  # a backend that lives in no package
        return ()
    return parse(own.read_text(encoding="utf-8"), f"{package}/deviations.toml") if own.is_file() else ()


def check(deviations: Sequence[Deviation], cases: Sequence[Case], capabilities: frozenset[str]) -> None:
    """Raise ValueError where an entry names none of the cases of the whole suite, or only such as do not apply."""
    for deviation in deviations:
        lacking = [case.exercises - capabilities for case in cases if deviation.covers(case)]
        if not lacking:
            raise ValueError(f"deviations: no case is named {deviation.case!r}; --list shows them")
        if all(lacking):
            needed = ", ".join(sorted(frozenset().union(*lacking)))
            raise ValueError(
                f"deviations: {deviation.case!r} is stale, it excuses nothing: the backend does not claim {needed}"
            )
