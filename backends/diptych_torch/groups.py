"""Process groups of replicas: one that torchrun has started, and one that this program starts on its machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from diptych_torch.replicas import Replicas


@contextmanager
def joined(count: int) -> Iterator[Replicas | None]:
    """This process in a group of `count`: the present one, or the one that torchrun has started, begun here.

    None where there is neither. ValueError where it has another size.
    """
    launched = dist.is_available() and dist.is_torchelastic_launched()
    there = dist.is_available() and dist.is_initialized()
    size = os.environ.get("WORLD_SIZE", "1")
    if there or not launched or size == str(count) == "1":
        yield Replicas.of(count) if there and count > 1 else None
        return
    if size != str(count):
        raise ValueError(
            f"torchrun has started {size} processes, each for one replica, and replicas (--replicas) is {count}: "
            "these must be the same number"
        )
    dist.init_process_group("gloo")
    try:
        yield Replicas.of(count)
    finally:
        dist.destroy_process_group()


@contextmanager
def member(rank: int, count: int, folder: Path, limit: float | None) -> Iterator[None]:
    """This process as number `rank` of a group on one machine, that meets in a file of `folder`.

    A replica waits for others for `limit` seconds. The cores are shared out, as torchrun does.
    """
    torch.set_num_threads(max(1, torch.get_num_threads() // count))
    where, wait = f"file://{folder / 'meeting'}", None if limit is None else timedelta(seconds=limit)
    dist.init_process_group("gloo", init_method=where, rank=rank, world_size=count, timeout=wait)
    try:
        yield
    finally:
        dist.destroy_process_group()
