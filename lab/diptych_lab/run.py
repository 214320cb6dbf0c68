"""Training: a run as a pure function of its config and its number of rounds."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
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
    after a round, the run is written down and ends there, to be resumed. Everything is checked first: on bad
    input (ValueError, OSError, ModuleNotFoundError) nothing has been written. FloatingPointError where a loss
    is no longer finite.
    """
    dataset = load_data(data, settings.get("dtype", "float32")) if isinstance(data, str) else data
    config = configure(method, dataset, **settings)
    for name, value in (("rounds", rounds), ("log_every", log_every), ("checkpoint_every", checkpoint_every)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    engine = diptych.backend(backend)
    execution = execution or engine.default_execution
    _check_capabilities(engine, config, execution)
    folder = RunFolder(Path(out))
    checkpoint = folder.admit(config, resume)
    start = checkpoint.round if checkpoint else 0
    if start > rounds:
        raise ValueError(f"{folder.path} has {start} rounds already, more than the {rounds} asked for")
    weights = (
        checkpoint.weights if checkpoint else initial_weights(config.networks, generator(config.seed, WEIGHTS))
    )
    model = build(config, engine, weights, start, device=device)
    trainer = engine.trainer(model.method, model.nets, config.optimizers, execution=execution)
    if checkpoint:
        trainer.restore(checkpoint.state)

    folder.begin(config, start)
    began, clock, pending = datetime.now(UTC), perf_counter(), []
    with closing(prefetched(feed(model.method, config, dataset.x, start, rounds))) as steps:
        for t, steps_of_round in enumerate(steps, start):
            pending.append([trainer.step(*step) for step in steps_of_round])
            done = t + 1
            last, due = done == rounds or stop(), done % checkpoint_every == 0
            if last or due or done % log_every == 0:
                records = [_losses(t, of_steps) for t, of_steps in enumerate(pending, done - len(pending))]
                append_lines(folder.metrics, records)
                watch(Progress(done, rounds, records[-1]))
                pending.clear()
            if last or due:
                model = replace(model, round=done)
                _keep(folder, model, trainer, dataset)
            if last:
                break
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
