"""Objects of a user's own that are told how a run goes on.

Each has one or more of these methods; in a run on several replicas those of the first are called.

    on_round(losses)          of every round, {"round": 0, "critic": -0.1, ...}, in order, when losses are read
    on_checkpoint(path, run)  after a checkpoint was written
    on_evaluate(row)          of an evaluation: `row.round`, `row.numbers`, name -> (value, low, high)
    on_end(run)               once, however the run ends
"""

from collections.abc import Iterable
from typing import Any

from diptych.suggestion import suggestion

EVENTS = ("on_round", "on_checkpoint", "on_evaluate", "on_end")


class Callbacks:
    """These objects, told one after another. `failure` is the first error of any, to be raised when all is saved.

    Raises ValueError for one that has none of the methods, or one whose name begins as theirs do and is another.
    """

    def __init__(self, given: Iterable[Any] | None = None) -> None:
        if not isinstance(given, list | tuple | None):
            raise ValueError(f"callbacks must be a list of objects, got {given!r}")
        self.failure: BaseException | None = None
        self._given = tuple(given or ())
        for each in self._given:
            if isinstance(each, type):
                raise ValueError(f"{_name(each)} is to be made: pass {each.__name__}(), not the class")
            there = [name for name in dir(each) if name.startswith("on_") and callable(getattr(each, name))]
            for name in there:
                if name not in EVENTS:
                    raise ValueError(f"{_name(each)} has {name}, which nothing calls{suggestion(name, EVENTS)}")
            if not there:
                raise ValueError(f"{_name(each)} is no callback: it has none of {', '.join(EVENTS)}")

    def tell(self, event: str, *arguments: Any) -> None:
        """Call the method of this name of each that has it; after an error too, so that none misses anything."""
        for each in self._given:
            try:
                getattr(each, event, _nothing)(*(dict(x) if isinstance(x, dict) else x for x in arguments))
            except BaseException as error:
                self.failure = self.failure or error


def _name(each: Any) -> str:
    return f"a callback of type {(each if isinstance(each, type) else type(each)).__name__}"


def _nothing(*_: Any) -> None:
    """For who does not want to know."""
