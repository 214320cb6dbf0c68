"""Evaluation in the midst of training: metrics on rows held out, the best checkpoint, and when to stop.

evaluations.jsonl    a line of what is evaluated and how, then a line for each evaluated round
evaluations.png      the metrics over the rounds, above those of rows trained on
checkpoint-best.safetensors   the checkpoint of the best of these rounds, whose number its header holds

Samples and metrics have random streams of their own, so that a run's numbers are the same with and without. What is
evaluated is a function of the round: a resumed run goes on with the rows there are, and with their best.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from diptych import Backend, checks
from diptych.protocol import Device
from diptych.randomness import generator
from diptych_lab.dataset import Dataset
from diptych_lab.evaluation.catalogue import chosen
from diptych_lab.evaluation.extractors import Extractor, check_varied, extractor
from diptych_lab.evaluation.measure import Better, Compared, Measure
from diptych_lab.evaluations import Best, Evaluated, Head
from diptych_lab.held_out import split
from diptych_lab.rows import Data
from diptych_lab.trained import Run

MOST = 10_000  # rows held out that are looked at
Numbers = dict[str, tuple[float, float, float]]  # by name: value, low, high


@dataclass(frozen=True)
class Watched:
    """What a user chooses: metrics every so many rounds, and the number by which the best is kept.

    `by` is the name of a metric or of one of its numbers, the first of the metrics where it is ''. Training ends
    after `patience` evaluations without a better one; 0: never. Raises ValueError where these do not fit.
    """

    metrics: tuple[str, ...]
    every: int
    features: Any = "pixels"
    by: str = ""
    patience: int = 0

    def __post_init__(self) -> None:
        checks.field(self, "every", checks.whole)
        checks.field(self, "patience", checks.whole, 0)
        self.decides()

    def is_due(self, done: int) -> bool:
        return done % self.every == 0

    @property
    def measures(self) -> tuple[Measure, ...]:
        return tuple(chosen(self.metrics))

    def decides(self) -> tuple[str, Better]:
        """The number that decides, and whether it is better ``low`` or ``high``.  ValueError for an unknown one."""
        numbers = {number: measure for measure in self.measures for number in measure.numbers}
        names = {measure.name: measure.numbers[0] for measure in self.measures}
        number = names.get(self.by, self.by) if self.by else next(iter(numbers))
        if number not in numbers:
            raise ValueError(f"nothing is called {self.by!r} among what is evaluated: {', '.join(names | numbers)}")
        return number, numbers[number].better[number]


@dataclass(eq=False)
class Monitor:
    """Evaluates a run on the rows it holds out; `rows` are what there is so far."""

    watched: Watched
    held: np.ndarray
    train: Data
    extract: Extractor
    source: str
    seed: int
    rows: list[Evaluated] = field(default_factory=list)

    @classmethod
    def of(
        cls, watched: Watched, data: Dataset, share: float, seed: int, backend: Backend, device: Device
    ) -> "Monitor":
        """Raises ValueError where no rows are held out, and as `extractor` does."""
        train, held = split(data.x, share, seed)
        if held is None:
            raise ValueError("to evaluate while training takes rows that are held out: --held-out 0.1")
        extract = extractor(watched.features, train, backend=backend, device=device)
        return cls(watched, _some(held, MOST, seed), train, extract, data.source, seed)

    def head(self, run: Run) -> Head:
        """The first line: what is evaluated, and the numbers of rows trained on instead of samples."""
        number, better = self.watched.decides()
        some = _some(self.train, len(self.held), self.seed)
        measures = {measure.name: measure.missing(self._compared(run, some)) for measure in self.watched.measures}
        for name, reason in measures.items():
            if reason:
                raise ValueError(f"--evaluate {name}: {reason}")
        return Head(
            metrics=tuple(measures),
            every=self.watched.every,
            features=self.extract.name,
            n=len(self.held),
            by=number,
            better=better,
            floor=self._numbers(self._compared(None, some)),
        )

    def evaluate(self, run: Run) -> Evaluated:
        """The numbers of the run as it is.  FloatingPointError where a sample is not finite."""
        samples = run.draw(len(self.held), seed=self.seed)
        if not np.isfinite(samples).all():
            raise FloatingPointError(f"a sample is not finite after round {run.round}")
        return Evaluated(round=run.round, numbers=self._numbers(self._compared(run, samples)))

    @property
    def best(self) -> Best | None:
        return Best.of(self.rows, *self.watched.decides())

    @property
    def stops(self) -> bool:
        """Has there been no better one for as long as the patience lasts?"""
        best = self.best
        return bool(self.watched.patience and best and best.since >= self.watched.patience)

    def _compared(self, run: Run | None, samples: np.ndarray) -> Compared:
        fake = self.extract("samples", samples)
        return Compared(self._real, fake, self.held, samples, lambda: self._train, run, self.source)

    @cached_property
    def _real(self) -> np.ndarray:
        """Features of the rows held out."""
        real = self.extract("rows held out", self.held)
        check_varied(self.extract.name, "rows held out", real)
        return real

    @cached_property
    def _train(self) -> np.ndarray:
        """Features of all rows trained on: of few metrics, and so not before they are asked for."""
        return self.extract("rows trained on", self.train)

    def _numbers(self, compared: Compared) -> Numbers:
        found: Numbers = {}
        for measure in self.watched.measures:
            if measure.missing(compared):  # of a model, and these are rows
                continue
            for name, e in measure.estimate(compared, self.seed).items():
                found[name] = (float(e.value), float(e.low), float(e.high))
        return found


def _some(x: Data, n: int, seed: int) -> np.ndarray:
    """n rows drawn by seed, in the order of `x`; all, where there are no more."""
    return x[np.sort(generator(seed, "evaluation", "some").permutation(len(x))[:n])]
