"""``diptych evaluate``: samples of runs, arrays and files against data, in a table, as JSON and as a page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from diptych import atomic
from diptych_lab.checkpoint_options import checkpoint_options
from diptych_lab.commands import one_line
from diptych_lab.evaluation.catalogue import GROUPS, MEASURES
from diptych_lab.evaluation.evaluate import Done, evaluate
from diptych_lab.evaluation.extractors import BUILT_IN
from diptych_lab.evaluation.table import html, markdown, table
from diptych_lab.own_network_options import OwnNetworks
from diptych_lab.paths import path
from diptych_lab.preparation_options import preparation_options
from diptych_lab.quiet import without_info_logs

_METRICS = f"Of {', '.join(MEASURES)}; or groups of them: {', '.join(GROUPS)}."
_FEATURES = (
    f"{', '.join(BUILT_IN)}, package.module:function, torch-fidelity:NAME, or a file: TorchScript, ONNX or "
    "SavedModel."
)
_FILES = ("evaluation.json", "evaluation.md", "evaluation.html")


@click.command(name="evaluate", cls=OwnNetworks)
@click.argument("samples", metavar="RUN [RUN ...]", nargs=-1, required=True)
@click.option("--metrics", default="usual", help=_METRICS)
@click.option("--features", default="pixels", help=_FEATURES)
@click.option("--data", help="What to compare with.  [default: a run's held-out rows, or its data]")
@preparation_options
@click.option("--n", type=click.IntRange(min=2), help="Rows on either side.  [default: all, at most 10000]")
@click.option("--seed", default=0, help="Of samples and of which rows are taken.")
@click.option("--out", type=click.Path(path_type=Path), help=f"A folder for {', '.join(_FILES)}.")
@click.option("--overwrite", is_flag=True, help="Also where these are there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in the place of the table.")
@checkpoint_options
@click.option("--backend", help="Any installed one.  [default: the one that trained]")
@click.option("--device", help="In the backend's own words.")
def command(
    samples: tuple[str, ...],
    metrics: str,
    features: str,
    data: str | None,
    n: int | None,
    seed: int,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    best: bool,
    round: int | None,
    networks: dict[str, str],
    backend: str | None,
    device: str | None,
    **options: Any,
) -> None:
    """How good are samples?  Of each RUN, or .npy file, table, folder of pictures or data set by name."""
    if out is not None:
        out = path("--out", out)
        _check_target(out, overwrite)
    console = Console(stderr=as_json)
    with without_info_logs(), shown(console) as watch:
        found = evaluate(
            list(samples),
            data,
            metrics=[name.strip() for name in metrics.split(",")],
            features=features,
            n=n,
            seed=seed,
            best=best,
            round=round,
            networks=networks,
            backend=backend,
            device=device,
            say=lambda line: console.print(one_line(line), markup=False, highlight=False, soft_wrap=True),
            watch=watch,
            **{name: value for name, value in options.items() if value},
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in zip(_FILES, (found.text(), markdown(found), html(found)), strict=True):
            atomic.write(out / name, content)
    if as_json:
        click.echo(found.text(), nl=False)
    else:
        console.print(table(found))


def _check_target(out: Path, overwrite: bool) -> None:
    """Raise FileExistsError where the folder is none, or holds such files already."""
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out} is there, and is no folder; choose another --out")
    there = [name for name in _FILES if (out / name).exists()]
    if there and not overwrite:
        raise FileExistsError(f"{out / there[0]} exists; choose another --out, or pass --overwrite")


@contextmanager
def shown(console: Console) -> Iterator[Callable[[Done], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not console.is_terminal:
        yield lambda done: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done: bar.update(task, total=done.total, completed=done.done, description=done.what)
