"""Options of the experiments' commands."""

from collections.abc import Callable, Sequence
from typing import Any

import click


def several(kind: Callable[[str], Any], known: Sequence[Any] = ()) -> Callable[..., tuple[Any, ...]]:
    """A click callback: values parted by commas, each of them known."""

    def read_all(context: click.Context, option: click.Parameter, text: str) -> tuple[Any, ...]:
        try:
            found = tuple(kind(part.strip()) for part in text.split(","))
        except ValueError:
            raise click.BadParameter(f"{text!r} is no list of whole numbers, as 0,1,2") from None
        for each in found:
            if known and each not in known:
                raise click.BadParameter(f"{each!r} is none of {', '.join(map(str, known))}")
            if isinstance(each, int) and each < 0:
                raise click.BadParameter(f"a seed is at least 0, got {each}")
        return tuple(dict.fromkeys(found))

    return read_all
