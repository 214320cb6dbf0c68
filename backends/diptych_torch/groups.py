"""Process groups of replicas: one that torchrun has started, and one that this program starts on its machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from diptych.protocol import Device
from diptych_torch.members import Members
from diptych_torch.replicas import Replicas

CARRIERS = {"cpu": "gloo", "cuda": "cpu:gloo,cuda:nccl"}  # of tensors between processes, by kind of device


@contextmanager
def joined(count: int, *, device: Device = None, wait: float | None = None) -> Iterator[Members | None]:
    """This process in a group of `count`: the present one, or the one that torchrun has started, begun here.

    None where there is neither. ValueError where it has another size.
    """
    launched = dist.is_available() and dist.is_torchelastic_launched()
    size = os.environ.get("WORLD_SIZE", "1")
    if dist.is_available() and dist.is_initialized():
        if count > 1:
            Replicas.of(count)
            with Members.here(wait) as members:
                yield members
        else:
            yield None
    elif not launched or size == str(count) == "1":
        yield None
    elif size != str(count):
        raise ValueError(
            f"torchrun has started {size} processes, each for one replica, and replicas (--replicas) is {count}: "
            "these must be the same number"
        )
    else:
        carrier = placed(device, int(os.environ["LOCAL_RANK"]), int(os.environ["LOCAL_WORLD_SIZE"]))
        dist.init_process_group(carrier, timeout=limit(wait))
        try:
            with Members.here(wait) as members:
                yield members
        finally:
            dist.destroy_process_group()


@contextmanager
def member(rank: int, count: int, folder: Path, device: Device, wait: float | None) -> Iterator[None]:
    """This process as number `rank` of a group on one machine, that meets in a file of `folder`.

    A replica waits for others for `wait` seconds. The cores are shared out, as torchrun does.
    """
    torch.set_num_threads(max(1, torch.get_num_threads() // count))
    where, carrier = f"file://{folder / 'meeting'}", placed(device, rank, count)
    dist.init_process_group(carrier, init_method=where, rank=rank, world_size=count, timeout=limit(wait))
    try:
        yield
    finally:
        dist.destroy_process_group()


def placed(device: Device, rank: int, count: int) -> str:
    """What carries tensors between replicas on devices of this kind. This is number `rank` of `count` on this host.

    The GPU of that number is the present one from now on, which "cuda" means. ValueError for another kind of
    device, for one by its index, and where there are fewer.
    """
    try:
        place = torch.device("cpu" if device is None else device)
    except (RuntimeError, TypeError):
        place = None
    if place is None or place.index is not None or place.type not in CARRIERS:
        raise ValueError(
            f"device {device!r}: replicas compute on {' or '.join(CARRIERS)}, each on a device of its own"
        )
    if place.type == "cuda":
        if (there := torch.cuda.device_count()) < count:
            raise ValueError(
                f"device {device!r}: {count} replicas on this host need as many GPUs, and it has {there}"
            )
        torch.cuda.set_device(rank)
    return CARRIERS[place.type]


def limit(wait: float | None) -> timedelta | None:
    """As PyTorch takes it; None for its own."""
    return None if wait is None else timedelta(seconds=wait)
