"""The command of the experiment: `run` makes the results that are missing and the page, `page` the page alone."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from diptych import atomic
from experiments.precision_recall.methods import METHODS
from experiments.precision_recall.plan import BACKENDS, DATA, SEEDS, SIZES, plan, tuning
from experiments.precision_recall.records import Result, Settings, read, read_lines
from experiments.precision_recall.running import ROOT, finish

PAGE = ROOT / "docs/precision_recall.md"
EVIDENCE = "evidence/precision_recall"  # from the page's folder
RESULTS, TUNING = "results.jsonl", "tuning.jsonl"


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


def data_name(text: str) -> str:
    return "ring" if text == "toy" else text


page_option = click.option("--page", "target", type=click.Path(path_type=Path), default=PAGE, show_default=True)


@click.group()
def main() -> None:
    """Dual, primal and hybrid methods: precision against recall."""


@main.command("run")
@click.option("--only", "data", default=",".join(DATA), show_default=True, callback=several(data_name, [*SIZES]))
@click.option("--methods", default=",".join(METHODS), callback=several(str, METHODS), help="[default: all]")
@click.option("--backends", default=",".join(BACKENDS), show_default=True, callback=several(str, BACKENDS))
@click.option("--seeds", default=",".join(map(str, SEEDS)), show_default=True, callback=several(int))
@click.option("--rounds", type=click.IntRange(min=1), help="Of every run.  [default: by data set]")
@click.option("--n", type=click.IntRange(min=30), help="Samples of every run.  [default: by data set]")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Runs at once.")
@click.option("--tune", is_flag=True, help="The settings that were tried, in short runs.")
@click.option(
    "--out", default=ROOT / "reports/precision_recall", show_default=True, type=click.Path(path_type=Path)
)
@page_option
def run(
    data: tuple[str, ...],
    methods: tuple[str, ...],
    backends: tuple[str, ...],
    seeds: tuple[int, ...],
    rounds: int | None,
    n: int | None,
    jobs: int,
    tune: bool,
    out: Path,
    target: Path,
) -> None:
    """Make the results that are missing in --out, then the page of all that are there at this length."""
    wanted = [*(tuning(data, methods) if tune else plan(data, methods, backends, seeds, rounds, n))]
    console = Console()
    errors = finish(wanted, out, jobs, console)
    there = [*(tuning() if tune else plan(seeds=sorted({*SEEDS, *seeds}), rounds=rounds, n=n))]
    results = [result for settings in _each_once(there + wanted) if (result := read(settings, out))]
    folder = target.parent / EVIDENCE
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(folder / (TUNING if tune else RESULTS), "".join(result.text() for result in results))
    write_page(target)
    console.print(f"{target}: of {len(results)} runs", soft_wrap=True)
    if errors:
        raise click.ClickException("runs failed\n" + "\n".join(errors))


@main.command("page")
@page_option
def make_page(target: Path) -> None:
    """Make the page and its figures anew, from the results that lie beside it."""
    write_page(target)


def write_page(target: Path) -> None:
    """Page and figures, of the files of results in the folder of evidence."""
    from experiments.precision_recall.figures import figure  # here, for they take a second to import
    from experiments.precision_recall.page import page
    from experiments.precision_recall.summary import Table

    folder = target.parent / EVIDENCE
    results, tuned = (_lines(folder / name) for name in (RESULTS, TUNING))
    for name in SIZES:
        if (table := Table(name, results)).results:
            atomic.write(folder / f"{name}.svg", figure(table))
    atomic.write(target, page(results, tuned, EVIDENCE))


def _each_once(settings: list[Settings]) -> list[Settings]:
    return list({each.key: each for each in settings}.values())


def _lines(path: Path) -> list[Result]:
    return read_lines(path) if path.exists() else []


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"precision_recall: error: {error}")
