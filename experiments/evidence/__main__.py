"""The command: `tune` makes the runs that recipes are chosen by, `run` those that count, `page` the pages."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

import diptych_lab.recipes
from diptych import atomic
from diptych_lab.recipes import KINDS
from experiments.choices import several
from experiments.evidence.plan import BACKENDS, DATA, METHODS, SEEDS, plan, tuning
from experiments.evidence.records import KEPT, Settings
from experiments.evidence.shipped import recipes
from experiments.running import ROOT, finish

PAGE = ROOT / "docs/evidence/methods.md"
EVIDENCE = "methods"  # from the page's folder
RESULTS, TUNING = "results.jsonl", "tuning.jsonl"

OUT = ROOT / "reports/evidence"

page_option = click.option("--page", "target", type=click.Path(path_type=Path), default=PAGE, show_default=True)
Command = Callable[..., Any]


def common(command: Command) -> Command:
    """The options that both kinds of runs have."""
    options = (
        click.option("--only", "data", default=",".join(DATA), show_default=True, callback=several(str, DATA)),
        click.option("--methods", default=",".join(METHODS), callback=several(str, METHODS), help="[default: all]"),
        click.option("--rounds", type=click.IntRange(min=1), help="Of every run.  [default: its recipe's]"),
        click.option("--n", type=click.IntRange(min=20), help="Samples of a part.  [default: by kind of data]"),
        click.option("--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Runs at once."),
        click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path)),
        page_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def main() -> None:
    """Every method, shown to work or not to."""


@main.command()
@common
def tune(
    data: tuple[str, ...],
    methods: tuple[str, ...],
    rounds: int | None,
    n: int | None,
    jobs: int,
    out: Path,
    target: Path,
) -> None:
    """Make the runs of recipes that are tried and missing in --out, then the pages."""
    _make([*tuning(data, methods, rounds, n)], rounds, n, jobs, out, target)


@main.command()
@common
@click.option("--backends", default=",".join(BACKENDS), show_default=True, callback=several(str, BACKENDS))
@click.option("--seeds", default=",".join(map(str, SEEDS)), show_default=True, callback=several(int, SEEDS))
def run(
    data: tuple[str, ...],
    methods: tuple[str, ...],
    rounds: int | None,
    n: int | None,
    jobs: int,
    out: Path,
    target: Path,
    backends: tuple[str, ...],
    seeds: tuple[int, ...],
) -> None:
    """Make the runs that count and are missing in --out, then the pages."""
    _make([*plan(data, methods, backends, seeds, rounds, n)], rounds, n, jobs, out, target)


@main.command("recipes")
def write_recipes() -> None:
    """Write the recipes that come with diptych: the best of those whose results lie beside the page."""
    tuned = KEPT.read_lines(PAGE.parent / EVIDENCE / TUNING)
    for kind in KINDS:
        atomic.write(Path(diptych_lab.recipes.__file__).parent / f"{kind}.toml", recipes(kind, tuned))


@main.command()
@page_option
def page(target: Path) -> None:
    """Make the pages and their figures anew, from the results that lie beside them."""
    write_pages(target)


def _make(
    wanted: Sequence[Settings], rounds: int | None, n: int | None, jobs: int, out: Path, target: Path
) -> None:
    console, folder = Console(), target.parent / EVIDENCE
    for name in (TUNING, RESULTS):
        KEPT.take_up(folder / name, out)
    errors = finish(wanted, KEPT, out, jobs, console)
    folder.mkdir(parents=True, exist_ok=True)
    for name, planned in ((TUNING, tuning(rounds=rounds, n=n)), (RESULTS, plan(rounds=rounds, n=n))):
        there = [result for settings in planned if (result := KEPT.read(settings, out))]
        atomic.write(folder / name, "".join(result.text() for result in there))
    write_pages(target)
    console.print(f"{target} is made", soft_wrap=True)
    if errors:
        raise click.ClickException("runs failed\n" + "\n".join(errors))


def write_pages(target: Path) -> None:
    """The page of results, that of recipes, and their figures, from the files of results in the folder."""
    from experiments.evidence.choosing import choosing
    from experiments.evidence.figures import figure  # here, for they take a second to import
    from experiments.evidence.page import page
    from experiments.evidence.summary import table_of

    folder = target.parent / EVIDENCE
    results, tuned = (KEPT.read_lines(folder / name) for name in (RESULTS, TUNING))
    for name in DATA:
        table = table_of(name, results)
        if any(result.points for result in table.results):
            atomic.write(folder / f"{name}.png", figure(table))
    atomic.write(target, page(results, tuned, EVIDENCE))
    if results:
        atomic.write(target.parent.parent / "choosing.md", choosing(results, f"{target.parent.name}/{target.name}"))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"evidence: error: {error}")
