"""The training loop of a process that keeps nothing: a replica other than the first."""

from collections.abc import Callable
from contextlib import closing

from diptych.group import Group
from diptych_lab.dataset import Dataset
from diptych_lab.feed import prefetched
from diptych_lab.feed import rounds as feed
from diptych_lab.loop import Pace
from diptych_lab.monitor import Watched
from diptych_lab.trained import Run


def follow(
    run: Run, data: Dataset, pace: Pace, watched: Watched | None, stop: Callable[[], bool], group: Group
) -> None:
    """Take the steps of `loop`, which the first process of the group runs, until that one ends; keep nothing."""
    _wait(group)
    if group.anyone(False):
        return
    config, start = run.config, run.round
    steps_ahead = feed(run.model, data.x, config.batch, run.round, pace.rounds, config.augmentation)
    with closing(prefetched(steps_ahead)) as ahead:
        for steps in ahead:
            done = run.round + 1
            for step in steps:
                run.model.step(step.x, noise=step.noise)
            if done == start + 1:
                _wait(group)
            run.model.round, run.model.turn = done, 0
            last = group.anyone(bool(stop()))
            if last or pace.is_read(done) or (watched and watched.is_due(done)):
                _wait(group)
                last = group.anyone(last)
            if last:
                break


def _wait(group: Group) -> None:
    """While the first works alone."""
    with group.first_works():
        pass
