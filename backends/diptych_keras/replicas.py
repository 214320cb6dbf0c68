"""One step on several devices: a network is called on a replica's own rows, and what it gives is gathered.

Each replica has networks and optimisers of its own on its device, and is given all of batch and noise. `gather` and
`cut` are each the other's adjoint, and each is made of the other: they differentiate any number of times. The
gradient by the variables is then a replica's own part, and the parts are summed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import tensorflow as tf

from diptych import checks
from diptych.protocol import Device
from diptych.shards import shard_sizes
from diptych_keras import hosts


class Replicas:
    """The replicas of a strategy, as a step uses them: on devices of this process, or of a process on each host.

    Raises ValueError where there are fewer devices than replicas. The CPU is split into as many as are asked for,
    if TensorFlow has not been used yet. One replica waits for another on another host for `wait` seconds.
    """

    def __init__(self, count: int, strategy: hosts.Strategy | None = None, wait: float | None = None) -> None:
        self.count = checks.whole("replicas", count)
        if strategy is None:
            # The default, collective operations, numbers them anew in every strategy: the runtime mixes them up.
            strategy = tf.distribute.MirroredStrategy(_devices(count), tf.distribute.ReductionToOneDevice())
        elif strategy.num_replicas_in_sync != count:
            raise ValueError(
                f"{count} replicas were asked for, and the strategy has {strategy.num_replicas_in_sync}: one for "
                "each GPU, or for each process on a host without any"
            )
        self.strategy, self.wait = strategy, wait
        self.devices = tuple(map(_full_name, strategy.extended.worker_devices))
        self.members = hosts.Members(strategy, wait) if hosts.of_several(strategy) else None
        self._first = self.members.rank * len(self.devices) if self.members else 0  # the rank of the first one here

    @property
    def here(self) -> bool:
        """Is this code run by a replica?"""
        return tf.distribute.has_strategy() and not tf.distribute.in_cross_replica_context()

    def everywhere(self, programs: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
        """A function that runs the program of each replica of this process, and gives what its first one gives."""

        def run(*arguments: Any) -> Any:
            found = self.strategy.run(lambda: programs[self._rank() - self._first](*arguments))
            return tf.nest.map_structure(lambda each: self.strategy.experimental_local_results(each)[0], found)

        return run

    def cut(self, x: tf.Tensor) -> tf.Tensor:
        """The replica's own rows. Its adjoint is `gather`."""
        n = x.shape[0]
        sizes, rank = shard_sizes(n, self.count), self._rank()
        start = sum(sizes[:rank])

        def cut(x: tf.Tensor) -> Any:
            own = tf.slice(x, [start] + [0] * (x.shape.rank - 1), [sizes[rank], *x.shape[1:]])
            return own, lambda cotangent: self.gather(cotangent, n)

        return tf.custom_gradient(cut)(x)

    def gather(self, part: tf.Tensor, n: int) -> tf.Tensor:
        """The n rows of all, in the order of replicas. Its adjoint is `cut`: everyone computes what follows."""

        def gather(part: tf.Tensor) -> Any:
            return self._gathered(part, n), self.cut

        return tf.custom_gradient(gather)(part)

    def total(self, x: tf.Tensor) -> tf.Tensor:
        """The sum over the replicas of x, which each has of its own rows. Its adjoint is itself."""

        def total(x: tf.Tensor) -> Any:
            return self._sum(x), self.total

        return tf.custom_gradient(total)(x)

    def summed(self, gradients: Any) -> Any:
        """The sum over the replicas of each tensor of a structure, by one all-reduce."""
        tensors = tf.nest.flatten(gradients)
        if not tensors:
            return gradients
        flat = self._sum(tf.concat([tf.reshape(g, [-1]) for g in tensors], 0))
        parts = tf.split(flat, [g.shape.num_elements() for g in tensors])
        shaped = [tf.reshape(part, g.shape) for part, g in zip(parts, tensors, strict=True)]
        return tf.nest.pack_sequence_as(gradients, shaped)

    def _gathered(self, part: tf.Tensor, n: int) -> tf.Tensor:
        sizes = shard_sizes(n, self.count)
        largest, uneven = sizes[0], sizes[0] != sizes[-1]
        if uneven:  # all_gather wants equal sizes
            part = tf.pad(part, [[0, largest - part.shape[0]], *[[0, 0]] * (part.shape.rank - 1)])
        found = tf.distribute.get_replica_context().all_gather(part, 0, self._options)
        if uneven:
            found = tf.gather(found, [i * largest + row for i, size in enumerate(sizes) for row in range(size)])
        return tf.ensure_shape(found, [n, *part.shape[1:]])

    def _sum(self, x: tf.Tensor) -> tf.Tensor:
        total: tf.Tensor = tf.distribute.get_replica_context().all_reduce(
            tf.distribute.ReduceOp.SUM, x, self._options
        )
        return total

    @contextmanager
    def together(self, given: Mapping[str, str | Sequence[tf.Tensor]] | None = None) -> Iterator[None]:
        """Where replicas run. Processes on several hosts compare first what they were `given`.

        ValueError where it differs, ConnectionError where a process has ended or does not come in time.
        """
        if self.members is None:
            yield
            return
        if given is not None:
            self.members.check_same(given)
        with hosts.named(self.members.rank, self.members.count):
            yield

    @property
    def _options(self) -> Any:
        return hosts.waiting(self.wait)

    @staticmethod
    def _rank() -> int:
        return int(tf.get_static_value(tf.distribute.get_replica_context().replica_id_in_sync_group))


def check_no_device(count: int, device: Device) -> None:
    """Raise ValueError where replicas are told where to be."""
    if count > 1 and device is not None:
        raise ValueError(f"device {device!r}: replicas have devices of their own; leave it out")


def _devices(count: int) -> list[str]:
    """The names of `count` devices of one kind: GPUs, and the CPU in parts on a machine without any."""
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    if kind == "CPU":
        cpu = tf.config.list_physical_devices("CPU")[0]
        with suppress(RuntimeError):  # TensorFlow has been used
            if tf.config.get_logical_device_configuration(cpu) is None:
                tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    found = [logical.name for logical in tf.config.list_logical_devices(kind)]
    if len(found) < count:
        mend = "; ask for replicas before anything else is computed: then the CPU is split" if kind == "CPU" else ""
        raise ValueError(f"{count} replicas need {count} devices, and TensorFlow has {', '.join(found)}{mend}")
    return found[:count]


def _full_name(device: str) -> str:
    with tf.device(device):
        return tf.zeros(()).device
