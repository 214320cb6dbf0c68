"""A trainer that raises in the third step of a run: for backends that a command names by their module."""

from collections.abc import Callable
from typing import Any, TypeVar

Backend = TypeVar("Backend", bound=Any)


def failing(made: Backend, here: Callable[[], bool]) -> Backend:
    """The backend, whose trainers raise where this process is the one."""
    trainer = made.trainer

    def broken(*arguments: Any, **settings: Any) -> Any:
        trained, steps = trainer(*arguments, **settings), list[Any]()
        step = trained.step

        def stepped(*given: Any, **told: Any) -> Any:
            steps.append(given)
            if here() and len(steps) == 3:
                raise ValueError("the third step fails")
            return step(*given, **told)

        trained.step = stepped
        return trained

    made.trainer = broken
    return made
