"""Training: a run as a pure function of its config and its number of rounds."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple, Unpack

import diptych
from diptych import Backend, Capability, Trainer, initial_weights
from diptych_lab import atomic
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.config import Config, Settings, configure
from diptych_lab.data import Dataset, load_data
from diptych_lab.environment import machine, versions
from diptych_lab.feed import prefetched
from diptych_lab.feed import rounds as feed
from diptych_lab.folder import RunFolder, append_lines
from diptych_lab.model import Model, build
from diptych_lab.pictures import comparison, drawable, picture
from diptych_lab.randomness import WEIGHTS, generator

_SAMPLES, _PAIRS, _POINTS = 64, 32, 1024  # in a picture: images, images with their reconstructions, points


class Progress(NamedTuple):
    """`done` rounds of `total`; the losses of the last of them."""

    done: int
    total: int
    losses: Mapping[str, float]


@dataclass(frozen=True)
class Pace:
    """How long a run is, and how many rounds lie between readings of the losses, and between checkpoints."""

    rounds: int
    log_every: int
    checkpoint_every: int

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")


def train(
    method: str,
    *,
    data: str | Dataset,
    backend: str,
    out: str | Path,
    rounds: int = 2000,
    resume: bool = False,
    device: str | None = None,
    execution: str | None = None,
    log_every: int = 50,
    checkpoint_every: int = 1000,
    watch: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    **settings: Unpack[Settings],
) -> Model:
    """Train `method` on `data` in `backend` for `rounds` rounds in all, and keep the run in the folder `out`.

    `settings` are those of `configure`. Checkpoint and pictures are written every `checkpoint_every` rounds and
    at the end; losses are read from the device, and `watch` is called, every `log_every`. Where `stop()` is true
    after a round, the run is written down and ends there, to be resumed. Everything is checked first, the first
    round included: on bad input (ValueError, OSError, ModuleNotFoundError) nothing is written. FloatingPointError
    where a loss is no longer finite.
    """
    dataset = load_data(data, settings.get("dtype", "float32")) if isinstance(data, str) else data
    config = configure(method, dataset, **settings)
    pace = Pace(rounds, log_every, checkpoint_every)
    engine = diptych.backend(backend)
    execution = execution or engine.default_execution
    _check_capabilities(engine, config, execution)
    folder = RunFolder(Path(out))
    checkpoint = folder.admit(config, resume)
    if checkpoint:
        start, weights = checkpoint.round, checkpoint.weights
    else:
        start, weights = 0, initial_weights(config.networks, generator(config.seed, WEIGHTS))
    if start > rounds:
        raise ValueError(f"{folder.path} has {start} rounds already, more than the {rounds} asked for")
    model = build(config, engine, weights, start, device=device)
    trainer = engine.trainer(model.method, model.nets, config.optimizers, execution=execution)
    if checkpoint:
        trainer.restore(checkpoint.state)

    began, clock = datetime.now(UTC), perf_counter()
    model = _loop(model, trainer, dataset, folder, pace, watch, stop)
    if model.round > start:
        session = {
            "backend": backend,
            "execution": execution,
            "device": device,
            "rounds": [start, model.round],
            "began": began.isoformat(timespec="seconds"),
            "seconds": round(perf_counter() - clock, 3),
            "machine": machine(),
            "versions": versions(backend),
        }
        append_lines(folder.sessions, [session])
    return model


def _loop(
    model: Model,
    trainer: Trainer,
    data: Dataset,
    folder: RunFolder,
    pace: Pace,
    watch: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> Model:
    """Train from the model's round on; the model at the end."""
    start, pending = model.round, []
    with closing(prefetched(feed(model.method, model.config, data.x, start, pace.rounds))) as ahead:
        for t, steps in enumerate(ahead, start):
            pending.append([trainer.step(*step) for step in steps])
            if t == start:  # not before: what a method cannot take, one row a batch say, shows in its first steps
                folder.begin(model.config, start)
            done = t + 1
            last = done == pace.rounds or stop()
            keep = last or done % pace.checkpoint_every == 0
            if keep or done % pace.log_every == 0:
                records = [_losses(t, of_steps) for t, of_steps in enumerate(pending, done - len(pending))]
                append_lines(folder.metrics, records)
                watch(Progress(done, pace.rounds, records[-1]))
                pending.clear()
            if keep:
                model = replace(model, round=done)
                _keep(folder, model, trainer, data)
            if last:
                break
    return model


def _losses(t: int, steps: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The record of round t: every player's loss, the mean over its steps of the round."""
    values: dict[str, list[float]] = {}
    for step in steps:
        for player, loss in step.items():
            values.setdefault(player, []).append(float(loss))
    means = {player: sum(losses) / len(losses) for player, losses in values.items()}
    for player, loss in means.items():
        if not isfinite(loss):
            raise FloatingPointError(
                f"the loss of {player} is {loss} in round {t}: the run diverged; the last checkpoint is kept; "
                "a smaller learning rate may help"
            )
    return {"round": t, **means}


def _keep(folder: RunFolder, model: Model, trainer: Trainer, data: Dataset) -> None:
    """Checkpoint and pictures of the model as it is."""
    weights = model.backend.weights(model.nets)
    Checkpoint(model.config, model.round, model.backend.name, weights, trainer.state()).save(folder.checkpoint)
    if not drawable(model.config.event):
        return
    samples, shown = (_SAMPLES, _PAIRS) if data.x.ndim == 4 else (_POINTS, _POINTS)
    some = data.x[:shown]
    atomic.write(folder.picture("samples", model.round), picture(model.sample(samples), data=some))
    if model.method.reconstruct:
        atomic.write(folder.picture("reconstructions", model.round), comparison(some, model.reconstruct(some)))


def _check_capabilities(backend: Backend, config: Config, execution: str) -> None:
    wanted = {*config.make().needs, Capability(config.dtype)}
    if execution in set(Capability):
        wanted.add(Capability(execution))
    missing = wanted - backend.capabilities
    if missing:
        raise ValueError(f"backend {backend.name!r} cannot do this run: it lacks {', '.join(sorted(missing))}")
