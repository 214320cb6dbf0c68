"""What the demo's runs left on disk, read back and compared."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from diptych_lab import metrics
from diptych_lab.folder import RunFolder
from diptych_lab.report.curves import Curves
from diptych_lab.sessions import Session, read_sessions


def curves(first: Path, second: Path, player: str) -> Curves:
    """From two run folders. Raises ValueError where they differ in length."""
    a, b = ([row[player] for row in metrics.read(RunFolder(folder).metrics)] for folder in (first, second))
    if len(a) != len(b) or not a:
        raise ValueError(f"{first} has {len(a)} rounds, {second} {len(b)}: nothing to compare")
    return Curves(a, b)


def gray_levels_apart(first: Path, second: Path) -> tuple[int, float]:
    """Of two pictures of one size: the largest difference of a pixel in levels of 255, and the mean."""
    pixels = []
    for path in (first, second):
        with Image.open(path) as image:
            pixels.append(np.asarray(image).astype(int))
    apart = np.abs(pixels[0] - pixels[1])
    return int(apart.max()), float(apart.mean())


@dataclass(frozen=True)
class Verdict:
    """One backend's cases of one level and method: how many passed, and the error nearest to its limit, in eps."""

    passed: int
    ran: int
    error: float | None
    allowed: float | None


@dataclass(frozen=True)
class Conformance:
    """The report of the conformance suite, as the page shows it."""

    conformant: bool
    totals: dict[str, tuple[int, int]]  # backend -> passed, ran
    rows: list[tuple[str, str, dict[str, Verdict]]]  # level, method, backend -> verdict
    pairs: list[dict[str, Any]]


def conformance(path: Path) -> Conformance:
    """From the suite's JSON over several backends."""
    document = json.loads(path.read_text(encoding="utf-8"))
    cases = {entry["backend"]: _ran(entry["cases"]) for entry in document["backends"]}
    subjects = dict.fromkeys((c["level"], c["method"]) for of_backend in cases.values() for c in of_backend)
    rows = [
        (level, method, {name: _verdict(own, level, method) for name, own in cases.items()})
        for level, method in subjects
    ]
    totals = {name: (sum(c["status"] == "passed" for c in own), len(own)) for name, own in cases.items()}
    return Conformance(document["conformant"], totals, rows, document["pairs"])


def _ran(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [case for case in cases if case["status"] != "not applicable"]


def _verdict(cases: Sequence[dict[str, Any]], level: str, method: str) -> Verdict:
    own = [case for case in cases if (case["level"], case["method"]) == (level, method)]
    measured = [(float(c["error"]), float(c["allowed"])) for c in own if c["error"] is not None and c["allowed"]]
    error, allowed = max(measured, key=lambda pair: pair[0] / pair[1], default=(None, None))
    return Verdict(sum(case["status"] == "passed" for case in own), len(own), error, allowed)


def last_session(folder: Path) -> Session:
    """Who trained, with what, when and how long."""
    return read_sessions(RunFolder(folder).sessions)[-1]
