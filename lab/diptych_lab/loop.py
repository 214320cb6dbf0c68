"""The training loop: take steps, read the losses at intervals, write checkpoints."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import takewhile
from math import isfinite
from time import perf_counter
from typing import Any, NamedTuple

from diptych import checks
from diptych.group import Group
from diptych_lab.callbacks import Callbacks
from diptych_lab.dataset import Dataset
from diptych_lab.evaluating import Evaluations
from diptych_lab.feed import prefetched
from diptych_lab.feed import rounds as feed
from diptych_lab.folder import RunFolder, Start
from diptych_lab.pictures import comparison, drawable, picture
from diptych_lab.sessions import CurrentSession
from diptych_lab.trained import Run

_SECONDS = 60.0  # without a checkpoint, and the next reading of the losses comes with one
_SAMPLES, _PAIRS, _POINTS = 64, 32, 1024  # in a picture: images, images with their reconstructions, points


class Progress(NamedTuple):
    """`done` rounds of `total`; the losses of the last of them."""

    done: int
    total: int
    losses: Mapping[str, float]


@dataclass(frozen=True)
class Pace:
    """How long a run is, how many rounds lie between readings of the losses, and between checkpoints, and of how
    many of these rounds the checkpoints are kept."""

    rounds: int
    log_every: int
    checkpoint_every: int
    keep: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            object.__setattr__(self, name, checks.whole(name, value))

    def is_read(self, done: int) -> bool:
        """Are losses read after this round, whatever else happens?"""
        return self.is_regular(done) or done % self.log_every == 0

    def is_regular(self, done: int) -> bool:
        """Has this round a checkpoint with pictures?"""
        return done == self.rounds or done % self.checkpoint_every == 0


def loop(
    run: Run,
    data: Dataset,
    folder: RunFolder,
    start: Start,
    session: CurrentSession,
    pace: Pace,
    watch: Callable[[Progress], None],
    stop: Callable[[], bool],
    evaluations: Evaluations | None,
    callbacks: Callbacks,
    group: Group,
) -> None:
    """Train on the rows of `data` from the run's present round; `group` has the processes that `follow`."""
    config, model = run.config, run.model
    pending: list[Sequence[Mapping[str, Any]]] = []
    kept, kept_round = perf_counter(), start.round

    def keep(done: int) -> None:
        nonlocal kept, kept_round
        _keep(folder, run, kept_round)
        _keep_several(folder, pace, done)
        kept, kept_round = perf_counter(), done
        folder.note(start, session.at(done))
        callbacks.tell("on_checkpoint", folder.checkpoint, run)

    with group.first_works():
        if start.checkpoint and pace.is_regular(start.round):  # a kill may have come between it and its pictures
            _show(folder, run, data, missing=True)
            if folder.checkpoint.exists():  # else the run goes on with one that is kept by its round
                _keep_several(folder, pace, start.round)
        if start.checkpoint and evaluations:
            evaluations.go_on(run)
    over = start.round == pace.rounds or bool(evaluations and evaluations.monitor.stops)
    if group.anyone(over):
        folder.begin(config, start)
        if evaluations:
            evaluations.draw()
        return
    with closing(
        prefetched(feed(model, data.x, config.batch, start.round, pace.rounds, config.augmentation))
    ) as ahead:
        for t in range(start.round, pace.rounds):
            try:
                steps = next(ahead)
            except Exception:  # of a stream, a user's own: the rounds that are done are written down
                if t > kept_round:
                    for record in _read(folder, pending, t, kept_round):
                        callbacks.tell("on_round", record)
                    keep(t)
                    _show(folder, run, data)
                raise
            pending.append([model.step(step.x, noise=step.noise) for step in steps])
            if t == start.round:  # not before: what a method cannot take shows in its first steps
                with group.first_works():
                    folder.begin(config, start)
                    folder.note(start, session.at(t))
                    if evaluations and not start.checkpoint:
                        evaluations.begin()
            done = t + 1
            model.round, model.turn = done, 0  # where a round has no step, too
            stopping, failure = _asked(lambda: bool(stop()))
            last = group.anyone(bool(stopping) or failure is not None)
            due = evaluations is not None and evaluations.monitor.watched.is_due(done)
            if not (last or due or pace.is_read(done)):
                continue
            with group.first_works():
                records = _read(folder, pending, done, kept_round)
                if failure is None:
                    _, failure = _asked(watch, Progress(done, pace.rounds, records[-1]))
                for record in records:
                    callbacks.tell("on_round", record)
                failure = failure or callbacks.failure
                last = last or failure is not None or done == pace.rounds
                regular = last or pace.is_regular(done)
                if regular or due or perf_counter() - kept > _SECONDS:
                    keep(done)
                if evaluations and due:
                    _evaluate(evaluations, run, kept_round)
                    callbacks.tell("on_evaluate", evaluations.monitor.rows[-1])
                    last = last or evaluations.monitor.stops
                failure = failure or callbacks.failure
                last = last or failure is not None
                if regular or last:
                    _show(folder, run, data)
                    if evaluations:
                        evaluations.draw()
            last = group.anyone(last)
            if failure is not None:
                raise failure
            if last:
                break


def _asked(f: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    """What a caller's function returns, or the error that it raises: training is saved before that is raised."""
    try:
        return f(*arguments), None
    except BaseException as error:
        return None, error


def _read(
    folder: RunFolder, pending: list[Sequence[Mapping[str, Any]]], done: int, kept: int
) -> list[dict[str, float]]:
    """The losses of the rounds up to `done` that are `pending`, read from the device and written down."""
    records = [_losses(t, of_steps) for t, of_steps in enumerate(pending, done - len(pending))]
    finite = list(takewhile(_is_finite, records))
    folder.append(finite)
    if len(finite) < len(records):
        raise _divergence(_wrong(records[len(finite)]), kept)
    pending.clear()
    return records


def _losses(t: int, steps: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The record of round t: every player's loss, the mean over its steps of the round."""
    values: dict[str, list[float]] = {}
    for step in steps:
        for player, loss in step.items():
            values.setdefault(player, []).append(float(loss))
    return {"round": t, **{player: sum(losses) / len(losses) for player, losses in values.items()}}


def _is_finite(record: Mapping[str, float]) -> bool:
    return all(map(isfinite, record.values()))


def _wrong(record: Mapping[str, float]) -> str:
    """The first loss of a record that is not finite."""
    player, loss = next((player, loss) for player, loss in record.items() if not isfinite(loss))
    return f"the loss of {player} is {loss} in round {record['round']}"


def _divergence(wrong: str, kept: int) -> FloatingPointError:
    """The error of a diverged run; `kept` is the round of the last checkpoint, 0 if there is none."""
    return FloatingPointError(
        f"{wrong}: the run diverged; "
        f"{f'the checkpoint of round {kept} is kept' if kept else 'there is no checkpoint yet'}; "
        "a smaller learning rate may help, in another folder"
    )


def _keep(folder: RunFolder, run: Run, kept: int) -> None:
    """Write a checkpoint of the present model, after that of round `kept`."""
    try:
        content = run.checkpoint.content()
    except FloatingPointError as error:  # finite losses of weights that are not, or of a state that is not
        raise _divergence(str(error), kept) from None
    folder.write(folder.checkpoint, content)


def _keep_several(folder: RunFolder, pace: Pace, done: int) -> None:
    """Of a run that keeps several: the checkpoint of a regular round under its name."""
    if pace.keep > 1 and pace.is_regular(done):
        folder.keep(done, pace.keep)


def _evaluate(evaluations: Evaluations, run: Run, kept: int) -> None:
    try:
        evaluations.evaluate(run)
    except FloatingPointError as error:  # samples of weights that are finite
        raise _divergence(str(error), kept) from None


def _show(folder: RunFolder, run: Run, data: Dataset, *, missing: bool = False) -> None:
    """Write pictures of the present model, if samples can be drawn; with `missing`, only missing ones."""
    if not drawable(run.config.event):
        return
    samples, shown = (_SAMPLES, _PAIRS) if data.x.ndim == 4 else (_POINTS, _POINTS)
    some = run.restored(data.x[:shown])
    drawn = {"samples": lambda: picture(run.sample(samples), data=some)}
    if run.method.reconstruct:
        drawn["reconstructions"] = lambda: comparison(some, run.reconstruct(some))
    for kind, draw in drawn.items():
        path = folder.picture(kind, run.round)
        if not (missing and path.is_file()):
            folder.write(path, draw())
