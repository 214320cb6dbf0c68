"""A trained model: samples, and reconstructions where its method has them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diptych import Backend, Method
from diptych.protocol import Device
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.config import Config
from diptych_lab.engine import engine
from diptych_lab.folder import RunFolder
from diptych_lab.randomness import SAMPLING, generator

_ROWS = 1000  # passed through the networks at once


@dataclass(frozen=True, eq=False)
class Model:
    """Networks of a backend with the run they come from, `round` rounds into it."""

    config: Config
    method: Method
    backend: Backend
    nets: Any
    round: int

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """(n, *event): n samples of the model, from prior draws that `seed` decides."""
        if n < 1:
            raise ValueError(f"n must be at least 1, got {n}")
        z = self.method.prior.sample(generator(seed, SAMPLING), n, self.method.shapes(self.config.shapes))
        return self._map(self.method.generate, z)

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        """G(E(x)), in x's shape (n, *event). Raises ValueError where the method has no encoder."""
        if self.method.reconstruct is None:
            raise ValueError(f"method {self.method.name!r} has no encoder, so it reconstructs nothing")
        if x.shape[1:] != self.config.event or not len(x):
            raise ValueError(f"rows of shape {self.config.event} are wanted, one or more, got {x.shape}")
        return self._map(self.method.reconstruct, x)

    def _map(self, f: Callable[..., Any], rows: np.ndarray) -> np.ndarray:
        def native(nets: Any, ops: Any, rows: Any) -> Any:
            return f(nets, rows, ops)

        chunks = [rows[i : i + _ROWS] for i in range(0, len(rows), _ROWS)]
        return np.concatenate([self.backend.call(native, self.nets, {"rows": chunk}) for chunk in chunks])


def build(
    config: Config,
    backend: Backend,
    weights: Mapping[str, Mapping[str, np.ndarray]],
    round: int = 0,
    *,
    device: Device = None,
) -> Model:
    """The model of `config` in `backend` with these canonical weights."""
    nets = backend.build(config.networks, weights, dtype=config.dtype, device=device)
    return Model(config, config.make(), backend, nets, round)


def load(
    run: str | Path, *, backend: str | None = None, device: Device = None, method: Method | None = None
) -> Model:
    """The model of a run's last checkpoint, in the backend that wrote it or another.

    `method` is the one it was trained by, where that was composed.

    Raises FileNotFoundError where there is no run or no checkpoint yet, ValueError where it is damaged.
    """
    folder = RunFolder(Path(run))
    folder.read_config()
    checkpoint = Checkpoint.load(folder.checkpoint, method)
    framework = engine(backend or checkpoint.backend)
    return build(checkpoint.config, framework, checkpoint.weights, checkpoint.round, device=device)
