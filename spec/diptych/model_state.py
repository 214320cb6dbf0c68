"""A model's state, flat: ``weights/role/tensor``, ``optimizer/...``, ``round`` and ``turn``; and as a file.

The file is a safetensors file: nothing in it can be executed, and it is there whole or not at all.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from diptych import border

_HEADER, _FORMAT = "diptych model", 1
_RUN = "diptych"  # the header of the lab's checkpoints
Arrays = dict[str, np.ndarray[Any, Any]]


def flat(
    weights: Mapping[str, Mapping[str, np.ndarray[Any, Any]]],
    optimizers: Mapping[str, np.ndarray[Any, Any]],
    round: int,
    turn: int,
) -> Arrays:
    """The parts of a state, `weights` by role, under one name each."""
    tensors = {f"weights/{role}/{name}": a for role, own in weights.items() for name, a in own.items()}
    moved = {f"optimizer/{name}": array for name, array in optimizers.items()}
    return {**tensors, **moved, "round": np.asarray(round), "turn": np.asarray(turn)}


def parts(
    state: Mapping[str, Any], roles: Collection[str]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any], int, int]:
    """What `flat` was given.  ValueError for an entry of another name, and for counts that are none.

    Which tensors a role has and which entries an optimiser, `Backend.build` and `Trainer.restore` know.
    """
    weights: dict[str, dict[str, Any]] = {role: {} for role in roles}
    optimizers: dict[str, Any] = {}
    for key, array in state.items():
        kind, _, name = key.partition("/")
        role, _, tensor = name.partition("/")
        if kind == "optimizer":
            optimizers[name] = array
        elif kind == "weights" and role in weights:
            weights[role][tensor] = array
        elif key not in ("round", "turn"):
            raise ValueError(f"state: unknown entry {key!r}")
    round, turn = (border.count(f"state: {name!r}", state.get(name)) for name in ("round", "turn"))
    return weights, optimizers, round, turn


def write(path: Path, state: Mapping[str, np.ndarray[Any, Any]], method: str) -> None:
    """`state` to `path`.  FloatingPointError, and nothing written, where a number is not finite; OSError."""
    import json  # here, as what follows: most who import diptych read and write no file

    from diptych import atomic

    for name, array in state.items():
        if not np.isfinite(array).all():
            raise FloatingPointError(f"{name} is not finite: the model diverged, and is not saved")
    atomic.write(path, content(state, {_HEADER: json.dumps({"format": _FORMAT, "method": method})}))


def content(state: Mapping[str, np.ndarray[Any, Any]], header: dict[str, str] | None = None) -> bytes:
    """`state` as a safetensors file has it."""
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in state.items()}
    return save(tensors, header)


def read(path: Path, method: str) -> Arrays:
    """The state in `path`.

    Raises FileNotFoundError where there is no file. ValueError, naming it, where it cannot be read, or is no
    model's or of another method, and where a number is not finite.
    """
    import json

    from safetensors import SafetensorError, safe_open

    if not path.is_file():  # a pipe would be waited for
        hint = "; diptych_lab.load reads the folder of a run" if path.is_dir() else ""
        raise FileNotFoundError(f"{path}: no such file{hint}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if _RUN in metadata:
                raise ValueError("it is a run's checkpoint, which diptych_lab.load reads from the run's folder")
            header = json.loads(metadata[_HEADER])
            state: Arrays = {name: file.get_tensor(name) for name in sorted(file.keys())}
        found = (header["format"], header["method"])
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: no model that diptych saved, or damaged ({error})") from None
    if found != (_FORMAT, method):
        raise ValueError(f"{path}: format and method {found}, wanted {(_FORMAT, method)}")
    for name, array in state.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{path}: damaged: {name} is not finite")
    return state
