"""A backend's result on disk, and back. Every file appears whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from textwrap import shorten
from typing import Any
from zipfile import ZipFile

import numpy as np

from diptych import CATALOGUE, atomic, documents
from diptych_conformance.core.case import DTYPES, LEVELS
from diptych_conformance.core.result import Record, Result, Status
from diptych_conformance.report.changes import Changes, Outline, outline
from diptych_conformance.report.html import html
from diptych_conformance.report.junit import junit
from diptych_conformance.report.markdown import markdown
from diptych_conformance.running.pairwise import Difference, uncompared

SCHEMA = 2  # of the JSON, described in schema.json: raised when a field changes its meaning or goes
LARGEST = 1 << 30  # bytes of a report, and of its arrays: one of all cases has a hundredth of it
DESCRIPTION = json.loads((files(__package__) / "schema.json").read_text(encoding="utf-8"))
KINDS = DESCRIPTION["$defs"]["pair"]["properties"]["kind"]["enum"]
NUMBERS = ("error", "allowed", "value_error", "gradient_error")


def write(
    results: Sequence[Result],
    folder: Path,
    differences: Sequence[Difference] = (),
    changed: Changes | None = None,
) -> None:
    """conformance.json, .xml, .md and .html, and for one backend alone arrays.npz, which pairs are compared on."""
    write_json(folder / "conformance.json", as_json(results, differences))
    write_text(folder / "conformance.xml", junit(results, differences))
    write_text(folder / "conformance.md", markdown(results, differences, changed))
    write_text(folder / "conformance.html", html(results, differences, changed))
    if len(results) == 1:
        packed = BytesIO()
        np.savez_compressed(packed, **results[0].arrays)  # type: ignore[arg-type]
        atomic.write(folder / "arrays.npz", packed.getvalue())


def read(folder: Path) -> Result:
    """The one result that `write` left in a folder. Raises ValueError as `load` does, and where it is not whole."""
    document = load(folder / "conformance.json")
    try:
        result, *others = document["backends"]
        if others:
            raise ValueError(f"of {1 + len(others)} backends; give the folder of one, within it")
        return Result(
            backend=result["backend"],
            capabilities=tuple(result["capabilities"]),
            settings=result["settings"],
            environment=result["environment"],
            records=tuple(_record(fields) for fields in result["cases"]),
            arrays=_arrays(folder / "arrays.npz"),
        )
    except (OSError, TypeError, ValueError) as error:
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
    """The document in a conformance.json. Raises ValueError where it is not as schema.json describes it."""
    from jsonschema import Draft202012Validator  # here, for only a report from elsewhere wants it
    from jsonschema.exceptions import best_match

    if path.is_dir():
        raise ValueError(f"{path}: a folder; give the conformance.json in it")
    if not path.exists():
        raise ValueError(f"{path}: No such file")
    try:
        document = documents.document(documents.content(path, LARGEST))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not a conformance report: {error}") from None
    if "schema" not in document:
        raise ValueError(f"{path}: not a conformance report; give the conformance.json of one")
    if document["schema"] != SCHEMA:
        raise ValueError(
            f"{path}: a report of schema {document['schema']!r:.20}, this suite reads {SCHEMA}; "
            "write it anew by --report"
        )
    wrong = best_match(Draft202012Validator(DESCRIPTION).iter_errors(document))
    if wrong is not None:
        raise ValueError(f"{path}: not a whole report: at {wrong.json_path}: {shorten(wrong.message, 200)}")
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
                "settings": _plain(result.settings),
                "environment": _plain(result.environment),
                "counts": result.counts,
                "cases": [_plain(asdict(record)) for record in result.records],
            }
            for result in results
        ],
        "pairs": [_plain(asdict(d)) | {"passed": d.passed} for d in differences],
        "uncompared": [_plain(asdict(pair)) for pair in uncompared(results)],
    }


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """A document, of numbers that JSON lacks too."""
    write_text(path, json.dumps(_plain(document), indent=1, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """In a folder made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, text)


def _plain(value: Any) -> Any:
    """As it comes back from a file: JSON has no tuples, and neither infinity nor NaN, which become strings."""
    if isinstance(value, Mapping):
        return {name: _plain(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """What `write` left for pairs to be compared on. Raises ValueError where it is anything else."""
    if not path.is_file():  # a pipe would be waited for
        raise ValueError(f"there is no file {path.name}")
    try:
        with ZipFile(path) as members:
            size = sum(member.file_size for member in members.infolist())
        if size > LARGEST:
            raise ValueError(f"{path.name} unpacks to {size} bytes, which is too many")
        with np.load(path) as arrays:
            found = dict(arrays)
    except Exception as error:  # bytes from elsewhere: whatever zipfile, zlib and NumPy say of them
        raise ValueError(f"{path.name} cannot be read: {type(error).__name__}: {error}") from None
    for key, array in found.items():
        kind, method, dtype = [*key.split("|"), "", "", ""][:3]
        if key.count("|") != 4 or kind not in KINDS or method not in CATALOGUE or dtype not in DTYPES:
            raise ValueError(f"{path.name} holds {key!r:.80}, which is no array of a case")
        if array.dtype.kind != "f":
            raise ValueError(f"{path.name}: {key!r} is of type {array.dtype}, not of floats")
    return found


def _record(fields: dict[str, Any]) -> Record:
    numbers = {name: float(fields[name]) for name in NUMBERS if fields[name] is not None}
    return Record(**{**fields, **numbers, "status": Status(fields["status"])})
