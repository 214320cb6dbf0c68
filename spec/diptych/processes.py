"""Processes that run one program together: they answer within a time limit, or all of them are ended."""

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from diptych.group import LIMIT

SetUp = Callable[[], AbstractContextManager[object]]
GRACE = 5.0  # seconds for the others, once one has failed


class Crew:
    """Running processes. Called with a program and its arguments, gives what the program gave in each of them.

    Program, arguments and results are pickled, so a program is a function of a module. Where one process fails, its
    exception is raised here, with the number of the process. ConnectionError, by which a process says that another
    has ended, comes after all others. `limit` is the time for a program in seconds, None for as long as it takes.
    """

    def __init__(self, processes: Sequence[Any], pipes: Sequence[Connection], limit: float | None = LIMIT) -> None:
        self._processes, self._pipes = processes, pipes
        self.limit, self.ended = limit, False

    def __call__(self, program: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Raises ChildProcessError where a process dies, RuntimeError where one gives no answer in time.

        All of them are ended then.
        """
        if self.ended:
            raise RuntimeError("these processes have ended; start others")
        found: dict[int, Any] = {}
        until, failed = math.inf if self.limit is None else time.monotonic() + self.limit, False
        try:
            for pipe in self._pipes:
                pipe.send((program, arguments))
        except OSError:
            pass  # the process has died: below its number is told
        while waiting := [i for i in range(len(self._pipes)) if i not in found]:
            left = None if until == math.inf else max(0.0, until - time.monotonic())
            talking = wait([self._pipes[i] for i in waiting], timeout=left)
            if not talking:
                break
            for i in [i for i in waiting if self._pipes[i] in talking]:
                found[i] = self._answer(i)
                if not failed and isinstance(found[i], Exception):
                    failed, until = True, min(until, time.monotonic() + GRACE)
        if len(found) < len(self._pipes) or any(isinstance(answer, ChildProcessError) for answer in found.values()):
            self.end()
        self._raise(found)
        return [found[i] for i in range(len(self._pipes))]

    def ask_to_end(self) -> None:
        """SIGTERM to each."""
        for process in self._processes:
            process.terminate()

    def _answer(self, i: int) -> Any:
        try:
            return self._pipes[i].recv()
        except (EOFError, OSError):
            self._processes[i].join()
            return ChildProcessError(f"process {i} of {len(self._pipes)} {_end(self._processes[i].exitcode)}")

    def _raise(self, found: dict[int, Any]) -> None:
        """That one has died; else an error that one had, of itself if possible; else that one gave no answer."""
        errors = {i: answer for i, answer in sorted(found.items()) if isinstance(answer, Exception)}
        for i, error in sorted(errors.items(), key=lambda each: _rank(each[1])):
            error.add_note(f"in process {i} of {len(self._pipes)}")
            raise error
        if missing := [str(i) for i in range(len(self._pipes)) if i not in found]:
            raise RuntimeError(
                f"process {', '.join(missing)} of {len(self._pipes)}: no answer within {self.limit:g} s"
            )

    def end(self) -> None:
        """All of them, at once."""
        self.ended = True
        for process, pipe in zip(self._processes, self._pipes, strict=True):
            process.kill()
            process.join()
            pipe.close()


def _rank(error: Exception) -> int:
    """Causes first: who has lost another that has ended raises ConnectionError."""
    return 0 if isinstance(error, ChildProcessError) else 2 if isinstance(error, ConnectionError) else 1


def _end(status: int) -> str:
    return f"ended with status {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"


@contextmanager
def started(set_ups: Sequence[SetUp], limit: float | None = LIMIT) -> Iterator[Crew]:
    """A process for each of `set_ups`, entered in it before its first program; ended when this context is left.

    Ctrl-C and a closed terminal, which signal to all processes of a terminal, reach this one alone; SIGTERM waits,
    until a program lets it through.
    """
    context, processes, pipes = get_context("spawn"), list[Any](), list[Connection]()
    crew = Crew(processes, pipes, limit)
    try:
        with _blocked("SIGINT", "SIGHUP", "SIGTERM"):
            for set_up in set_ups:
                ours, theirs = context.Pipe()
                processes.append(context.Process(target=_serve, args=(theirs, set_up), daemon=True))
                pipes.append(ours)
                processes[-1].start()
                theirs.close()
        yield crew
    finally:
        if not crew.ended:
            crew.end()


@contextmanager
def _blocked(*names: str) -> Iterator[None]:
    """Signals wait meanwhile, and for ever in processes that are started meanwhile."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in names])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, set_up: SetUp) -> None:
    """Programs one after another, until nobody asks any more."""
    try:
        program, arguments = pipe.recv()
        with set_up():
            while True:
                pipe.send(_outcome(program, arguments))
                program, arguments = pipe.recv()
    except (EOFError, BrokenPipeError):  # whoever asked has gone
        return
    except Exception as error:  # of the set-up: it is the answer
        pipe.send(error)


def _outcome(program: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    try:
        return program(*arguments)
    except Exception as error:
        return error
