"""Mistakes that are easily made with the random numbers of a run: each replaces a part of the lab."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from diptych import Method, Model, model, randomness
from diptych.noise import Draw, Normal
from diptych.randomness import NOISE, ORDER, SAMPLING, WEIGHTS, generator
from diptych_lab import feed, loop, run
from diptych_lab.feed import Step
from diptych_lab.loop import Progress

from . import laws

Made = Callable[[], AbstractContextManager[Any]]
DRAW, ROUNDS, WEIGHED, SAMPLED = Model.draws, feed.rounds, model.initial_weights, Model.sample  # as they should be
LAWS = Method.draws


@dataclass(frozen=True)
class Mistake:
    """`law` does not hold where it is `made`."""

    name: str
    law: Callable[[Path], None]
    made: Made


def _keyed(module: Any, purpose: str, key: Callable[..., tuple[Any, ...]]) -> Made:
    """Streams of this purpose by another key, (seed, *index)."""

    def wrong(seed: int, asked: str, *index: Any) -> Any:
        if asked != purpose:
            return generator(seed, asked, *index)
        seed, *index = key(seed, *index)
        return generator(seed, asked, *index)

    return lambda: patch.object(module, "generator", wrong)


def _keyed_by_numpy() -> AbstractContextManager[Any]:
    """Noise from NumPy's own generator, which others move too."""

    def wrong(seed: int, purpose: str, *index: Any) -> Any:
        return np.random.mtrand._rand if purpose == NOISE else generator(seed, purpose, *index)

    return patch.object(randomness, "generator", wrong)


def _instead(module: Any, name: str, wrong: Any) -> Made:
    return lambda: patch.object(module, name, wrong)


def _noise_key(change: Callable[..., tuple[Any, ...]]) -> Made:
    return _keyed(randomness, NOISE, change)


def _altered(change: Callable[..., dict[str, Any]]) -> Made:
    """Noise that is changed after it was drawn: `change(noise, t, turn)`."""
    return _instead(Model, "draws", lambda self, t, turn, n: change(DRAW(self, t, turn, n), t, turn))


def _at_round(round_: Callable[[int], int]) -> Made:
    """Laws as another round has them."""
    return _instead(Method, "draws", lambda self, streams, n, shapes, t: LAWS(self, streams, n, shapes, round_(t)))


def _sampling(wrong: Callable[[int], Any]) -> Made:
    """Samples from another stream than that of their seed."""

    def stream(seed: int, purpose: str, *index: Any) -> Any:
        return wrong(seed) if purpose == SAMPLING else generator(seed, purpose, *index)

    return _instead(randomness, "generator", stream)


@contextmanager
def _one_generator() -> Iterator[None]:
    """One for all, which goes on from use to use."""
    shared = np.random.default_rng(0)
    with (
        patch.object(feed, "generator", lambda *key: shared),
        patch.object(randomness, "generator", lambda *key: shared),
    ):
        yield


def _mirrored(self: Model, t: int, turn: int, n: int) -> dict[str, Any]:
    """Every second step has the noise of the one before, turned round."""
    return {name: (-a if t % 2 else a) for name, a in DRAW(self, t - t % 2, turn, n).items()}


def _in_its_dtype(self: Model, t: int, turn: int, n: int) -> dict[str, Any]:
    """Drawn in float32 where the run is, by other numbers."""

    def stream(name: str) -> Any:
        return generator(self.seed, NOISE, t, turn, name, self.dtype)

    drawn = self.method.draws(stream, n, self.shapes, t)
    return {name: a.astype(self.dtype) for name, a in drawn.items()}


def _order(permutation: Callable[[Any, int], Any]) -> Made:
    """Epochs in another order of rows."""

    def wrong(seed: int, purpose: str, *index: Any) -> Any:
        healthy = generator(seed, purpose, *index)
        return SimpleNamespace(permutation=partial(permutation, healthy)) if purpose == ORDER else healthy

    return _instead(feed, "generator", wrong)


def _drawn_with_replacement(x: Any, size: int, seed: int, start: int) -> Iterator[Any]:
    for step in count(start):
        yield x[generator(seed, ORDER, step).integers(0, len(x), size)]


def _a_batch_a_round(
    model: Any, x: Any, batch: int, start: int, stop: int, augmentation: Any
) -> Iterator[list[Step]]:
    rows = feed.batches(x, batch, model.seed, start)
    for t in range(start, stop):
        same = next(rows)
        yield [Step(same, model.draws(t, turn, batch)) for turn in range(len(model.method.round(t)))]


def _beginning(first: Callable[[Any, int], int]) -> Any:
    """What is resumed in round t begins with batch number `first(method, t)`, and the noise of its round."""

    def rounds(model: Any, x: Any, batch: int, start: int, stop: int, augmentation: Any) -> Iterator[list[Step]]:
        rows = feed.batches(x, batch, model.seed, first(model.method, start))
        for t in range(start, stop):
            yield [Step(next(rows), model.draws(t, turn, batch)) for turn in range(len(model.method.round(t)))]

    return rounds


def _counted_anew(model: Any, x: Any, batch: int, start: int, stop: int, augmentation: Any) -> Iterator[list[Step]]:
    """What is resumed begins with round 0."""
    return ROUNDS(model, x, batch, 0, stop - start)


def _record(of: Callable[[list[float]], float], name: Callable[[str], str] = lambda player: player) -> Any:
    """A row of metrics by something else than the mean."""

    def losses(t: int, steps: Any) -> dict[str, float]:
        values: dict[str, list[float]] = {}
        for step in steps:
            for player, loss in step.items():
                values.setdefault(name(player), []).append(float(loss))
        return {"round": t, **{player: of(own) for player, own in values.items()}}

    return _instead(loop, "_losses", losses)


def _first_of_all(done: int, total: int, losses: Any) -> Any:
    """What is told of a round has the losses of another one."""
    return Progress(done, total, losses | {"round": max(0, done - 2)})


def _short_of_the_end(x: Any, size: int, seed: int, start: int) -> Iterator[Any]:
    """Epochs without a last batch that would end with the data."""
    whole = (len(x) - 1) // size
    for step in count(start):
        epoch, number = divmod(step, whole)
        order = generator(seed, ORDER, epoch).permutation(len(x))
        yield x[order[number * size : (number + 1) * size]]


def _thousand_by_thousand(self: Any, n: int, *, seed: int = 0) -> Any:
    """Samples drawn in parts, each from the beginning of the stream."""
    return np.concatenate([SAMPLED(self, min(1000, n - i), seed=seed) for i in range(0, n, 1000)])


@contextmanager
def _standard_samples() -> Iterator[None]:
    """Samples from N(0, I), whatever the prior."""
    own = run.make_run

    def remade(*args: Any, **settings: Any) -> Any:
        made = own(*args, **settings)
        made.model.method = replace(made.method, prior=Draw(Normal(), "latent"))
        return made

    with patch.object(run, "make_run", remade):
        yield


def _alike(networks: Any, random: Any) -> Any:
    """Every network from the same state of a generator."""
    state = random.bit_generator.state

    def one(role: str, network: Any) -> Any:
        random.bit_generator.state = state
        return WEIGHED({role: network}, random)[role]

    return {role: one(role, network) for role, network in networks.items()}


SWAP = {"critic": "generator", "generator": "critic"}

MISTAKES = (
    Mistake("one stream for two draws", laws.draws_are_apart, _noise_key(lambda s, t, i, name: (s, t, i))),
    Mistake(
        "the same noise in every step of a round",
        laws.draws_are_apart,
        _noise_key(lambda s, t, i, name: (s, t, name)),
    ),
    Mistake("the same noise in every round", laws.draws_are_apart, _noise_key(lambda s, t, i, name: (s, i, name))),
    Mistake("step and round added up", laws.draws_are_apart, _noise_key(lambda s, t, i, name: (s, t + i, name))),
    Mistake(
        "one row for all",
        laws.draws_are_apart,
        _altered(lambda n, t, i: {k: np.repeat(a[:1], len(a), 0) for k, a in n.items()}),
    ),
    Mistake("mirrored from step to step", laws.draws_are_apart, _instead(Model, "draws", _mirrored)),
    Mistake(
        "noise of half the size",
        laws.draws_follow_their_laws,
        _altered(lambda n, t, i: {k: a / 2 for k, a in n.items()}),
    ),
    Mistake(
        "e beyond 1",
        laws.draws_follow_their_laws,
        _altered(lambda n, t, i: n | {"e": 2 * n["e"]} if "e" in n else n),
    ),
    Mistake(
        "uniform for normal",
        laws.draws_follow_their_laws,
        _altered(lambda n, t, i: n | {"z": np.clip(n["z"], -1, 1)}),
    ),
    Mistake(
        "the seed does not reach the noise",
        laws.seeds_reach_everything,
        _noise_key(lambda s, *index: (0, *index)),
    ),
    Mistake(
        "the seed does not reach the weights",
        laws.seeds_reach_everything,
        _keyed(randomness, WEIGHTS, lambda s: (0,)),
    ),
    Mistake(
        "the seed does not reach the order",
        laws.seeds_reach_everything,
        _keyed(feed, ORDER, lambda s, epoch: (0, epoch)),
    ),
    Mistake(
        "seed and round added up",
        laws.seeds_reach_everything,
        _noise_key(lambda s, t, i, name: (0, s + t, i, name)),
    ),
    Mistake("seeds by twos", laws.seeds_reach_everything, _keyed(randomness, WEIGHTS, lambda s: (s // 2,))),
    Mistake(
        "networks that begin alike", laws.initial_weights_are_apart, _instead(model, "initial_weights", _alike)
    ),
    Mistake("not shuffled", laws.epochs_are_shuffled_passes, _order(lambda healthy, n: np.arange(n))),
    Mistake(
        "shuffled alike in every epoch",
        laws.epochs_are_shuffled_passes,
        _keyed(feed, ORDER, lambda s, epoch: (s, 0)),
    ),
    Mistake(
        "shuffled in batches",
        laws.epochs_are_shuffled_passes,
        _order(lambda g, n: np.arange(n).reshape(-1, 5)[g.permutation(n // 5)].ravel()),
    ),
    Mistake(
        "drawn with replacement",
        laws.epochs_are_shuffled_passes,
        _instead(feed, "batches", _drawn_with_replacement),
    ),
    Mistake(
        "a batch for all players of a round",
        laws.epochs_are_shuffled_passes,
        _instead(loop, "feed", _a_batch_a_round),
    ),
    Mistake(
        "the last rows are always left",
        laws.epochs_are_shuffled_passes,
        _order(lambda g, n: np.append(g.permutation(n - 1), n - 1)),
    ),
    Mistake(
        "the last batch of a whole epoch is left",
        laws.epochs_are_shuffled_passes,
        _instead(feed, "batches", _short_of_the_end),
    ),
    Mistake("schedules stand still", laws.schedules_follow_the_round, _at_round(lambda t: 0)),
    Mistake("schedules one round late", laws.schedules_follow_the_round, _at_round(lambda t: max(0, t - 1))),
    Mistake("schedules by tens of rounds", laws.schedules_follow_the_round, _at_round(lambda t: 10 * t)),
    Mistake("the last loss for the mean", laws.metrics_are_means_of_the_round, _record(lambda own: own[-1])),
    Mistake("the first loss for the mean", laws.metrics_are_means_of_the_round, _record(lambda own: own[0])),
    Mistake("the sum for the mean", laws.metrics_are_means_of_the_round, _record(sum)),
    Mistake(
        "metrics of another player",
        laws.metrics_are_means_of_the_round,
        _record(lambda own: sum(own) / len(own), lambda name: SWAP.get(name, name)),
    ),
    Mistake(
        "told of the losses of another round",
        laws.metrics_are_means_of_the_round,
        _instead(loop, "Progress", _first_of_all),
    ),
    Mistake("samples from the stream of training", laws.looking_changes_nothing, _one_generator),
    Mistake(
        "samples by the noise of a step",
        laws.looking_changes_nothing,
        _sampling(lambda seed: generator(seed, NOISE, 0, 0, "z")),
    ),
    Mistake(
        "other samples in every picture",
        laws.looking_changes_nothing,
        _sampling(partial(lambda numbers, seed: generator(seed, SAMPLING, next(numbers)), count())),
    ),
    Mistake(
        "the seed does not reach the samples",
        laws.samples_are_of_the_prior,
        _sampling(lambda seed: generator(0, SAMPLING)),
    ),
    Mistake(
        "every thousand samples alike",
        laws.samples_are_of_the_prior,
        _instead(Model, "sample", _thousand_by_thousand),
    ),
    Mistake("samples of another prior", laws.samples_are_of_the_prior, _standard_samples),
    Mistake(
        "noise from NumPy's generator",
        laws.only_the_settings_decide,
        _keyed_by_numpy,
    ),
    Mistake(
        "what is resumed begins with the first batch",
        laws.a_resumed_run_goes_on,
        _instead(loop, "feed", _beginning(lambda method, t: 0)),
    ),
    Mistake(
        "what is resumed begins with round 0",
        laws.a_resumed_run_goes_on,
        _instead(loop, "feed", _counted_anew),
    ),
    Mistake(
        "what is resumed counts steps by those of its round",
        laws.a_resumed_run_goes_on,
        _instead(loop, "feed", _beginning(lambda method, t: t * len(method.round(t)))),
    ),
    Mistake("a generator that goes on", laws.a_resumed_run_goes_on, _one_generator),
    Mistake(
        "draws of another dtype are others",
        laws.only_the_settings_decide,
        _instead(Model, "draws", _in_its_dtype),
    ),
)
