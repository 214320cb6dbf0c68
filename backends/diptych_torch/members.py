"""What the processes of a run tell each other, over gloo, whatever carries the tensors of a step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import torch
import torch.distributed as dist

from diptych_torch.replicas import LostError, together

LIMIT = 1800.0  # seconds to wait for another: PyTorch's own
SIGN = 3.0  # seconds for a sign of life, once somebody has not come


class Members:
    """`diptych.group.Group`: the processes of the default group. All of them make one of these at the same time."""

    def __init__(self, wait: float | None) -> None:
        self._limit = LIMIT if wait is None else wait
        self.rank, self.count = dist.get_rank(), dist.get_world_size()
        self._others = [rank for rank in range(self.count) if rank != self.rank]
        self._told = dist.new_group(backend="gloo", timeout=timedelta(seconds=self._limit))
        self._signs = dist.new_group(backend="gloo")  # of its own: who waits in vain loses the way to those between

    @classmethod
    @contextmanager
    def here(cls, wait: float | None) -> Iterator["Members"]:
        """The processes of the default group, in the context. ConnectionError names those who are missing."""
        made = cls(wait)
        try:
            yield made
        except LostError as error:
            raise ConnectionError(made._named(error)) from error
        finally:
            for group in (made._told, made._signs):
                dist.destroy_process_group(group)

    def anyone(self, says: bool) -> bool:
        said = torch.tensor(int(says))
        together(dist.all_reduce, said, dist.ReduceOp.MAX, group=self._told)
        return bool(said)

    def first(self, content: bytes) -> bytes:
        size = torch.tensor(len(content))
        together(dist.broadcast, size, 0, group=self._told)
        sent = torch.zeros(int(size), dtype=torch.uint8)
        if self.rank == 0 and content:
            sent = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        together(dist.broadcast, sent, 0, group=self._told)
        return sent.numpy().tobytes()

    @contextmanager
    def first_works(self) -> Iterator[None]:
        """Meanwhile a thread of the first tells the others that it lives, four times within their limit."""
        if self.rank:
            yield
            done = torch.zeros(1)
            while not done:
                together(dist.recv, done, 0, group=self._told)
            return
        over = Event()
        thread = Thread(target=self._live, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        self._tell(1.0)

    def _live(self, over: Event) -> None:
        with suppress(LostError):  # as will the next that they do together
            while not over.wait(self._limit / 4):
                self._tell(0.0)

    def _tell(self, done: float) -> None:
        for rank in self._others:
            together(dist.send, torch.full((1,), done), rank, group=self._told)

    def _named(self, error: LostError) -> str:
        """What it says, with the replicas that give no sign of life."""
        missing = self._missing()
        if not missing:
            return str(error)
        several = len(missing) > 1
        who = f"replica{'s' * several} {', '.join(map(str, missing))} {'give' if several else 'gives'}"
        return f"{error}; {who} no sign of life: ended, hanging, or busy for longer than --replica-timeout SECONDS"

    def _missing(self) -> list[int]:
        """A message from each to each: those whose message does not come, or to whom there is no way any more."""
        until, sent, coming, missing = time.monotonic() + SIGN, list[Any](), dict[int, Any](), list[int]()
        for rank in self._others:
            try:
                sent.append(
                    dist.isend(torch.ones(1), rank, group=self._signs)
                )  # kept: let go, it would not be sent
                coming[rank] = dist.irecv(torch.zeros(1), rank, group=self._signs)
            except RuntimeError:
                missing.append(rank)
        for rank, message in coming.items():
            try:
                message.wait(timedelta(seconds=max(0.1, until - time.monotonic())))
            except RuntimeError:
                missing.append(rank)
        return sorted(missing)
