"""A backend's result on disk, and back. Every file appears whole or not at all."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np

from diptych_conformance.case import LEVELS
from diptych_conformance.pairwise import Difference
from diptych_conformance.report.changes import Changes, Outline, outline
from diptych_conformance.report.html import html
from diptych_conformance.report.junit import junit
from diptych_conformance.report.markdown import markdown
from diptych_conformance.result import Record, Result, Status

SCHEMA = 2  # of the JSON, described in schema.json: raised when a field changes its meaning or goes
NUMBERS = ("error", "allowed", "value_error", "gradient_error")


def write(
    results: Sequence[Result],
    folder: Path,
    differences: Sequence[Difference] = (),
    changed: Changes | None = None,
) -> None:
    """conformance.json, .xml, .md and .html, and for one backend alone arrays.npz, which pairs are compared on."""
    folder.mkdir(parents=True, exist_ok=True)
    document = json.dumps(as_json(results, differences), indent=1, allow_nan=False)
    for name, text in (
        ("conformance.json", document + "\n"),
        ("conformance.xml", junit(results, differences)),
        ("conformance.md", markdown(results, differences, changed)),
        ("conformance.html", html(results, differences, changed)),
    ):
        _whole(folder / name, lambda file, text=text: file.write(text.encode("utf-8")))  # type: ignore[misc]
    if len(results) == 1:
        arrays = dict(results[0].arrays)
        _whole(folder / "arrays.npz", lambda file: np.savez_compressed(file, **arrays))  # type: ignore[arg-type]


def read(folder: Path) -> Result:
    """The one result that `write` left in a folder. Raises ValueError as `load` does, and where it is not whole."""
    backends = load(folder / "conformance.json")["backends"]
    if len(backends) != 1:
        raise ValueError(f"{folder}: a report of {len(backends)} backends; give the folder of one, within it")
    (result,) = backends
    try:
        with np.load(folder / "arrays.npz") as arrays:
            return Result(
                backend=result["backend"],
                capabilities=tuple(result["capabilities"]),
                settings=result["settings"],
                environment=result["environment"],
                records=tuple(_record(fields) for fields in result["cases"]),
                arrays=dict(arrays),
            )
    except (OSError, KeyError, TypeError, ValueError, BadZipFile) as error:
        raise ValueError(f"{folder}: not a whole report ({type(error).__name__}: {error})") from None


def joined(folders: Sequence[Path], spec: str, seed: int) -> list[Result]:
    """Results of other runs, to be compared with those of this one: of the same formulas and the same problems.

    Raises ValueError as `read` does, and where spec or seed are others, or two are of the same name.
    """
    results: dict[str, Result] = {}
    for folder in folders:
        result = read(folder)
        if result.environment["spec"] != spec:
            raise ValueError(f"{folder}: run with another spec than the one installed here; run it anew with this")
        if result.settings["seed"] != seed:
            raise ValueError(f"{folder}: run with --seed {result.settings['seed']}, this run has {seed}")
        if result.backend in results:
            raise ValueError(f"{folder}: a second report of {result.backend}; give one of each backend")
        results[result.backend] = result
    return list(results.values())


def load(path: Path) -> dict[str, Any]:
    """The document in a conformance.json. Raises ValueError where it cannot be read, or is of another schema."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
    if not isinstance(document, dict) or "schema" not in document:
        raise ValueError(f"{path}: not a conformance report; give the conformance.json of one")
    if document["schema"] != SCHEMA:
        raise ValueError(
            f"{path}: a report of schema {document['schema']}, this suite reads {SCHEMA}; write it anew by --report"
        )
    return document


def earlier(path: Path) -> Outline:
    """A report as `changes` wants it. Raises ValueError as `load` does, and where parts of it are missing."""
    return outline(load(path), str(path))


def as_json(results: Sequence[Result], differences: Sequence[Difference] = ()) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "levels": list(LEVELS),
        "conformant": all(r.conformant for r in results) and all(d.passed for d in differences),
        "backends": [
            {
                "backend": result.backend,
                "conformant": result.conformant,
                "capabilities": list(result.capabilities),
                "settings": dict(result.settings),
                "environment": dict(result.environment),
                "counts": result.counts,
                "cases": [_plain(asdict(record)) for record in result.records],
            }
            for result in results
        ],
        "pairs": [_plain(asdict(d)) | {"passed": d.passed} for d in differences],
    }


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """A document of another kind than a run's, in a folder made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_words(document), indent=1, allow_nan=False) + "\n"
    _whole(path, lambda file: file.write(text.encode("utf-8")))


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _whole(path, lambda file: file.write(text.encode("utf-8")))


def _words(value: Any) -> Any:
    """`_plain`, however deep."""
    if isinstance(value, Mapping):
        return {name: _words(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_words(v) for v in value]
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity and no NaN: they are written as strings."""
    special = {name: str(v) for name, v in fields.items() if isinstance(v, float) and not np.isfinite(v)}
    return fields | special


def _record(fields: dict[str, Any]) -> Record:
    numbers = {name: float(fields[name]) for name in NUMBERS if fields[name] is not None}
    return Record(**{**fields, **numbers, "status": Status(fields["status"])})


def _whole(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Written beside its place and moved there."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
