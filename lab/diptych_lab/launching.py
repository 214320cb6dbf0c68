"""``diptych train``: in this process, or in as many as the replicas of the backend take.

All processes train by the same call. The first writes and shows progress; whichever gets a signal tells the others,
after a round. The process that has started them hands on its signals, and ends all of them where one has ended.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from math import inf
from typing import Any, NamedTuple

from rich.console import Console

import diptych
from diptych import checks
from diptych.backends import complete_backend, with_replicas
from diptych.protocol import HasReplicas
from diptych_lab import replicas, run, streams
from diptych_lab.commands import speaker
from diptych_lab.folder import RunFolder
from diptych_lab.interruption import interruptible
from diptych_lab.loop import Progress
from diptych_lab.progress import shown
from diptych_lab.quiet import without_info_logs
from diptych_lab.tensorboard import TensorBoard
from diptych_lab.tracking import Trackio


class Ended(NamedTuple):
    """A run after so many rounds of those planned; the signal that has ended it, or 0; is this who tells so?"""

    round: int
    planned: float
    signal: int
    speaks: bool


def train(asked: Mapping[str, Any]) -> Ended:
    """Train as `asked`, the arguments of `run.train`, on ``asked["replicas"]`` replicas.

    Raises what `run.train` raises, and ChildProcessError where a process of a replica has died,
    ConnectionError where one does not come.
    """
    count = checks.whole("replicas", asked["replicas"])
    if count == 1:
        return _here(asked)
    record = RunFolder(asked["out"]).recorded(asked["method"]) if asked["resume"] else asked["method"]
    method = diptych.make(record, **asked["hyper"]) if isinstance(record, str) else record
    replicas.check(count, asked["batch"] or method.batch)
    with without_info_logs():
        backend = complete_backend(asked["backend"])
    replicas.execution_of(backend, count, asked["execution"])
    with replicas.grouped(backend, count, asked["device"], asked["replica_timeout"]) as group:
        if group is None:
            return _launched(with_replicas(backend, count), count, asked)
        return _here(asked, speaks=group.rank == 0)


def _here(asked: Mapping[str, Any], *, speaks: bool = True) -> Ended:
    """In this process, which has the run's progress shown if it speaks."""
    console = Console()
    progress = shown(console, f"{asked['method']} in {asked['backend']}") if speaks else nullcontext(_nothing)
    settings = {name: value for name, value in asked.items() if name not in ("tensorboard", "trackio")}
    if speaks:
        settings["callbacks"] = _callbacks(asked)
    planned = inf  # for who is told of no round, such as all replicas but the first

    def watched(found: Progress) -> None:
        nonlocal planned
        planned = found.total
        watch(found)

    with interruptible() as stop, progress as watch:
        trained = run.train(**settings, watch=watched, stop=stop, loading=without_info_logs, say=speaker(console))
    return Ended(trained.round, planned, stop.signal, speaks)


def _callbacks(asked: Mapping[str, Any]) -> list[Any]:
    """Those that are options of the command."""
    found: list[Any] = [TensorBoard(asked["out"] / "tensorboard")] if asked.get("tensorboard") else []
    if asked.get("trackio") is not None:
        found.append(Trackio(asked["trackio"], asked["out"].absolute().name))
    return found


def _launched(backend: HasReplicas, count: int, asked: Mapping[str, Any]) -> Ended:
    """In processes that are started here."""
    try:
        settings = {"device": asked["device"], "wait": asked["replica_timeout"]}
        with interruptible() as stop, backend.launched(count, limit=None, **settings) as crew:
            stop.tell(crew.ask_to_end)
            found = crew(_replica, asked)
    except (ChildProcessError, ConnectionError) as error:
        raise type(error)(
            f"{error}; all replicas have been ended; the last checkpoint, if there is one, is kept, and the same "
            "command with --resume goes on"
        ) from None
    finally:
        Console().show_cursor()  # a process that is ended cannot put it back
    return Ended(found[0].round, found[0].planned, stop.signal or max(each.signal for each in found), speaks=True)


def _replica(asked: Mapping[str, Any]) -> Ended:
    streams.secure()
    return train(asked)


def _nothing(*_: object) -> None:
    """For who does not speak."""
