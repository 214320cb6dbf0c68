"""``diptych compare``: runs side by side, on a page that needs no other file."""

from pathlib import Path

import click
from rich.console import Console

from diptych import atomic
from diptych_lab.commands import speaker
from diptych_lab.paths import path
from diptych_lab.sample_files import check_target


@click.command("compare")
@click.argument("folders", metavar="RUN [RUN ...]", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The page, a file that ends in .html.")
@click.option("--overwrite", is_flag=True, help="Also where --out exists.")
def command(folders: tuple[Path, ...], out: Path, overwrite: bool) -> None:
    """Compare RUNs on one page: losses, pictures by round, metrics, settings, time; runs of two frameworks too."""
    out = path("--out", out)
    if out.suffix.lower() != ".html":
        raise ValueError(f"--out must end in .html, got {str(out)!r}")
    check_target(out, overwrite)
    atomic.write(out, compared([path("RUN", folder) for folder in folders]))
    speaker(Console())(f"{out}: {len(folders)} run{'s' * (len(folders) != 1)}")


def compared(folders: list[Path]) -> str:
    """The page's HTML. FileNotFoundError where there is no run, ValueError for one damaged or given twice."""
    from diptych_lab.report.page import page  # here: templates
    from diptych_lab.report.shown import names, read

    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ValueError("one of the runs is given twice")
    runs = [read(folder, name) for folder, name in zip(folders, names(folders), strict=True)]
    return page(runs, title=", ".join(run.name for run in runs) if len(runs) < 4 else f"{len(runs)} runs")
