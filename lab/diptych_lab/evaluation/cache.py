"""Features that took a network to compute, kept in the user's cache folder under a hash of rows and extractor.

A file is believed only where it names that hash and its checksum fits; any other is made anew, and so is one that
cannot be read. Removing the folder costs time and nothing else.
"""

import json
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from diptych import atomic
from diptych_lab.evaluation.extractors import Extractor
from diptych_lab.rows import Data, blocks

_HEADER, _FORMAT, _TENSOR = "diptych features", 1, "features"


def folder() -> Path:
    """Where they are kept: ``~/.cache/diptych/features`` on Linux."""
    return user_cache_path("diptych", appauthor=False) / "features"


def features(extractor: Extractor, what: str, rows: Data, say: Callable[[str], None]) -> np.ndarray:
    """`extractor(what, rows)`, from the cache where it is there. What is odd about the cache is said."""
    if not extractor.identity:
        return extractor(what, rows)
    key = _key(extractor, rows)
    path = folder() / f"{key}.safetensors"
    if path.exists():
        found, wrong = _read(path, key)
        if found is not None and len(found) == len(rows):
            return found
        say(f"{path}: {wrong or 'features of other rows'}; made anew")
    found = extractor(what, rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, _content(key, found))
    except OSError as error:
        say(f"features are not kept: {error}")
    return found


def _key(extractor: Extractor, rows: Data) -> str:
    digest = blake2b(f"{_FORMAT}\0{extractor.name}\0{extractor.identity}\0".encode(), digest_size=16)
    digest.update(f"{rows.dtype.str}\0{rows.shape}\0".encode())
    for block in blocks(rows):
        digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()


def _content(key: str, found: np.ndarray) -> bytes:
    header = {"key": key, "checksum": _checksum(key, found)}
    return save({_TENSOR: np.ascontiguousarray(found)}, {_HEADER: json.dumps(header, sort_keys=True)})


def _read(path: Path, key: str) -> tuple[np.ndarray | None, str]:
    """The features in the file, or what is wrong with it."""
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})[_HEADER])
            found = file.get_tensor(_TENSOR)
        if header["key"] != key:
            return None, "features of other data"
        if found.ndim != 2 or header["checksum"] != _checksum(key, found):
            return None, "damaged"
    except (SafetensorError, OSError, KeyError, TypeError, ValueError):
        return None, "damaged"
    return found, ""


def _checksum(key: str, found: np.ndarray) -> str:
    digest = blake2b(f"{key}\0{found.dtype.str}\0{found.shape}\0".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(found).data)
    return digest.hexdigest()
