"""A trained model: samples, and reconstructions where its method has them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from diptych import Backend, Method, checks
from diptych.protocol import Device
from diptych_lab.config import Config
from diptych_lab.data import load_data
from diptych_lab.engine import engine, registered
from diptych_lab.folder import RunFolder
from diptych_lab.paths import path
from diptych_lab.randomness import SAMPLING, generator
from diptych_lab.room import check_room

_ROWS = 1000  # passed through the networks at once


@dataclass(frozen=True, eq=False)
class Model:
    """Networks of a backend with the run they come from, `round` rounds and so many `updates` a player into it."""

    config: Config
    method: Method
    backend: Backend
    nets: Any
    round: int
    updates: Mapping[str, int] = field(default_factory=dict)

    @property
    def unmoved(self) -> tuple[str, ...]:
        """The networks that no player has moved yet: what passes through them is of a model that is not trained."""
        moved = {role for player in self.method.players if self.updates.get(player.name) for role in player.owns}
        return tuple(role for role in self.method.roles if role not in moved)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """(n, *event): n samples of the model, from prior draws that `seed` decides.

        Raises ValueError for what is no number of samples, or more of them than this machine has room for.
        """
        n, seed = checks.whole("n", n), checks.whole("seed", seed, 0)
        check_room(f"n = {n}", n * prod((*self.config.event, 8)), "draw fewer")
        z = self.method.prior.sample(generator(seed, SAMPLING), n, self.method.shapes(self.config.shapes))
        return self._map(self.method.generate, z)

    def reconstruct(self, x: Any) -> np.ndarray:
        """G(E(x)): (n, *event), images in [0, 1].

        `x` is whatever `load_data` takes, and treated as the run's data were: bytes are divided by 255. Raises
        ValueError for what it refuses, for rows of another shape, and where the method has no encoder.
        """
        if self.method.reconstruct is None:
            raise ValueError(f"method {self.method.name!r} has no encoder, so it reconstructs nothing")
        rows = load_data(x, self.config.dtype, scaling=self.config.scaling).x
        if rows.shape[1:] != self.config.event:
            raise ValueError(f"rows of shape {self.config.event} are wanted, got {rows.shape}; one row is x[None]")
        return self._map(self.method.reconstruct, rows)

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
    updates: Mapping[str, int] | None = None,
) -> Model:
    """The model of `config` in `backend` with these canonical weights."""
    nets = backend.build(config.networks, weights, dtype=config.dtype, device=device)
    return Model(config, config.make(), backend, nets, round, updates or {})


def updates(state: Mapping[str, np.ndarray]) -> dict[str, int]:
    """How many updates each player has had, in the state of a trainer."""
    counts = {name.removesuffix(".updates"): count for name, count in state.items() if name.endswith(".updates")}
    return {player: int(count) for player, count in counts.items()}


def load(
    run: str | Path,
    *,
    backend: str | Backend | None = None,
    device: Device = None,
    method: Method | None = None,
) -> Model:
    """The model of a run's last checkpoint, in the backend that wrote it or another.

    `method` is the one it was trained by, where that was composed. What a checkpoint says of its backend is looked
    up among the registered names and nowhere else: a run trained by ``module:callable`` wants `backend` again.

    Raises FileNotFoundError where there is no run or no checkpoint yet, ValueError where it is damaged.
    """
    folder = RunFolder(path("run", run))
    config = replace(folder.read_config(), composed=method)
    if method and method.name != config.method:
        raise ValueError(f"the run is of {config.method!r}, not of {method.name!r}")
    config.make()  # of a composed method that is not at hand: told before the checkpoint is looked at
    checkpoint = folder.read_checkpoint(config)
    framework = engine(backend if backend is not None else registered(checkpoint.backend, folder.checkpoint))
    return build(
        config, framework, checkpoint.weights, checkpoint.round, device=device, updates=updates(checkpoint.state)
    )
