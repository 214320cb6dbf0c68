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
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from diptych import Method
from diptych_lab import atomic
from diptych_lab.config import FORMAT, Config

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

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        groups = {**self.weights, _STATE: self.state}
        tensors = {
            f"{group}/{name}": np.asarray(array, order="C")
            for group, members in groups.items()
            for name, array in members.items()
        }
        header = {"format": FORMAT, "config": self.config.record(), "round": self.round, "backend": self.backend}
        header = json.loads(json.dumps(header))  # as it will be read back, for the checksum
        header["checksum"] = _checksum(header, tensors)
        atomic.write(path, save(tensors, {_HEADER: json.dumps(header, sort_keys=True)}))

    @classmethod
    def load(cls, path: Path, composed: Method | None = None) -> "Checkpoint":
        """The checkpoint at `path`; of a run of a composed method, with that method.

        Raises ValueError, naming the file, where it is not whole and untouched.
        """
        if path.is_dir():
            raise IsADirectoryError(f"{path}: a folder lies where the checkpoint should; move it away")
        try:
            with safe_open(path, framework="numpy") as file:
                header: dict[str, Any] = json.loads((file.metadata() or {})[_HEADER])
                tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
        except FileNotFoundError:
            raise FileNotFoundError(f"{path}: no such checkpoint") from None
        except (SafetensorError, KeyError, ValueError) as error:
            raise _damaged(path, f"it cannot be read ({error})") from None
        if header.pop("checksum", None) != _checksum(header, tensors):
            raise _damaged(path, "its contents do not match its checksum")
        if header["format"] != FORMAT:
            raise ValueError(f"{path}: format {header['format']}, this diptych reads format {FORMAT}")
        config = Config.from_record(header["config"], composed)
        groups: dict[str, dict[str, np.ndarray]] = {role: {} for role in (*config.networks, _STATE)}
        for key, array in tensors.items():
            group, _, name = key.partition("/")
            groups[group][name] = array
        state = groups.pop(_STATE)
        for role, network in config.networks.items():
            network.check(groups[role], f"{path}: {role}")
        return cls(config, header["round"], header["backend"], groups, state)


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
