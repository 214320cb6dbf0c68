"""The loop of training: step, read the losses now and then, keep what was reached."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import takewhile
from math import isfinite
from time import perf_counter
from typing import Any, NamedTuple

from diptych import Trainer, checks
from diptych_lab import atomic
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.dataset import Dataset
from diptych_lab.feed import prefetched
from diptych_lab.feed import rounds as feed
from diptych_lab.folder import RunFolder, append_lines
from diptych_lab.model import Model
from diptych_lab.pictures import comparison, drawable, picture

_SECONDS = 60.0  # without a checkpoint, and the next reading of the losses comes with one
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
            object.__setattr__(self, name, checks.whole(name, value))


def loop(
    model: Model,
    trainer: Trainer,
    data: Dataset,
    folder: RunFolder,
    pace: Pace,
    watch: Callable[[Progress], None],
    stop: Callable[[], bool],
) -> Model:
    """Train from the model's round on; the model at the end."""
    start, pending, kept = model.round, [], perf_counter()
    with closing(prefetched(feed(model.method, model.config, data.x, start, pace.rounds))) as ahead:
        for t, steps in enumerate(ahead, start):
            pending.append([trainer.step(*step) for step in steps])
            if t == start:  # not before: what a method cannot take, one row a batch say, shows in its first steps
                folder.begin(model.config, start)
            done = t + 1
            last = done == pace.rounds or stop()
            regular = last or done % pace.checkpoint_every == 0
            if not regular and done % pace.log_every:
                continue
            records = [_losses(t, of_steps) for t, of_steps in enumerate(pending, done - len(pending))]
            finite = list(takewhile(_is_finite, records))
            append_lines(folder.metrics, finite)
            if len(finite) < len(records):
                raise _divergence(records[len(finite)], model.round if folder.checkpoint.is_file() else 0)
            watch(Progress(done, pace.rounds, records[-1]))
            pending.clear()
            if regular or perf_counter() - kept > _SECONDS:
                model, kept = replace(model, round=done), perf_counter()
                _keep(folder, model, trainer)
            if regular:
                _show(folder, model, data)
            if last:
                break
    return model


def _losses(t: int, steps: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The record of round t: every player's loss, the mean over its steps of the round."""
    values: dict[str, list[float]] = {}
    for step in steps:
        for player, loss in step.items():
            values.setdefault(player, []).append(float(loss))
    return {"round": t, **{player: sum(losses) / len(losses) for player, losses in values.items()}}


def _is_finite(record: Mapping[str, float]) -> bool:
    return all(map(isfinite, record.values()))


def _divergence(record: Mapping[str, float], kept: int) -> FloatingPointError:
    """What to raise for this record; `kept` is the round of the checkpoint, 0 where there is none."""
    player, loss = next((player, loss) for player, loss in record.items() if not isfinite(loss))
    return FloatingPointError(
        f"the loss of {player} is {loss} in round {record['round']}: the run diverged; "
        f"{f'the checkpoint of round {kept} is kept' if kept else 'there is no checkpoint yet'}; "
        "a smaller learning rate may help, in another folder"
    )


def _keep(folder: RunFolder, model: Model, trainer: Trainer) -> None:
    """A checkpoint of the model as it is."""
    weights = model.backend.weights(model.nets)
    Checkpoint(model.config, model.round, model.backend.name, weights, trainer.state()).save(folder.checkpoint)


def _show(folder: RunFolder, model: Model, data: Dataset) -> None:
    """Pictures of the model as it is, where its samples can be seen."""
    if not drawable(model.config.event):
        return
    samples, shown = (_SAMPLES, _PAIRS) if data.x.ndim == 4 else (_POINTS, _POINTS)
    some = data.x[:shown]
    atomic.write(folder.picture("samples", model.round), picture(model.sample(samples), data=some))
    if model.method.reconstruct:
        atomic.write(folder.picture("reconstructions", model.round), comparison(some, model.reconstruct(some)))
