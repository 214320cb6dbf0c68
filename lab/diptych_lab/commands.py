"""How a command of ``diptych`` ends: bad input with one line and exit status 2, a bug with its traceback."""

from collections.abc import Callable
from typing import Any

import click
from rich.console import Console

from diptych.plain import plain
from diptych.suggestion import suggestion
from diptych_lab import streams


class Failure(click.ClickException):
    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"diptych: error: {one_line(self.format_message())}", file=file, err=file is None)


class Commands(click.Group):
    """A group of commands that report bad input, also what click finds, in one line; a bug keeps its traceback."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        streams.secure()
        return super().main(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise Failure(error.format_message()) from error
        except (ValueError, OSError, ImportError, FloatingPointError, MemoryError) as error:
            if ctx.params["debug"]:
                raise
            said = f"not enough memory ({error})" if isinstance(error, MemoryError) else str(error)
            raise Failure(said) from error

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None:
            raise click.UsageError(f"unknown command {args[0]!r}{suggestion(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


def one_line(text: str) -> str:
    """`text` in one line without control characters, so that no file can send commands to the terminal."""
    return plain(text).replace("\n", " ").replace("\t", " ")


def speaker(console: Console) -> Callable[[str], None]:
    """A function that prints a line as plain text, without markup and without control characters."""
    return lambda line: console.print(one_line(line), markup=False, highlight=False, soft_wrap=True)
