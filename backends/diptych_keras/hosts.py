"""Replicas on several hosts, by the environment variable TF_CONFIG: a process each, which TensorFlow connects."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from diptych import alike
from diptych_keras.arrays import to_numpy
from diptych_keras.execution import executed

Strategy = Any  # of tf.distribute
_FOR_EVER = 1e6  # seconds
_LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


def processes() -> int:
    """How many TF_CONFIG names, 1 where there is none. ValueError where it cannot be read or has other jobs."""
    try:
        jobs = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {})
        tasks = {job: len(addresses) for job, addresses in jobs.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"TF_CONFIG cannot be read: {error}") from None
    if other := sorted(tasks.keys() - {"chief", "worker"}):
        raise ValueError(f"TF_CONFIG has the jobs {', '.join(other)}; replicas are those of chief and worker")
    return sum(tasks.values()) or 1


@cache  # a process belongs to one cluster, which is connected once
def strategy() -> Strategy:
    """That of the hosts in TF_CONFIG, once all are there. ValueError where TensorFlow has been used before."""
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise ValueError(
            f"hosts cannot be connected any more ({error}); ask for replicas before anything else is computed"
        ) from error


def waiting(seconds: float | None) -> Any:
    """Options of a collective, in which one waits for another for so long; None: as the strategy has it."""
    return None if seconds is None else tf.distribute.experimental.CommunicationOptions(timeout_seconds=seconds)


def of_several(strategy: Strategy) -> bool:
    """Is it one of several processes?"""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) and rank_and_count(strategy)[1] > 1


def rank_and_count(strategy: Strategy) -> tuple[int, int]:
    """The number of this process, and how many there are: a chief before the workers."""
    resolver = strategy.cluster_resolver
    jobs = resolver.cluster_spec().as_dict()
    chiefs, count = len(jobs.get("chief", [])), sum(len(jobs.get(job, [])) for job in ("chief", "worker"))
    return int(resolver.task_id) + (chiefs if resolver.task_type == "worker" else 0), count


class Members:
    """`diptych.group.Group`: the processes of a strategy. That one has ended, TensorFlow itself notices."""

    def __init__(self, strategy: Strategy, wait: float | None = None) -> None:
        self.rank, self.count = rank_and_count(strategy)
        self._strategy = strategy
        self._prompt, self._patient = (self._total(seconds) for seconds in (wait, _FOR_EVER))

    def anyone(self, says: bool) -> bool:
        return bool(self._sum(np.array([says])).any())

    def first(self, content: bytes) -> bytes:
        own = np.frombuffer(content, np.uint8) if self.rank == 0 else np.zeros(0, np.uint8)
        (size,) = self._sum(np.array([own.size // 2**16, own.size % 2**16]).reshape(1, 2))
        if not size.any():  # of no rows at all, a collective of TensorFlow ends the process
            return b""
        padded = np.zeros(int(size[0]) * 2**16 + int(size[1]), np.uint8)
        padded[: own.size] = own
        return self._sum(padded).astype(np.uint8).tobytes()

    @contextmanager
    def first_works(self) -> Iterator[None]:
        yield
        self._sum(np.zeros(1), patient=True)

    def check_same(self, given: Mapping[str, str | Sequence[tf.Tensor]]) -> None:
        """Raise ValueError, everywhere, where some process has something else under a name than the first has."""
        values = (value if isinstance(value, str) else map(to_numpy, value) for value in given.values())
        own = np.array([alike.digest(value) for value in values])
        parts = own.view(np.uint16).reshape(1, len(given), -1)
        placed = np.zeros((self.count, *parts.shape[1:]))
        placed[self.rank] = parts
        found = np.ascontiguousarray(self._sum(placed).astype(np.uint16)).view(np.int64)[..., 0]
        alike.check(given, found.tolist())

    def _sum(self, x: np.ndarray[Any, Any], *, patient: bool = False) -> np.ndarray[Any, Any]:
        """Over the processes, of whole numbers below 2^16: in float32, which every device and collective takes."""
        total = self._patient if patient else self._prompt
        with named(self.rank, self.count):
            return total(tf.constant(x, tf.float32)).numpy()

    def _total(self, seconds: float | None) -> Callable[[tf.Tensor], tf.Tensor]:
        """The sum, for which one waits for so long. Of the replicas of a process, the first has its part."""
        here = self._strategy.num_replicas_in_sync // self.count

        def own(x: tf.Tensor) -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            first = int(tf.get_static_value(context.replica_id_in_sync_group)) % here == 0
            part = tf.identity(x) if first else tf.zeros_like(x)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, part, waiting(seconds))

        def total(x: tf.Tensor) -> Any:
            return self._strategy.experimental_local_results(self._strategy.run(own, (x,)))[0]

        return executed(total, "compiled")


@contextmanager
def named(rank: int, count: int) -> Iterator[None]:
    """ConnectionError, with the names that TensorFlow has, where another process has ended or does not come."""
    try:
        yield
    except _LOST as error:
        reason = re.search(r"Collective ops is aborted by: (.*)", error.message)
        said = reason.group(1) if reason else error.message.strip().rpartition("\n")[2]
        tasks = set(re.findall(r"/job:(chief|worker)/replica:\d+/task:(\d+)", error.message))
        who = ", ".join(f"{job} {task}" for job, task in sorted(tasks))
        raise ConnectionError(
            f"process {rank} of {count} has lost the others: {said.rstrip('.:')}"
            + f"; TensorFlow names {who}" * bool(who)
        ) from error
