"""Which checkpoint of a run, on the command line."""

from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option("--best", is_flag=True, help="The best checkpoint of a run that was evaluated, not the last."),
    click.option("--round", type=int, help="The checkpoint of this round, of a run that keeps several: --keep."),
)


def checkpoint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`command` with these options, `best` and `round`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
