"""A run at the end of a round, as one safetensors file with canonical names.

Weights are ``role/tensor``, optimiser state is ``optimizer/player.slot.role.tensor``; the header's one entry,
``diptych``, is JSON: format, config, round, the backend that wrote it, and a checksum of all the rest. No time or
version is in it, so equal runs write equal bytes; and nothing in it can be executed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from diptych import Method
from diptych_lab import records
from diptych_lab.config import FORMAT, Config
from diptych_lab.records import Count, Strict

Tensors = Mapping[str, np.ndarray]
_HEADER, _STATE = "diptych", "optimizer"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """`round` rounds are done; `weights` by role, `state` as `Trainer.state` gives it."""

    config: Config
    round: int
    backend: str
    weights: Mapping[str, Tensors]
    state: Tensors

    def content(self) -> bytes:
        """The bytes of its file. Raises FloatingPointError, naming the tensor, where a number is not finite."""
        entries = _entries(self.config)
        groups = {**self.weights, _STATE: self.state}
        arrays = {f"{group}/{name}": a for group, members in groups.items() for name, a in members.items()}
        tensors = {
            name: np.asarray(array, entries[name].dtype if name in entries else None, order="C")
            for name, array in arrays.items()
        }
        for name, array in tensors.items():
            if not np.isfinite(array).all():
                raise FloatingPointError(f"{name} is not finite after round {self.round}")
        header = {"format": FORMAT, "config": self.config.record(), "round": self.round, "backend": self.backend}
        header = json.loads(json.dumps(header))  # as it will be read back, for the checksum
        header["checksum"] = _checksum(header, tensors)
        return save(tensors, {_HEADER: json.dumps(header, sort_keys=True)})

    @classmethod
    def load(cls, path: Path, composed: Method | None = None) -> "Checkpoint":
        """The checkpoint at `path`; `composed` is the method of a run that does not record its own.

        Raises ValueError, naming the file, where it is not whole and untouched, or of other contents than `content`
        gives.
        """
        if path.is_dir():
            raise IsADirectoryError(f"{path}: this is a folder, not a checkpoint; move it away")
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such checkpoint")
        if not path.is_file():  # a pipe would be waited for
            raise ValueError(f"{path}: this is not a regular file, so not a checkpoint; move it away")
        try:
            with safe_open(path, framework="numpy") as file:
                document = records.document((file.metadata() or {})[_HEADER])
                ours = document.get("format") == FORMAT
                if ours:
                    header = records.converted(document, _Header)
                    config = Config.from_record(header.config).given(composed)
                    _check(config, file)  # before any tensor is read
                tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
        except KeyError:
            raise _damaged(path, f"it cannot be read (no {_HEADER} in its header)") from None
        except (SafetensorError, ValueError) as error:
            raise _damaged(path, f"it cannot be read ({error})") from None
        if document.pop("checksum", None) != _checksum(document, tensors):
            raise _damaged(path, "its contents do not match its checksum")
        if not ours:
            raise ValueError(f"{path}: format {document.get('format')}, this diptych reads format {FORMAT}")
        for name, array in tensors.items():
            if not np.isfinite(array).all():
                raise _damaged(path, f"{name} is not finite")
        groups: dict[str, dict[str, np.ndarray]] = {group: {} for group in (*config.make().roles, _STATE)}
        for key, array in tensors.items():
            group, _, name = key.partition("/")
            groups[group][name] = array
        state = groups.pop(_STATE)
        return cls(config, header.round, header.backend, groups, state)


class _Header(Strict, frozen=True):
    format: int
    config: dict[str, Any]
    round: Count
    backend: str
    checksum: str


class _Entry(NamedTuple):
    """What a tensor of a checkpoint must be. The backend chooses the type of an optimiser's slots."""

    shape: tuple[int, ...]
    dtype: str | None
    types: tuple[str, ...]  # as safetensors calls them


def _entries(config: Config) -> dict[str, _Entry]:
    """The tensors of a checkpoint of this run by name, and what each must be; `_of_modules` has further names."""
    own = {"float32": "F32", "float64": "F64"}[config.dtype]
    weights, slots = {}, {}
    for role, network in config.described.items():
        for tensor in network.tensors:
            weights[f"{role}/{tensor.name}"] = _Entry(tensor.shape, config.dtype, (own,))
    for player in config.make().players:
        slots[f"{_STATE}/{player.name}.updates"] = _Entry((), "int64", ("I64",))
        for slot in config.optimizers[player.name].slots:
            for role in player.owns:
                for tensor in config.described[role].tensors if role in config.described else ():
                    if tensor.trainable:
                        key = f"{_STATE}/{player.name}.{slot}.{role}.{tensor.name}"
                        slots[key] = _Entry(tensor.shape, None, ("F32", "F64"))
    return weights | slots


def _check(config: Config, file: Any) -> None:
    """Raise ValueError unless the open file holds what a checkpoint of this run does, by name, shape and type."""
    own = _of_modules(config)
    names = set(file.keys())
    expected, found = _entries(config), {name for name in names if not name.startswith(own)}
    for name in sorted(expected.keys() ^ found):
        raise ValueError(f"{'missing' if name in expected else 'unknown'} tensor {name!r}")
    for name, entry in expected.items():
        part = file.get_slice(name)
        if tuple(part.get_shape()) != entry.shape or part.get_dtype() not in entry.types:
            raise ValueError(
                f"{name!r} has shape {tuple(part.get_shape())} and type {part.get_dtype()}, "
                f"must have {entry.shape} and {' or '.join(entry.types)}"
            )


def _of_modules(config: Config) -> tuple[str, ...]:
    """How names of tensors begin that modules of a user's own hold, and their rules: the backend knows the rest."""
    roles = config.make().roles.keys() - config.described.keys()
    slots = (
        f"{_STATE}/{player.name}.{slot}.{role}."
        for player in config.make().players
        for role in roles.intersection(player.owns)
        for slot in config.optimizers[player.name].slots
    )
    return (*(f"{role}/" for role in roles), *slots)


def _damaged(path: Path, reason: str) -> ValueError:
    return ValueError(
        f"{path}: damaged checkpoint: {reason}; put back a copy, or remove the file and train again from the start"
    )


def _checksum(header: Mapping[str, Any], tensors: Tensors) -> str:
    digest = blake2b(json.dumps(header, sort_keys=True).encode(), digest_size=32)
    for name in sorted(tensors):
        array = tensors[name]
        digest.update(f"{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
