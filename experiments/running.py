"""The runs of a plan, each in a process of its own, some at once; what is there already is not made again."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from experiments.kept import Kept, Settings, text_of

ROOT = Path(__file__).parents[1]
# Two threads a process would spin on the cores of the other.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}


def finish(plan: Sequence[Settings], kept: Kept, folder: Path, jobs: int, console: Console) -> list[str]:
    """Make the results of `plan` that `folder` does not hold, `jobs` at once, in order. The errors there were.

    Raises ValueError, before anything runs, where a result that is there is damaged.
    """
    todo = [settings for settings in plan if kept.read(settings, folder) is None]
    folder.mkdir(parents=True, exist_ok=True)
    console.print(f"{len(plan) - len(todo)} of {len(plan)} runs are there; results in {folder}", soft_wrap=True)
    errors = []
    with shown(console, len(todo)) as tell, ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(run, settings, kept.module, folder): settings for settings in todo}
        try:
            for future in as_completed(futures):
                error = future.result()
                errors += [error] * bool(error)
                tell(error or futures[future].title)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return errors


def run(settings: Settings, module: str, folder: Path) -> str:
    """Make one result by ``python -m MODULE SETTINGS FOLDER``.

    What went wrong is returned, '' where nothing did; the log of a run that went wrong is kept.
    """
    log = folder / "logs" / f"{settings.key}.log"
    log.parent.mkdir(exist_ok=True)
    words = [sys.executable, "-m", module, text_of(settings), str(folder.resolve())]
    with log.open("wb") as file:
        environment = {**ENVIRONMENT, **os.environ}
        status = subprocess.run(words, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT).returncode
    if status:
        last = log.read_text(errors="replace").strip().rpartition("\n")[2]
        return f"{settings.title}: status {status}, {last}; {log} has all of it"
    log.unlink()
    return ""


@contextmanager
def shown(console: Console, total: int) -> Iterator[Callable[[str], None]]:
    """A bar on a terminal with the last line told, elsewhere each line with its number."""
    if not console.is_terminal:
        done = 0

        def line(text: str) -> None:
            nonlocal done
            done += 1
            console.print(f"{done} of {total}: {text}", markup=False, highlight=False, soft_wrap=True)

        yield line
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console) as bar:
        task = bar.add_task("", total=total)
        yield lambda text: bar.update(task, advance=1, description=text)
