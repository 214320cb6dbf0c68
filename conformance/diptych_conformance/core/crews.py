"""Processes of replicas, started when a case first asks for them, and kept for the next cases."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from diptych.processes import Crew


class Crews:
    """A crew for each number of replicas; one that has ended is replaced. Leaving the context ends all."""

    def __init__(self) -> None:
        self._stack, self._crews = ExitStack(), dict[int, Crew]()

    def __enter__(self) -> "Crews":
        return self

    def __exit__(self, *_: object) -> None:
        self._crews.clear()
        self._stack.close()

    def run(self, backend: Any, count: int, program: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What program(backend, *arguments) gives in each process."""
        if count not in self._crews or self._crews[count].ended:
            self._crews[count] = self._stack.enter_context(backend.launched(count))
        return self._crews[count](program, backend, *arguments)
