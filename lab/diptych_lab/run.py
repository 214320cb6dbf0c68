"""Training: a run as a pure function of its config and its number of rounds."""

import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Unpack

from diptych import CATALOGUE, Method, initial_weights
from diptych.protocol import Device
from diptych.suggestion import suggestion
from diptych_lab.choices import Settings, configure
from diptych_lab.data import Dataset, load_data
from diptych_lab.engine import check_capabilities, engine
from diptych_lab.environment import machine, versions
from diptych_lab.folder import RunFolder, append_lines
from diptych_lab.loop import Pace, Progress, loop
from diptych_lab.model import Model, build
from diptych_lab.randomness import WEIGHTS, generator


def train(
    method: str | Method,
    *,
    data: str | Path | Dataset | Any,
    backend: str,
    out: str | Path,
    rounds: int = 2000,
    resume: bool = False,
    device: Device = None,
    execution: str | None = None,
    log_every: int = 50,
    checkpoint_every: int = 1000,
    watch: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = print,
    loading: Callable[[], AbstractContextManager[None]] = nullcontext,
    **settings: Unpack[Settings],
) -> Model:
    """Train `method` on `data` in `backend` for `rounds` rounds in all, and keep the run in the folder `out`.

    The method is a name of the catalogue with `hyper`, or a composed `Method`. Of the latter a run records the name
    only: to resume or to `load` it takes the same method again. `data` are what `load_data` takes, `settings`
    those of `configure`.

    Checkpoint and pictures are written every `checkpoint_every` rounds and at the end; losses are read from the
    device, and `watch` is called, every `log_every`, with a checkpoint more where the last is a minute old. Where
    `stop()` is true after a round, the run is written down and ends there, to be resumed. `say` is told, line by
    line, what was done to the data, and where a resumed run begins again. The framework is loaded in `loading()`.

    Everything is checked first, the first round included: on bad input (ValueError, OSError, ModuleNotFoundError)
    nothing is written. BlockingIOError where another process trains in `out`. FloatingPointError where a loss is no
    longer finite; the rounds before it are kept.
    """
    _check_names(method, settings)
    dataset = load_data(data, settings.get("dtype", "float32"))
    config = configure(method, dataset, **settings)
    pace = Pace(rounds, log_every, checkpoint_every)
    with loading():
        framework = engine(backend)
    execution = execution or framework.default_execution
    check_capabilities(framework, config.make(), config.dtype, execution)
    folder = RunFolder(Path(out))
    checkpoint = folder.admit(config, resume)
    if checkpoint:
        start, weights = checkpoint.round, checkpoint.weights
    else:
        start, weights = 0, initial_weights(config.networks, generator(config.seed, WEIGHTS))
    if start > rounds:
        raise ValueError(f"{folder.path} is at round {start} already, beyond the {rounds} asked for")
    for note in dataset.notes:
        say(f"{dataset.source}: {note}")
    if resume and not checkpoint:
        say(
            f"no checkpoint in {folder.path}: beginning again at round 0; "
            f"what metrics there are become {folder.aside().name}"
        )
    with folder.alone():
        model = build(config, framework, weights, start, device=device)
        trainer = framework.trainer(model.method, model.nets, config.optimizers, execution=execution)
        if checkpoint:
            trainer.restore(checkpoint.state)
        began, clock = datetime.now(UTC), perf_counter()
        model = loop(model, trainer, dataset, folder, pace, watch, stop)
    if model.round > start:
        session = {
            "backend": backend,
            "execution": execution,
            "device": None if device is None else str(device),
            "rounds": [start, model.round],
            "began": began.isoformat(timespec="seconds"),
            "seconds": round(perf_counter() - clock, 3),
            "machine": machine(),
            "versions": versions(backend),
        }
        append_lines(folder.sessions, [session])
    return model


def _check_names(method: str | Method, settings: Mapping[str, Any]) -> None:
    """Raise TypeError for an argument that `train` has not, with what was meant."""
    factory = CATALOGUE.get(method) if isinstance(method, str) else None
    for name in settings.keys() - Settings.__annotations__.keys():
        if factory and name in inspect.signature(factory).parameters:
            raise TypeError(f"{name} is a hyper-parameter of {method}: pass hyper={{{name!r}: {settings[name]!r}}}")
        known = [*inspect.signature(train).parameters, *Settings.__annotations__]
        raise TypeError(f"train() has no argument {name!r}{suggestion(name, known)}")
