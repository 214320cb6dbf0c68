"""Processes that run one program together: they answer within a time limit, or all of them are ended."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

SetUp = Callable[[], AbstractContextManager[object]]
LIMIT = 240.0  # seconds for a program; its first run imports a framework
GRACE = 5.0  # seconds for the others, once one has failed


class Crew:
    """Running processes. Called with a program and its arguments, gives what the program gave in each of them.

    Program, arguments and results are pickled, so a program is a function of a module. Where one process fails, its
    exception is raised here, with the number of the process.
    """

    def __init__(self, processes: Sequence[Any], pipes: Sequence[Connection]) -> None:
        self._processes, self._pipes = processes, pipes
        self.ended = False

    def __call__(self, program: Callable[..., Any], *arguments: Any) -> list[Any]:
        """Raises RuntimeError where a process dies or gives no answer in time; all of them are ended then."""
        if self.ended:
            raise RuntimeError("these processes have ended; start others")
        found: dict[int, Any] = {}
        until, failed = time.monotonic() + LIMIT, False
        try:
            for pipe in self._pipes:
                pipe.send((program, arguments))
        except OSError:
            pass  # the process has died: below its number is told
        while waiting := [i for i in range(len(self._pipes)) if i not in found]:
            talking = wait([self._pipes[i] for i in waiting], timeout=max(0.0, until - time.monotonic()))
            if not talking:
                break
            for i in [i for i in waiting if self._pipes[i] in talking]:
                found[i] = self._answer(i)
                if not failed and isinstance(found[i], Exception):
                    failed, until = True, min(until, time.monotonic() + GRACE)
        if len(found) < len(self._pipes) or any(isinstance(answer, _Died) for answer in found.values()):
            self.end()
        self._raise(found)
        return [found[i] for i in range(len(self._pipes))]

    def _answer(self, i: int) -> Any:
        try:
            return self._pipes[i].recv()
        except (EOFError, OSError):
            self._processes[i].join()
            return _Died(f"ended with status {self._processes[i].exitcode}")

    def _raise(self, found: dict[int, Any]) -> None:
        """The first error that somebody had; else that somebody gave no answer."""
        errors = {i: answer for i, answer in sorted(found.items()) if isinstance(answer, Exception)}
        for i, error in sorted(errors.items(), key=lambda each: isinstance(each[1], _Died)):
            error.add_note(f"in process {i} of {len(self._pipes)}")
            raise error
        if missing := [str(i) for i in range(len(self._pipes)) if i not in found]:
            raise RuntimeError(f"process {', '.join(missing)} of {len(self._pipes)}: no answer within {LIMIT:g} s")

    def end(self) -> None:
        """All of them, at once."""
        self.ended = True
        for process, pipe in zip(self._processes, self._pipes, strict=True):
            process.kill()
            process.join()
            pipe.close()


class _Died(RuntimeError):  # noqa: N818
    """A process is no more."""


@contextmanager
def started(set_ups: Sequence[SetUp]) -> Iterator[Crew]:
    """A process for each of `set_ups`, entered in it before its first program; ended when this context is left."""
    context, processes, pipes = get_context("spawn"), list[Any](), list[Connection]()
    crew = Crew(processes, pipes)
    try:
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
