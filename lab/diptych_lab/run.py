"""Training: a run as a pure function of its config and its number of rounds."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Unpack

import diptych
from diptych import Backend, Capability, initial_weights
from diptych_lab.config import Config, Settings, configure
from diptych_lab.data import Dataset, load_data
from diptych_lab.environment import machine, versions
from diptych_lab.folder import RunFolder, append_lines
from diptych_lab.loop import Pace, Progress, loop
from diptych_lab.model import Model, build
from diptych_lab.randomness import WEIGHTS, generator


def train(
    method: str,
    *,
    data: str | Path | Dataset | Any,
    backend: str,
    out: str | Path,
    rounds: int = 2000,
    resume: bool = False,
    device: str | None = None,
    execution: str | None = None,
    log_every: int = 50,
    checkpoint_every: int = 1000,
    watch: Callable[[Progress], None] = lambda progress: None,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = print,
    **settings: Unpack[Settings],
) -> Model:
    """Train `method` on `data` in `backend` for `rounds` rounds in all, and keep the run in the folder `out`.

    `settings` are those of `configure`. Checkpoint and pictures are written every `checkpoint_every` rounds and
    at the end; losses are read from the device, and `watch` is called, every `log_every`, with a checkpoint more
    where the last is a minute old. Where `stop()` is true after a round, the run is written down and ends there, to
    be resumed. `say` is told, a line at a time, what was done to the data, and where a resumed run begins again.

    Everything is checked first, the first round included: on bad input (ValueError, OSError, ModuleNotFoundError)
    nothing is written. BlockingIOError where another process trains in `out`. FloatingPointError where a loss is no
    longer finite; the rounds before it are kept.
    """
    dataset = load_data(data, settings.get("dtype", "float32"))
    config = configure(method, dataset, **settings)
    pace = Pace(rounds, log_every, checkpoint_every)
    engine = diptych.backend(backend)
    execution = execution or engine.default_execution
    _check_capabilities(engine, config, execution)
    folder = RunFolder(Path(out))
    checkpoint = folder.admit(config, resume)
    if checkpoint:
        start, weights = checkpoint.round, checkpoint.weights
    else:
        start, weights = 0, initial_weights(config.networks, generator(config.seed, WEIGHTS))
    if start > rounds:
        raise ValueError(f"{folder.path} has {start} rounds already, more than the {rounds} asked for")
    for note in dataset.notes:
        say(f"{dataset.source}: {note}")
    if resume and not checkpoint:
        say(
            f"no checkpoint in {folder.path}: beginning again at round 0; "
            f"what metrics there are become {folder.aside().name}"
        )
    with folder.alone():
        model = build(config, engine, weights, start, device=device)
        trainer = engine.trainer(model.method, model.nets, config.optimizers, execution=execution)
        if checkpoint:
            trainer.restore(checkpoint.state)
        began, clock = datetime.now(UTC), perf_counter()
        model = loop(model, trainer, dataset, folder, pace, watch, stop)
    if model.round > start:
        session = {
            "backend": backend,
            "execution": execution,
            "device": device,
            "rounds": [start, model.round],
            "began": began.isoformat(timespec="seconds"),
            "seconds": round(perf_counter() - clock, 3),
            "machine": machine(),
            "versions": versions(backend),
        }
        append_lines(folder.sessions, [session])
    return model


def _check_capabilities(backend: Backend, config: Config, execution: str) -> None:
    wanted = {*config.make().needs, Capability(config.dtype)}
    if execution in set(Capability):
        wanted.add(Capability(execution))
    missing = wanted - backend.capabilities
    if missing:
        raise ValueError(f"backend {backend.name!r} cannot do this run: it lacks {', '.join(sorted(missing))}")
