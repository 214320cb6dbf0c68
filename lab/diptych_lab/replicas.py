"""Replicas of a run: what is asked of them, before anything is written; and their group of processes."""

from collections.abc import Iterator
from contextlib import contextmanager

from safetensors.numpy import load

from diptych import Backend, Model, checks, model_state
from diptych.backends import with_replicas
from diptych.group import Alone, Group
from diptych.protocol import Capability, Device, Execution, HasReplicas
from diptych.shards import check_replica_execution

WAIT = 300.0  # seconds that one replica waits for another in a step
SHORTEST, LONGEST = 1.0, 1e6  # a connection takes a part of a second; libraries count to not much more
LIMIT = "replica_timeout (--replica-timeout)"


def check(count: int, batch: int) -> None:
    """Raise ValueError where replicas would have no rows."""
    if batch < count:
        raise ValueError(
            f"a batch of {batch} cannot be cut for {count} replicas, each of which needs a row; "
            f"pass --replicas {batch} or fewer, or a larger --batch"
        )


def execution_of(backend: Backend, count: int, wanted: Execution | None) -> Execution:
    """The execution of a run on so many replicas: what is wanted, or the backend's choice.

    ValueError where replicas do not compute in it, or the backend has none.
    """
    if count == 1:
        return wanted or backend.default_execution
    known = with_replicas(backend, count).replica_executions
    own = backend.default_execution
    chosen = wanted or (own if own in known else min(known))
    check_replica_execution(f"backend {backend.name!r}", chosen, known)
    return chosen


@contextmanager
def grouped(backend: Backend, count: int, device: Device, wait: float) -> Iterator[Group | None]:
    """The processes of a run on so many replicas; None where none have been started. ValueError for others.

    One waits for another for `wait` seconds, and then raises ConnectionError that names it.
    """
    if not SHORTEST <= checks.finite(LIMIT, wait) <= LONGEST:
        raise ValueError(f"{LIMIT} must be {SHORTEST:g} to {LONGEST:g} seconds, got {wait}")
    if Capability.REPLICAS not in backend.capabilities:
        yield Alone()
        return
    found: HasReplicas = with_replicas(backend, count)
    with found.joined(count, device=device if count > 1 else None, wait=wait) as group:
        yield Alone() if group is None and count == 1 else group


def begin_alike(group: Group, model: Model, settings: str) -> None:
    """Every process of the group takes up the state of the first: files are read there alone.

    ValueError, in the first and in that one, where a process has other settings, which is everything in this text.
    """
    if isinstance(group, Alone):
        return
    theirs = group.first(settings.encode()).decode()
    differing = group.anyone(theirs != settings)
    if theirs != settings:
        raise ValueError(f"replica {group.rank} was given other settings than replica 0: {settings}, not {theirs}")
    if differing:
        raise ValueError("another replica was given other settings than this one, replica 0; its error has both")
    content = group.first(model_state.content(model.state()) if group.rank == 0 else b"")
    if group.rank:
        model.restore(load(content))
