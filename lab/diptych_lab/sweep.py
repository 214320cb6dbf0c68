"""``diptych sweep``: runs of one config under several settings, in processes of their own."""

import csv
import io
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Event
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

import diptych
from diptych import CATALOGUE, atomic
from diptych_lab.commands import one_line, speaker
from diptych_lab.evaluations import Best
from diptych_lab.paths import path
from diptych_lab.settings import parse_settings
from diptych_lab.sweep_points import Choice, Point, name_of, points

_SET = "set."  # before a hyper-parameter's name


def words(config: Path, point: Point, out: Path) -> list[str]:
    """The arguments of `diptych train`; a run that is there goes on."""
    found = ["--config", str(config), "--out", str(out)]
    for name, value in point.items():
        found += ["--set", f"{name.removeprefix(_SET)}={value}"] if name.startswith(_SET) else [f"--{name}={value}"]
    return [*found, "--resume"] if (out / "config.json").exists() else found


class Ended(NamedTuple):
    """A point's run: where it is, and the exit status of its process; None where it is not known."""

    point: Point
    folder: Path
    status: int | None

    @property
    def result(self) -> str:
        return "not finished" if self.status is None else "done" if self.status == 0 else f"failed ({self.status})"


def swept(config: Path, found: Sequence[Point], out: Path, jobs: int, stop: Event) -> Generator[Ended, None, None]:
    """Train at every point, `jobs` at once, as they end. What a process says is in a file beside its folder.

    When `stop` is set no other is begun.
    """

    def train(point: Point) -> Ended:
        folder = out / name_of(point)
        if stop.is_set():
            return Ended(point, folder, None)
        command = [sys.executable, "-m", "diptych_lab", "train", *words(config, point, folder)]
        with (out / f"{folder.name}.log").open("wb") as log:
            done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
        return Ended(point, folder, done.returncode)

    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(train, point) for point in found]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            stop.set()


def rows(ended: Sequence[Ended]) -> list[dict[str, str]]:
    """A row a point: its settings, how its run ended, its last losses and its best evaluation."""
    from diptych_lab.report.shown import read

    found = []
    for each in ended:
        row = {**each.point, "result": each.result}
        if (each.folder / "config.json").exists():
            run = read(each.folder)
            row |= {"rounds": str(run.rounds), "seconds": f"{sum(s.seconds for s in run.sessions):.1f}"}
            row |= {f"loss of {player}": f"{own.values[-1]:.6g}" for player, own in run.losses.items()}
            if run.evaluations and (
                best := Best.of(run.evaluations.rows, run.evaluations.head.by, run.evaluations.head.better)
            ):
                row |= {f"best {run.evaluations.head.by}": f"{best.value:.6g}", "at round": str(best.round)}
        found.append({**row, "run": each.folder.name})
    return found


def csv_text(table: Sequence[Mapping[str, str]]) -> str:
    headings = dict.fromkeys(name for row in table for name in row)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, [*headings], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return buffer.getvalue()


def shown(table: Sequence[Mapping[str, str]]) -> Table:
    """For the terminal, without the folders, whose names are the settings."""
    headings = [name for name in dict.fromkeys(name for row in table for name in row) if name != "run"]
    found = Table(*headings, box=None, pad_edge=False)
    for row in table:
        found.add_row(*(Text(one_line(row.get(name, ""))) for name in headings))
    return found


@click.command("sweep")
@click.argument("config", metavar="CONFIG.toml", type=click.Path(path_type=Path))
@click.option("--grid", multiple=True, metavar="NAME=VALUE,VALUE", help="An option of train, or set.NAME.")
@click.option("--random", type=int, metavar="N", help="N points, drawn; values may then be LOW..HIGH, log-uniform.")
@click.option("--seed", default=0, help="Of the points that are drawn.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the runs and of sweep.csv.")
@click.option("--jobs", default=1, type=click.IntRange(min=1), help="Runs at once.")
def command(config: Path, grid: tuple[str, ...], random: int | None, seed: int, out: Path, jobs: int) -> None:
    """Train by CONFIG.toml at every point of a grid, or at random ones. The same command again goes on."""
    from diptych_lab.command_line import train  # here: it has this command beside it

    config, out = path("CONFIG.toml", config), path("--out", out)
    if not grid:
        raise ValueError("what is varied? --grid learning-rate=1e-3,1e-4")
    found = points([Choice.read(text) for text in grid], random, seed)
    for point in found:  # what is typed is checked before anything is trained
        asked = train.make_context("train", words(config, point, out / name_of(point))).params
        if factory := CATALOGUE.get(asked["method"]):
            name = asked["method"]
            diptych.make(name, **parse_settings(asked["settings"], factory, f"method {name!r}"))
    out.mkdir(parents=True, exist_ok=True)
    say, stop, ended = speaker(Console()), Event(), list[Ended]()
    say(f"{out}: {len(found)} runs, {jobs} at once; `diptych watch {out}` shows them")
    interrupted = False
    try:
        for each in swept(config, found, out, jobs, stop):
            ended.append(each)
            say(f"{len(ended)} of {len(found)}: {each.folder.name}: {each.result}")
    except KeyboardInterrupt:  # which the runs have got too: they save
        interrupted = True
    status = {each.folder.name: each.status for each in ended}
    table = rows([Ended(point, out / name_of(point), status.get(name_of(point))) for point in found])
    atomic.write(out / "sweep.csv", csv_text(table))
    Console().print(shown(table))
    if interrupted:
        say("stopped; the same command goes on")
        sys.exit(130)
    if bad := [each for each in ended if each.status]:
        say(f"{len(bad)} of {len(found)} failed; {out / (bad[0].folder.name + '.log')} says why the first did")
        sys.exit(1)
