"""A run with its model: samples, and reconstructions if its method has an encoder."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from diptych import Backend, Method, Model, checks
from diptych.backends import complete_backend
from diptych.protocol import Device, Execution
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.config import Config
from diptych_lab.folder import RunFolder
from diptych_lab.memory import check_memory
from diptych_lab.own_data import data_like
from diptych_lab.own_networks import Made
from diptych_lab.paths import path
from diptych_lab.registered import registered


@dataclass(frozen=True, eq=False)
class Run:
    """`config` describes the run, `model` is its present state."""

    config: Config
    model: Model

    @property
    def method(self) -> Method:
        return self.model.method

    @property
    def round(self) -> int:
        """The rounds that are done."""
        return self.model.round

    @property
    def checkpoint(self) -> Checkpoint:
        """The run as it is now, copied to NumPy."""
        model = self.model
        return Checkpoint(self.config, model.round, model.backend.name, model.weights(), model.trainer.state())

    @property
    def unmoved(self) -> tuple[str, ...]:
        """The networks that no player has updated yet: results that use them come from an untrained model."""
        state = self.model.trainer.state()
        moved = {role for player in self.method.players if state[f"{player.name}.updates"] for role in player.owns}
        return tuple(role for role in self.method.roles if role not in moved)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """(n, *event): n samples of the model, from prior draws that `seed` decides; of a table in its own units.

        Raises ValueError for what is no number of samples, or more of them than this machine has room for.
        """
        return self.restored(self.draw(n, seed))

    def draw(self, n: int, seed: int = 0) -> np.ndarray:
        """As `sample`, in the units of the model: columns of a table as they are scaled."""
        n = checks.whole("n", n)
        check_memory(f"n = {n}", n * prod((*self.config.event, 8)), "draw fewer")
        return self.model.sample(n, seed=seed)

    def restored(self, rows: np.ndarray) -> np.ndarray:
        """What the model gives, in the units of a table if the run is of one; else as it is."""
        return self.config.columns.restored(rows) if self.config.columns else rows

    def reconstruct(self, x: Any) -> np.ndarray:
        """G(E(x)): (n, *event), images in [0, 1], columns of a table in its units.

        `x` is whatever `load_data` takes, and treated as the run's data were: bytes are divided by 255. Raises
        ValueError for what it refuses, for rows of another shape, and where the method has no encoder.
        """
        return self.restored(self.model.reconstruct(self._rows(x)))

    def encode(self, x: Any) -> np.ndarray:
        """The codes of `x`, as `reconstruct` takes it: (n, latent)."""
        return self.model.encode(self._rows(x))

    def _rows(self, x: Any) -> np.ndarray:
        self.method.of_encoder("encode")  # where there is none, that is told before rows are loaded
        rows = np.asarray(data_like(self.config, x).x)
        if rows.shape[1:] != self.config.event:
            raise ValueError(f"rows must have shape {self.config.event}, got {rows.shape}; one row is x[None]")
        return rows


def make_run(
    config: Config,
    backend: Backend,
    checkpoint: Checkpoint | None = None,
    *,
    device: Device = None,
    execution: Execution | None = None,
    replicas: int = 1,
) -> Run:
    """The run of `config` in `backend`, at its beginning or at a checkpoint."""
    model = Model(
        config.make(),
        config.networks,
        backend=backend,
        seed=config.seed,
        data=config.event,
        latent=(config.latent,),
        weights=checkpoint.weights if checkpoint else None,
        optimizers=config.optimizers,
        dtype=config.dtype,
        device=device,
        execution=execution,
        replicas=replicas,
    )
    if checkpoint:
        model.trainer.restore(checkpoint.state)
        model.round = checkpoint.round
    else:
        _check_found_again(config, model)
    return Run(config, model)


def _check_found_again(config: Config, model: Model) -> None:
    """Raise ValueError where a module's tensors would have other names in the process that resumes the run."""
    for role, own in config.own.items():
        if isinstance(own, Made) and own.make:
            again = own.make()
            if again is own.module:
                raise ValueError(
                    f"network {role!r}: {own.path} gives the same module each time, which another run may have "
                    "trained; make it anew in there"
                )
            other = model.backend.build({role: again}, {}, dtype=config.dtype, device=model.device)
            ours, theirs = (set(weights[role]) for weights in (model.weights(), model.backend.weights(other)))
            if ours != theirs:
                raise ValueError(
                    f"network {role!r}: {own.path} names its tensors anew each time, {min(ours - theirs)} and "
                    f"{min(theirs - ours)}; give model and layers names, so that a resumed run finds them"
                )


def load(
    run: str | Path,
    *,
    backend: str | Backend | None = None,
    device: Device = None,
    method: Method | None = None,
    best: bool = False,
    round: int | None = None,
    networks: Mapping[str, Any] | None = None,
) -> Run:
    """The run in a folder at its last checkpoint, its `best`, or that of a `round`, in the backend that wrote it or
    another.

    `method` is needed for a run whose config does not hold its method, such as one with a kernel of your own, and
    `networks` for one whose modules are made by functions of your own: those that it was trained with, by role. The
    backend that a checkpoint names is looked up among the registered names and nowhere else: a run trained by
    ``module:callable`` needs `backend` again.

    Raises FileNotFoundError where there is no run or no checkpoint yet, ValueError where it is damaged,
    or has no checkpoint of that round.
    """
    folder = RunFolder(path("run", run))
    config = folder.read_config().given(method)
    config.make()  # where the method has to be handed in: told before the checkpoint is looked at
    config = config.with_networks({} if networks is None else networks)
    checkpoint = folder.read_checkpoint(config, best=best, round=round)
    name = backend if backend is not None else registered(checkpoint.backend, folder.checkpoint)
    return make_run(config, complete_backend(name), checkpoint, device=device)
