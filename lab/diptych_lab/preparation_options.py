"""The options of `diptych_lab.preparation.chosen` on the command line."""

from collections.abc import Callable
from typing import Any

import click

_OPTIONS = (
    click.option("--size", help="Of pictures, 32 or 28x50 (height x width): bring all to it."),
    click.option("--crop", help="With --size: center cuts off what is beyond its proportions, none stretches."),
    click.option("--channels", type=int, help="Of pictures: 1 makes them gray, 3 colour."),
    click.option("--columns", help="Of a table, with commas between: these alone, in this order."),
    click.option("--drop-missing", is_flag=True, help="Of a table: leave out rows in which a value is missing."),
)


def preparation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`command` with these options, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
