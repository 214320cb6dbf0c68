"""The command of the experiment: `run` makes the results that are missing and the page, `page` the page alone."""

import sys
from collections.abc import Collection, Iterable
from pathlib import Path

import click
from rich.console import Console

from diptych import atomic
from experiments.choices import several
from experiments.precision_recall.methods import METHODS
from experiments.precision_recall.plan import BACKENDS, DATA, SEEDS, SIZES, Length, plan, tuning
from experiments.precision_recall.records import KEPT, Result, Settings
from experiments.precision_recall.tuning import best
from experiments.running import ROOT, finish

PAGE = ROOT / "docs/precision_recall.md"
EVIDENCE = "evidence/precision_recall"  # from the page's folder
RESULTS, TUNING = "results.jsonl", "tuning.jsonl"


def data_name(text: str) -> str:
    return "ring" if text == "toy" else text


rounds_option = click.option("--rounds", type=click.IntRange(min=1), help="Of every run.  [default: by data set]")
n_option = click.option("--n", type=click.IntRange(min=30), help="Samples of every run.  [default: by data set]")
page_option = click.option("--page", "target", type=click.Path(path_type=Path), default=PAGE, show_default=True)


@click.group()
def main() -> None:
    """Dual, primal and hybrid methods: precision against recall."""


@main.command("run")
@click.option("--only", "data", default=",".join(DATA), show_default=True, callback=several(data_name, [*SIZES]))
@click.option("--methods", default=",".join(METHODS), callback=several(str, METHODS), help="[default: all]")
@click.option("--backends", default=",".join(BACKENDS), show_default=True, callback=several(str, BACKENDS))
@click.option("--seeds", default=",".join(map(str, SEEDS)), show_default=True, callback=several(int))
@rounds_option
@n_option
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Runs at once.")
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
    out: Path,
    target: Path,
) -> None:
    """Make the results that are missing in --out, tuning first, then the page of all that are there."""
    console, length = Console(), Length(rounds, n)
    for name in (TUNING, RESULTS):
        KEPT.take_up(target.parent / EVIDENCE / name, out)
    errors = finish([*tuning(data, methods, length)], KEPT, out, jobs, console)
    used = best(there(tuning(data, methods, length), out))
    errors += finish([*plan(used, backends, seeds, length)], KEPT, out, jobs, console)
    gather(out, target.parent / EVIDENCE, {*SEEDS, *seeds}, length)
    write_page(target)
    console.print(f"{target} is made", soft_wrap=True)
    if errors:
        raise click.ClickException("runs failed\n" + "\n".join(errors))


@main.command("page")
@click.option("--out", type=click.Path(path_type=Path, exists=True), help="Gather the results there first.")
@rounds_option
@n_option
@page_option
def make_page(out: Path | None, rounds: int | None, n: int | None, target: Path) -> None:
    """Make the page and its figures anew, from the results that lie beside it."""
    if out is not None:
        gather(out, target.parent / EVIDENCE, SEEDS, Length(rounds, n))
    write_page(target)


def gather(out: Path, folder: Path, seeds: Collection[int], length: Length) -> None:
    """The results of this length that are in `out`, of all data sets and methods, into the files of evidence."""
    tuned = there(tuning([*SIZES], length=length), out)
    results = there(plan(best(tuned), seeds=sorted(seeds), length=length), out)
    folder.mkdir(parents=True, exist_ok=True)
    for name, found in ((TUNING, tuned), (RESULTS, results)):
        atomic.write(folder / name, "".join(result.text() for result in found))


def write_page(target: Path) -> None:
    """Page and figures, of the files of results in the folder of evidence."""
    from experiments.precision_recall.figures import figure  # here, for they take a second to import
    from experiments.precision_recall.page import page
    from experiments.precision_recall.summary import Table

    folder = target.parent / EVIDENCE
    results, tuned = (KEPT.read_lines(folder / name) for name in (RESULTS, TUNING))
    for name in SIZES:
        if (table := Table(name, results)).results:
            atomic.write(folder / f"{name}.svg", figure(table))
    atomic.write(target, page(results, tuned, EVIDENCE))


def there(wanted: Iterable[Settings], out: Path) -> list[Result]:
    """The results of these settings that the folder holds."""
    return [result for settings in wanted if (result := KEPT.read(settings, out))]


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"precision_recall: error: {error}")
