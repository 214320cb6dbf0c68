"""What a method fixes beside its losses: its players, their steps and update rules, and the laws of its noise."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from diptych_conformance.references.formulas.basics import Array

Rule = tuple[str, float, float, float, float] | tuple[str, float, float, float]
Draws = Callable[[np.random.Generator, int, int], Array]  # (generator, rows, round) -> noise
Count = Callable[[int], int]  # round -> steps
Course = Callable[[int], float]  # round -> a number

DATA, LATENT = (4, 3), (2,)  # the events that statements are made for


@dataclass(frozen=True)
class ReferencePlayer:
    """A player: the roles it owns, its rule with all constants, its steps a round."""

    owns: tuple[str, ...]
    rule: Rule
    steps: Count = lambda t: 1
    clip: Mapping[str, float] = field(default_factory=dict)  # role -> bound after a step


def adam(rate: float, beta1: float = 0.9, beta2: float = 0.999) -> Rule:
    return "Adam", rate, beta1, beta2, 1e-8


def rmsprop(rate: float) -> Rule:
    return "RMSprop", rate, 0.99, 1e-8


def every(steps: int) -> Count:
    return lambda t: steps


def often(steps: int, early: int) -> Count:
    """`early` steps in rounds 0 to 24 and in every 500th."""
    return lambda t: early if t < 25 or t % 500 == 0 else steps


def first(rounds: int) -> Count:
    return lambda t: int(t < rounds)


def then(rounds: int, steps: int = 1) -> Count:
    return lambda t: steps if t >= rounds else 0


def counted(usual: int, early: int, until: int, every: int = 0) -> Count:
    """`early` steps before round `until` and in every `every`-th round, if `every` is given; `usual` otherwise."""
    return lambda t: early if t < until or (every > 0 and t % every == 0) else usual


def normal(*event: int, scale: Course | float = 1.0) -> Draws:
    def law(random: np.random.Generator, n: int, t: int) -> Array:
        return (scale(t) if callable(scale) else scale) * random.standard_normal((n, *event))

    return law


def uniform(low: float, high: float, *event: int) -> Draws:
    return lambda random, n, t: low + (high - low) * random.random((n, *event))


def constant(value: Course) -> Draws:
    """One number per sample, the same for all."""
    return lambda random, n, t: np.full(n, value(t))


def line(start: float, end: float, rounds: int) -> Course:
    return lambda t: start + (end - start) * min(1.0, t / rounds)


def wave(start: float, end: float, rounds: int) -> Course:
    """Half a period of the cosine, from `start` to `end`."""
    return lambda t: end + (start - end) * math.cos(math.pi / 2 * min(1.0, t / rounds)) ** 2


def lazily(course: Course, every: int) -> Course:
    """`every` times the value in rounds 0, `every`, 2 `every` ..., and 0 in the others."""
    return lambda t: every * course(t) if t % every == 0 else 0.0


def stairs(start: float, factor: float, every: int) -> Course:
    return lambda t: start * float(np.power(factor, np.floor(t / every)))


def warmed(rounds: int, course: Course) -> Course:
    """In even steps up to the first value of the course in round `rounds` - 1; the course from the round after."""
    return lambda t: course(max(0, t - rounds)) * min(1.0, (t + 1) / rounds)


def powers(start: float, end: float, rounds: int) -> Course:
    """A geometric schedule: a constant factor per round."""
    return lambda t: float(np.exp(np.interp(t, (0, rounds), np.log((start, end)))))


def instance_noise(
    smoothing: float, anneal: int = 0, *, of: str = "", event: tuple[int, ...] = DATA
) -> dict[str, Draws]:
    """N(0, s²) on both samples, s from `smoothing` to 0 over `anneal` rounds, if any; none of scale 0."""
    law = normal(*event, scale=line(smoothing, 0.0, anneal) if anneal else smoothing)
    return {f"{of}smooth_p": law, f"{of}smooth_q": law} if smoothing else {}


Z = normal(*LATENT)
BETWEEN = uniform(0.0, 1.0, 1, 1)  # of data: one number a sample
DCGAN = adam(2e-4, 0.5)
OURS, CRITIC = adam(1e-3, 0.5), adam(5e-4, 0.5)
WIDE, NARROW = uniform(-2.0, 2.0, *LATENT), normal(*LATENT, scale=0.5)  # other priors
LATENT_CRITIC = ReferencePlayer(("latent_critic",), CRITIC)
