"""Options and their values; those that select cases, the command line and the pytest plugin have alike."""

import math
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diptych
from diptych.suggestion import suggestion
from diptych_conformance.core.case import DTYPES, EXECUTIONS, LEVELS, Scope
from diptych_conformance.running.suite import Selection


def add_selection(add: Callable[..., Any], scope: str) -> None:
    """Add them by argparse's `add_argument`, or pytest's `addoption`; `scope` is the default."""
    add("--level", action="append", default=[], choices=LEVELS)
    add("--scope", default=scope, choices=[scope.name.lower() for scope in Scope])
    add(
        "--method",
        action="append",
        default=[],
        type=method,
        metavar="NAME",
        help="of the catalogue, such as wgan-gp",
    )
    add("--dtype", action="append", default=[], choices=DTYPES)
    add("--execution", action="append", default=[], choices=EXECUTIONS)
    add("--device", metavar="NAME", help="in the backend's own words; its own choice if not given")
    add("--seed", type=whole, default=0, metavar="N", help="of the problems (0)")


def method(text: str) -> str:
    if text not in diptych.CATALOGUE:
        raise ArgumentTypeError(f"unknown method {text!r}{suggestion(text, diptych.CATALOGUE)}")
    return text


def backend(text: str) -> str:
    """As it is; what is asked for by it is seen where it is loaded."""
    if not all(text.split(":", 1)):
        raise ArgumentTypeError(f"must be a registered name or module:factory, got {text!r}")
    return text


def path(text: str) -> Path:
    if not text:
        raise ArgumentTypeError("must be a path, got an empty text")
    return Path(text)


def whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"must be a whole number, got {text!r}") from None


def positive(text: str) -> int:
    number = whole(text)
    if number < 1:
        raise ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ArgumentTypeError(f"must be a number of seconds, got {text!r}") from None
    if not (number > 0 and math.isfinite(number)):
        raise ArgumentTypeError(f"must be positive and finite, got {text}")
    return number


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
