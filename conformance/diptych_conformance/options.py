"""The options that select cases, which the command line and the pytest plugin have alike."""

from argparse import Namespace
from collections.abc import Callable
from typing import Any

import diptych
from diptych_conformance.case import DTYPES, EXECUTIONS, LEVELS, Scope
from diptych_conformance.suite import Selection


def add_selection(add: Callable[..., Any], scope: str) -> None:
    """Add them by argparse's `add_argument`, or pytest's `addoption`; `scope` is the default."""
    add("--level", action="append", default=[], choices=LEVELS)
    add("--scope", default=scope, choices=[scope.name.lower() for scope in Scope])
    add("--method", action="append", default=[], choices=list(diptych.CATALOGUE))
    add("--dtype", action="append", default=[], choices=DTYPES)
    add("--execution", action="append", default=[], choices=EXECUTIONS)
    add("--device", metavar="NAME", help="in the backend's own words; its own choice if not given")
    add("--seed", type=int, default=0, help="of the problems (0)")


def selection(given: Namespace, *, first: bool = False) -> Selection:
    """What was asked for by them."""
    return Selection(
        scope=Scope[given.scope.upper()],
        levels=tuple(given.level),
        methods=tuple(given.method),
        dtypes=tuple(given.dtype),
        executions=tuple(given.execution),
        seed=given.seed,
        device=given.device,
        first=first,
    )
