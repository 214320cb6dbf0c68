"""Training: a run as a pure function of its config and its number of rounds."""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any, Unpack, cast

import numpy as np

from diptych import CATALOGUE, Backend, Method, checks
from diptych.backends import complete_backend
from diptych.group import Alone
from diptych.protocol import Device
from diptych.suggestion import suggestion
from diptych_lab import recipes
from diptych_lab.callbacks import Callbacks
from diptych_lab.choices import Settings, configure, dtype_name
from diptych_lab.config import Config
from diptych_lab.data import is_inside, load_data
from diptych_lab.dataset import Dataset
from diptych_lab.environment import versions
from diptych_lab.evaluating import Evaluations
from diptych_lab.folder import RunFolder, Start
from diptych_lab.following import follow
from diptych_lab.held_out import split
from diptych_lab.loop import Pace, Progress, loop
from diptych_lab.memory import check_memory
from diptych_lab.monitor import Monitor, Watched
from diptych_lab.own_data import model_units
from diptych_lab.paths import path
from diptych_lab.phases import unreached, untrained
from diptych_lab.preparation import Options
from diptych_lab.recipes import Recipe
from diptych_lab.replicas import WAIT, begin_alike, check, execution_of, grouped
from diptych_lab.rules import lengths
from diptych_lab.sessions import CurrentSession
from diptych_lab.trained import Run, make_run


class DataSettings(Settings, Options, total=False):
    """The settings of a run, and what of them is for its data."""


def train(
    method: str | Method,
    *,
    data: str | Path | Dataset | Any,
    stream: bool = False,
    backend: str | Backend,
    out: str | Path,
    rounds: int | None = None,
    resume: bool = False,
    recipe: str = "auto",
    device: Device = None,
    execution: str | None = None,
    replicas: int = 1,
    replica_timeout: float = WAIT,
    log_every: int = 50,
    checkpoint_every: int = 1000,
    keep: int = 1,
    evaluate: str | Sequence[str] = (),
    evaluate_every: int = 0,
    features: Any = "pixels",
    stop_by: str = "",
    patience: int = 5,
    callbacks: Sequence[Any] | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = print,
    loading: Callable[[], AbstractContextManager[None]] = nullcontext,
    **settings: Unpack[DataSettings],
) -> Run:
    """Train `method` on `data` in `backend` for `rounds` rounds in all, and keep the run in the folder `out`.

    Of a method by name, `diptych_lab.recipes` says what `rounds` and `settings` leave open, where settings for data
    of this kind were found by measurement. Without one, or with the recipe ``none``, that is the method's own
    defaults and 2000 rounds.

    The method is a name of the catalogue with `hyper`, or a `Method`. Of a composed one the run's config holds the
    constructors and their arguments, so that its name is enough to resume it. Of one with a function of your own,
    as a kernel, the config holds the name alone, and `load` takes the method again. The backend is a name, or what
    `diptych.backend` gives. A schedule of the learning rate that has no length of its own has `rounds`; a run that
    goes on keeps the length that it had. `data` are what `load_data` takes, `settings` those of `configure`, and of
    how files become rows those of `load_data`: ``size=32``. With `stream`, data that give batches are never in
    memory as a whole.

    Checkpoint and pictures are written every `checkpoint_every` rounds and at the end, and the last checkpoint
    takes the place of the one before, unless the last `keep` are kept, by round; losses are read from the device,
    and `watch` is called, every `log_every`, with a checkpoint more where the last is a minute old. Where `stop()`
    is true after a round, the run is written down and ends there, to be resumed; so it does where `watch` or `stop`
    raises, or one of `callbacks`, which `diptych_lab.callbacks` describes, and what it raised is raised then. `say`
    is told, line by line, what was done to the data, where a resumed run begins again, and which players the run
    does not come to. The framework is loaded in `loading()`.

    On `replicas` devices the numbers are those of one, up to rounding; a run goes on with any number of them. In
    PyTorch each replica is a process of one group, which the program has begun or torchrun, and all make the same
    call: the first is given `out`, and calls `watch` and `say`; where `stop()` is true in one, all end. TensorFlow
    has one process for all of them. Who does not come to a step within `replica_timeout` seconds is given up:
    ConnectionError in all others, which names it.

    With `held_out`, a share of the rows, those are not trained on. Every `evaluate_every` rounds the metrics
    `evaluate`, names or groups of `diptych_lab.evaluation`, compare samples with them, by `features`; the
    checkpoint that is best by the first of these, or by `stop_by`, is kept as well. With `stop_by` the run ends
    after `patience` evaluations without a better one. Losses and weights are the same with and without.

    Everything is checked first, the first round included: on bad input (ValueError, OSError, ModuleNotFoundError)
    nothing is written. BlockingIOError where another process trains in `out`. FloatingPointError where a loss, a
    weight or the optimiser's state is no longer finite; the rounds before it are kept.
    """
    _check_names(method, settings)
    watched = _watched(evaluate, evaluate_every, features, stop_by, patience)
    told = Callbacks(callbacks)
    _check_kinds(execution=execution, watch=watch, stop=stop, say=say, loading=loading)
    resume = checks.flag("resume", resume)
    folder = RunFolder(path("out", out))
    if resume and isinstance(method, str) and method not in CATALOGUE:
        method = folder.recorded(method)
    pace = Pace(recipes.ROUNDS if rounds is None else rounds, log_every, checkpoint_every, keep)
    settings["dtype"] = dtype_name(settings.get("dtype", "float32"))
    options = cast(Options, {name: value for name, value in settings.items() if name in Options.__annotations__})
    dataset = load_data(data, settings["dtype"], stream=stream, **options)
    if is_inside(folder.path, dataset.source):
        raise ValueError(f"{folder.path} lies in {dataset.source}, which is data; choose another --out")
    there = folder.read_config() if resume and folder.config.exists() else None

    def completed(by: Recipe) -> tuple[Config, Pace]:
        n = replace(pace, rounds=by.rounds) if rounds is None and by.rounds else pace
        own = {name: value for name, value in by.completed(settings).items() if name in Settings.__annotations__}
        return _configured(method, dataset, cast(Settings, own), there, by.length(settings, n.rounds)), n

    used, unused = recipes.recipe(method, dataset, recipe, settings.get("held_out", 0.0))
    config, paced = completed(used)
    if there and config != there and used != Recipe():
        with suppress(ValueError):  # a run that began without a recipe goes on without
            plain, own = completed(Recipe())
            if plain == there:
                config, paced, used = plain, own, Recipe()
    pace = paced
    dataset = model_units(config, dataset)
    _check_memory(config)
    check(checks.whole("replicas", replicas), config.batch)
    with loading():
        framework = complete_backend(backend)
    execution = execution_of(framework, replicas, execution)
    rows = replace(dataset, x=split(dataset.x, config.held_out, config.seed)[0])
    with grouped(framework, replicas, device, replica_timeout) as found:
        group, asked = found or Alone(), f"{replace(config, data='').record()} {pace} {watched}"
        if group.rank:
            with group.first_works():
                run = make_run(config, framework, device=device, execution=execution, replicas=replicas)
            begin_alike(group, run.model, asked)
            if watched:
                with group.first_works():
                    pass
            follow(run, rows, pace, watched, stop, group)
            return run
        with folder.alone() as held:
            with group.first_works():
                start = held.admit(config, resume)
                if start.round > pace.rounds:
                    raise ValueError(
                        f"{folder.path} is at round {start.round} already, beyond the {pace.rounds} asked for"
                    )
                lines = [f"{dataset.source}: {note}" for note in dataset.notes]
                words = used.told(settings, rounds)
                lines += [unused or f"recipe: {words}"] * bool(unused or words)
                for line in (
                    *lines,
                    *_beginning(held, start, resume),
                    *unreached(config.make(), config.optimizers, pace.rounds),
                ):
                    say(line)
                run = make_run(
                    config, framework, start.checkpoint, device=device, execution=execution, replicas=replicas
                )
            begin_alike(group, run.model, asked)
            evaluations = None
            if watched:
                with group.first_works():
                    monitor = Monitor.of(watched, dataset, config.held_out, config.seed, framework, device)
                    evaluations = Evaluations.admit(held, monitor, run)
            name = backend if isinstance(backend, str) else framework.name
            place = None if device is None else str(device)
            session = CurrentSession(name, execution, place, versions(name), start.round, replicas)
            try:
                loop(run, rows, held, start, session, pace, watch, stop, evaluations, told, group)
            finally:
                told.tell("on_end", run)
            if told.failure:
                raise told.failure
    if evaluations and evaluations.monitor.stops:
        say(f"{folder.path}: {evaluations.verdict}")
    if run.unmoved:
        say(f"{folder.path}: {untrained(run.unmoved)}")
    return run


def _configured(
    method: str | Method, data: Dataset, settings: Settings, there: Config | None, rounds: int
) -> Config:
    """The config, in which a schedule without a length has `rounds`, or the length that it has `there`."""

    def of_length(n: int) -> Config:
        given = settings.copy()
        given.setdefault("schedule_rounds", n)
        return configure(method, data, **given)

    begun = lengths(there.optimizers) if there else ()
    for n in begun:  # of several ends, which was the run's own length is not recorded
        try:
            found = of_length(n)
        except ValueError:  # too short for another player's warm-up
            continue
        if there and found.optimizers == there.optimizers:
            return found
    return of_length(next(iter(begun), rounds))


def _watched(
    evaluate: str | Sequence[str], every: int, features: Any, stop_by: str, patience: int
) -> Watched | None:
    """What is evaluated, if anything is. Raises ValueError where the choices do not fit."""
    names = tuple(name.strip() for name in evaluate.split(",")) if isinstance(evaluate, str) else tuple(evaluate)
    if names and names != ("",):
        if not every:
            raise ValueError("evaluate needs the rounds between: --evaluate-every 500")
        return Watched(names, every, features, stop_by, checks.whole("patience", patience) if stop_by else 0)
    if every or stop_by:
        given = "evaluate_every" if every else "stop_by"
        raise ValueError(f"{given} needs what is evaluated: --evaluate fd,precision-recall")
    if not (isinstance(features, str) and features == "pixels"):
        raise ValueError(
            "features are of what is evaluated: --evaluate fd,precision-recall; a network of your own in the role "
            "of that name is --features-network package.module:function (networks={'features': ...})"
        )
    return None


def _beginning(folder: RunFolder, start: Start, resume: bool) -> Iterator[str]:
    """Lines that say where a resumed run begins."""
    if resume and not start.checkpoint:
        yield f"no checkpoint in {folder.path}: beginning again at round 0" + (
            f"; what metrics there are become {folder.aside().name}" if start.metrics_aside else ""
        )
    if start.checkpoint and start.rows is None:
        yield f"no {folder.metrics.name} in {folder.path}: its rows begin with round {start.round}"
    if start.checkpoint and start.rows and start.rows.beyond:
        yield f"going on from round {start.round}: the metrics of {start.rows.beyond} rounds after it are made anew"


def _check_kinds(execution: Any, **functions: Any) -> None:
    """Raise ValueError for arguments whose misuse would show only after training has begun."""
    if not isinstance(execution, str | None):
        raise ValueError(f"execution must be a name, such as 'eager', got {execution!r}")
    for name, function in functions.items():
        if not callable(function):
            raise ValueError(f"{name} must be a function, got {function!r}")


def _check_memory(config: Config) -> None:
    """Raise ValueError where the weights alone, drawn in float64 and built in the run's dtype, find no room."""
    numbers = sum(prod(tensor.shape) for network in config.described.values() for tensor in network.tensors)
    size = numbers * (8 + np.dtype(config.dtype).itemsize)
    check_memory(f"networks of {numbers} numbers, width {config.width}", size, "choose a smaller width or latent")


def _check_names(method: str | Method, settings: Mapping[str, Any]) -> None:
    """Raise TypeError for an argument that `train` does not have, and name the one that was meant."""
    factory = CATALOGUE.get(method) if isinstance(method, str) else None
    for name in settings.keys() - DataSettings.__annotations__.keys():
        if factory and name in inspect.signature(factory).parameters:
            raise TypeError(f"{name} is a hyper-parameter of {method}: pass hyper={{{name!r}: {settings[name]!r}}}")
        known = [*inspect.signature(train).parameters, *DataSettings.__annotations__]
        raise TypeError(f"train() has no argument {name!r}{suggestion(name, known)}")
