"""The two that a benchmark compares, at the start of the same run, and diptych's `Model` beside its trainer."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

import diptych
from diptych.method import Method
from diptych.networks import conv, mlp

Noise = Mapping[str, np.ndarray]
Step = tuple[tuple[str, ...], np.ndarray, Noise]  # the players who move, their batch and noise
Clock = Callable[[], float]


class Size(NamedTuple):
    batch: int
    width: Mapping[str, int]  # by architecture
    events: Mapping[str, tuple[int, ...]]  # of the data, by architecture
    latent: tuple[int, ...] = (8,)


@dataclass(frozen=True)
class Side:
    """One of those that are compared: `step(players, x, noise)` gives losses by player."""

    step: Callable[..., Mapping[str, Any]]
    rounds: list[list[Step]]

    def play(self, index: int, clock: Clock = time.perf_counter) -> tuple[float, list[float]]:
        """A round's seconds by the clock, until its losses are read, and the losses in order."""
        start = clock()
        losses = [
            (players, self.step(players, x, noise)) for players, x, noise in self.rounds[index % len(self.rounds)]
        ]
        values = [float(found[player]) for players, found in losses for player in players]
        return clock() - start, values


class Sides(NamedTuple):
    model: Side  # `Model.step`, on the trainer's own first round
    first_round: Side
    trainer: Side  # on every player of the method, as is `by_hand`
    by_hand: Side


def made(
    backend: str, by_hand: Any, name: str, architecture: str, execution: str, size: Size, rounds: int
) -> Sides:
    """Batches and noise for so many rounds, and all sides with the same initial weights."""
    method = diptych.make(name)
    generator = np.random.default_rng(0)
    shapes = {"data": size.events[architecture], "latent": size.latent}
    width = size.width[architecture]
    networks = (mlp if architecture == "mlp" else conv)(method, **shapes, width=width)
    weights = diptych.initial_weights(networks, generator)

    def given(players: tuple[str, ...]) -> Step:
        x = generator.random((size.batch, *shapes["data"]), dtype=np.float32)
        noise = {key: draw.astype(np.float32) for key, draw in method.draws(generator, size.batch, shapes).items()}
        return players, x, noise

    def lay(step: Step) -> Step:
        players, x, noise = step
        return players, by_hand.laid_out(x), {key: by_hand.laid_out(draw) for key, draw in noise.items()}

    played = [[given(players) for players in every_step(method)] for _ in range(rounds)]
    first = [steps[: len(method.round(0))] for steps in played]
    signatures = {role: (network.inputs, network.output) for role, network in networks.items()}
    step = by_hand.steps(name, signatures, weights, execution, architecture=architecture, width=width)
    model = diptych.Model(method, networks, backend=backend, weights=weights, execution=execution)
    return Sides(
        Side(lambda players, x, noise: model.step(x), first),
        Side(model.trainer.step, first),
        Side(model.trainer.step, played),
        Side(lambda players, x, noise: step[players](x, noise), [list(map(lay, steps)) for steps in played]),
    )


def every_step(method: Method) -> tuple[tuple[str, ...], ...]:
    """Those of the first round, and of a late one where other players move, as after a pre-training."""
    first = method.round(0)
    moved = {player for players in first for player in players}
    return first + tuple(players for players in method.round(10**6) if not moved.issuperset(players))


def agreement(ours: Side, theirs: Side) -> list[float]:
    """How far the losses of all rounds are apart, relative where they are above 1, in order."""
    pairs = [(ours.play(index)[1], theirs.play(index)[1]) for index in range(len(ours.rounds))]
    return [abs(a - b) / max(1.0, abs(b)) for x, y in pairs for a, b in zip(x, y, strict=True)]


def timed(ours: Side, theirs: Side, pairs: int, clock: Clock) -> tuple[float, float, float, tuple[float, float]]:
    """Median milliseconds of either side, and the median and quartiles of the ratio over pairs of rounds."""
    found = []
    for index in range(pairs):
        first, second = (ours, theirs) if index % 2 else (theirs, ours)
        a, b = first.play(index, clock)[0], second.play(index, clock)[0]
        found.append((a, b) if first is ours else (b, a))
    low, middle, high = statistics.quantiles([a / b for a, b in found], n=4)
    milliseconds = [1e3 * statistics.median(side) for side in zip(*found, strict=True)]
    return milliseconds[0], milliseconds[1], middle, (low, high)
