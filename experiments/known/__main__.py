"""The command: `make` one result in one framework, `page` of those that are there."""

import sys
from pathlib import Path

import click

from experiments.known.curves import BACKENDS, RESULTS, make
from experiments.known.page import write
from experiments.running import ROOT

PAGE = ROOT / "docs/known_results.md"
EVIDENCE = "evidence/known"  # from the page's folder

page_option = click.option("--page", "target", type=click.Path(path_type=Path), default=PAGE, show_default=True)


@click.group()
def main() -> None:
    """What papers show where everything can be computed."""


@main.command("make")
@click.argument("result", type=click.Choice([*RESULTS]))
@click.option("--backend", required=True, type=click.Choice(BACKENDS))
@page_option
def make_one(result: str, backend: str, target: Path) -> None:
    """Make the curves of RESULT in one framework, and the page anew."""
    make(result, backend, target.parent / EVIDENCE)
    write(target, EVIDENCE)
    click.echo(f"{target} is made")


@main.command()
@page_option
def page(target: Path) -> None:
    """Make the page and its figures anew, from the curves that lie beside it."""
    write(target, EVIDENCE)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"known: error: {error}")
