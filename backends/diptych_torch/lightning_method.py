"""A method in training as a `LightningModule`: Lightning's Trainer and checkpoints, the steps of `diptych.Model`.

    module = LightningMethod(method, networks.mlp(method, data=(2,), latent=(8,)))
    lightning.Trainer(accelerator="cpu", max_epochs=10).fit(module, DataLoader(rows, batch_size=64))
    module(z)

A batch is one step, of the players whose turn it is: an epoch uses each row once, as a loop of `Model.step` does.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import lightning
import numpy as np
import torch
from lightning.fabric.utilities.warnings import PossibleUserWarning
from torch import Tensor, nn
from torch.utils.data import DataLoader

from diptych import passes
from diptych.method import Method
from diptych.model_in_place import ModelInPlace
from diptych.named import Named
from diptych.optimizers import Optimizer
from diptych.protocol import Device, Execution
from diptych.typing import Shape, Weights
from diptych_torch import weights as layout
from diptych_torch.backend import TorchBackend
from diptych_torch.surroundings import isolated
from diptych_torch.tape import TapeOps

_STATE = "diptych"  # the entry of a checkpoint that has what the modules do not hold


class Steps(torch.optim.Optimizer):
    """What Lightning counts as an optimiser's steps: steps of the model, which updates by rules of its own."""

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        return closure()


class InPlace(ModelInPlace):
    """A model whose networks stay the ones that Lightning knows."""

    def write(self, weights: Weights) -> None:
        for role, holders in self.nets.holders.items():
            layout.load(self.nets.modules[role], holders, weights[role])


class LightningMethod(lightning.LightningModule):
    """`method` with these networks, by the arguments of `diptych.Model`; `model` is the one that `fit` steps.

    Each player's loss is logged as ``PLAYER_loss`` in the steps that it takes, and in validation as
    ``val_PLAYER_loss``, the mean over rows, with running statistics and noise of its own. ``max_steps`` and
    ``global_step`` count steps of the model. The module takes codes, (n, *latent), and gives samples. Checkpoints
    have weights, optimisers' state, round and turn, as tensors alone; `load_from_checkpoint` is given method and
    networks again, and `fit(..., ckpt_path=...)` goes on.

    Raises ValueError as `diptych.Model` does, and when `fit` begins with a Trainer that would compute otherwise: on
    another device, in mixed precision, or in several processes.
    """

    def __init__(
        self,
        method: Method,
        networks: Mapping[str, Any],
        *,
        seed: int = 0,
        data: Shape | None = None,
        latent: Shape | None = None,
        weights: Weights | None = None,
        optimizers: Mapping[str, Optimizer] | None = None,
        dtype: Literal["float32", "float64"] = "float32",
        device: Device = None,
        execution: Execution | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.model = InPlace(
            method,
            networks,
            backend=TorchBackend(),
            seed=seed,
            data=data,
            latent=latent,
            weights=weights,
            optimizers=optimizers,
            dtype=dtype,
            device=device,
            execution=execution,
        )
        self.networks = nn.ModuleDict({role: self.model.module(role) for role in method.roles})

    def forward(self, z: Tensor) -> Tensor:
        """(n, *latent) to samples, (n, *data), as `Model.sample` gives them; differentiable."""
        recording = torch.is_grad_enabled()
        with self.model.shown() as nets, isolated(nets.dtype, nets.device), nets.mode(training=False):
            statistics = nets.statistics()
            view = Named({role: nets.caller(role, {}, own) for role, own in statistics.items()})
            with torch.set_grad_enabled(recording):
                found: Any = self.model.method.generate(view, z, ops=TapeOps())
        return found

    def setup(self, stage: str) -> None:
        trainer, nets = self.trainer, self.model.nets
        place = trainer.strategy.root_device
        if trainer.world_size > 1:
            raise ValueError(
                f"Trainer has {trainer.world_size} processes, which would each step on rows of their own: a loss "
                "is of the whole batch. Take devices=1, or diptych.Model(replicas=...)"
            )
        if (place.type, place.index or 0) != (nets.device.type, nets.device.index or 0):
            raise ValueError(
                f"Trainer computes on {place}, and the networks were made on {nets.device}: take Trainer("
                f"accelerator={nets.device.type!r}, devices=1), or LightningMethod(..., device={str(place)!r})"
            )
        if trainer.precision not in ("32-true", {torch.float64: "64-true"}.get(nets.dtype)):
            raise ValueError(
                f"Trainer has precision {trainer.precision!r}, and a step computes in {self.model.dtype}: leave "
                "precision out, and choose LightningMethod(..., dtype=...)"
            )

    def configure_optimizers(self) -> Steps:
        return Steps(self.networks.parameters(), {})

    def training_step(self, batch: Any, batch_idx: int) -> dict[str, Tensor]:
        """The next step of the round; the losses of those who moved."""
        losses = self.optimizers().step(closure=lambda: self.model.step(batch))
        self.log_dict({f"{name}_loss": loss for name, loss in losses.items()}, prog_bar=True)
        return dict(losses)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        x = passes.rows(batch)
        losses = self.model.losses(x, seed=batch_idx)
        self.log_dict({f"val_{name}_loss": loss for name, loss in losses.items()}, batch_size=x.shape[0])

    def predict_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Of codes, the samples."""
        found: Tensor = self(passes.rows(batch, "z"))
        return found

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint[_STATE] = {name: torch.from_numpy(array) for name, array in self.model.progress().items()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """ValueError where it is of another method, or of no `LightningMethod`."""
        self.model.resume({name: tensor.cpu().numpy() for name, tensor in checkpoint.get(_STATE, {}).items()})


class _Told(lightning.Callback):
    """What a Trainer tells after each step, and the state of the model there."""

    def __init__(self) -> None:
        self.found: list[tuple[dict[str, float], dict[str, np.ndarray]]] = []

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        losses = {name: float(trainer.callback_metrics[f"{name}_loss"]) for name in outputs}
        self.found.append((losses, module.model.state()))


def own_loop(
    method: Method,
    networks: Mapping[str, Any],
    batches: Sequence[np.ndarray],
    *,
    seed: int,
    optimizers: Mapping[str, Optimizer] | None = None,
    dtype: Literal["float32", "float64"] = "float32",
    device: Device = None,
    execution: Execution | None = None,
) -> list[tuple[dict[str, float], dict[str, np.ndarray]]]:
    """`diptych.protocol.HasOwnLoop` by Lightning's `Trainer`."""
    settings = {"optimizers": optimizers, "dtype": dtype, "device": device, "execution": execution}
    made, told = LightningMethod(method, networks, seed=seed, **settings), _Told()
    place = made.model.nets.device
    quiet = {"logger": False, "enable_checkpointing": False, "enable_model_summary": False}
    trainer = lightning.Trainer(
        accelerator=place.type,
        devices=1 if place.index is None else [place.index],
        max_epochs=1,
        enable_progress_bar=False,
        callbacks=[told],
        **quiet,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PossibleUserWarning)  # that there is nothing to validate on
        rows: Any = [torch.from_numpy(batch.astype(dtype)) for batch in batches]  # a list of its own means loaders
        trainer.fit(made, DataLoader(rows, batch_size=None))
    return told.found
