"""Evaluation: numbers of samples against data, and of the data against themselves beside them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from diptych import Backend, checks
from diptych.protocol import Device
from diptych_lab.evaluation.catalogue import chosen
from diptych_lab.evaluation.extractors import extractor
from diptych_lab.evaluation.measure import Compared, Measure
from diptych_lab.evaluation.plan import Plan
from diptych_lab.evaluation.record import Evaluation, Number, made
from diptych_lab.evaluation.subjects import Subject, reference, subjects
from diptych_lab.preparation import UNPREPARED, Options
from diptych_lab.preparation import chosen as chosen_options
from diptych_lab.trained import Run, load

USUAL = ("usual",)


class Done(NamedTuple):
    """How far an evaluation has come: `done` of `total` numbers, and what is next."""

    done: int
    total: int
    what: str


def evaluate(
    sample: Any,
    data: Any = None,
    *,
    metrics: Sequence[str] | str = USUAL,
    features: Any = "pixels",
    n: int | None = None,
    seed: int = 0,
    best: bool = False,
    round: int | None = None,
    networks: Mapping[str, Any] | None = None,
    backend: str | Backend | None = None,
    device: Device = None,
    say: Callable[[str], None] = lambda line: None,
    watch: Callable[[Done], None] = lambda done: None,
    **options: Unpack[Options],
) -> Evaluation:
    """The numbers of `sample`, a run, its folder, an array or a file or data set by name, against `data`.

    Of several samples a mapping of names to them, or a list of runs and paths. `data` are whatever `load_data`
    takes; without them a run is compared with the rows that it held out, or with its data where it held out none.
    Data against data, the floor, and rows trained on, where others were held out, are always beside it, at the same
    `n`: rows on either side, at most 10,000 where it is not given. `metrics` are names and groups (`MEASURES`,
    `GROUPS`), `features` what `extractor` takes. A pure function of these and of `seed`, but for `made`. Folders of
    runs are read at their last checkpoints, at their `best` or at those of a `round`, and `networks` are those of
    `load`; `backend` runs the models, where not given the one that trained each. `options` are those of
    `load_data`, ``size=32`` say, for samples and data in files as far as no run says how they are prepared.

    `say` is told, line by line, what is to be known, and `watch` how far it has come. Raises ValueError, OSError
    or ImportError for bad input: unknown names, samples of other shapes than the data, fewer rows than a metric or
    n takes, features that are constant or not finite, and a metric, named by itself, that no sample can have.
    """
    measures = chosen([metrics] if isinstance(metrics, str) else metrics)
    n, seed = None if n is None else checks.whole("n", n, 2), checks.whole("seed", seed, 0)
    notes: dict[str, None] = {}

    def note(line: str) -> None:
        if line not in notes:
            notes[line] = None
            say(line)

    prepared, best = chosen_options(**options), checks.flag("best", best)

    def read(folder: Path) -> Run:
        return load(folder, backend=backend, device=device, best=best, round=round, networks=networks)

    given = subjects(sample, read, prepared)
    if prepared != UNPREPARED and data is None and all(subject.run for subject in given):
        raise ValueError(f"a run's own data are prepared as they were: leave out {', '.join(options)}")
    plan = Plan.of([(subject, reference(subject, data, seed, prepared)) for subject in given], n)
    runs = [subject.run for subject in given if subject.run]
    framework = backend if backend is not None else next((run.model.backend for run in runs), None)
    used = extractor(features, plan.pairs[0][1].fitted, backend=framework, device=device)
    _check_wanted(measures, given, plan)
    numbers: list[Number] = []
    for i, (name, compared) in enumerate(plan.comparisons(used, seed, note)):
        for j, measure in enumerate(measures):
            watch(Done(i * len(measures) + j, plan.count * len(measures), f"{measure.name} of {name}"))
            if not measure.missing(compared):
                numbers += _numbers(measure, name, compared, seed)
    watch(Done(plan.count * len(measures), plan.count * len(measures), ""))
    for number in numbers:
        if number.warning:
            note(f"{number.metric}: {number.warning}")
    names = tuple(subject.name for subject in given)
    return Evaluation(
        subjects=names,
        floor=tuple(name for name in dict.fromkeys(number.subject for number in numbers) if name not in names),
        reference=" and ".join(dict.fromkeys(f"{each.name}, {each.source}" for _, each in plan.pairs)),
        features=used.name,
        dimensions=plan.dimensions,
        seed=seed,
        numbers=tuple(numbers),
        notes=tuple(notes),
        made=made(framework if isinstance(framework, str) else framework.name if framework else ""),
    )


def _numbers(measure: Measure, name: str, compared: Compared, seed: int) -> Iterator[Number]:
    try:
        found = measure.estimate(compared, seed)
    except ValueError as error:
        raise ValueError(f"{measure.name} of {name}: {error}") from error
    for number, estimate in found.items():
        if not all(map(isfinite, (estimate.value, estimate.low, estimate.high))):
            raise ValueError(
                f"{measure.name} of {name}: {number} is {estimate.value}; its rows may lie too far apart"
            )
        yield Number(
            subject=name,
            metric=measure.name,
            number=number,
            better=measure.better[number],
            value=float(estimate.value),
            low=float(estimate.low),
            high=float(estimate.high),
            interval=estimate.interval,
            n_real=len(compared.real),
            n=len(compared.fake),
            warning=measure.warning(compared),
        )


def _check_wanted(measures: Mapping[Measure, bool], given: Sequence[Subject], plan: Plan) -> None:
    """Raise ValueError where a metric was named by itself and none of the samples can have it."""
    for measure, named in measures.items():
        reasons = [measure.missing(each.without_rows(subject.run)) for subject, each in plan.pairs]
        if named and all(reasons):
            raise ValueError(f"no {measure.name} of {given[0].name}: {reasons[0]}")
