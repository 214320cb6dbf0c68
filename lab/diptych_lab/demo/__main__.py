"""The demo: train in each backend, compare, conform, and write the page. Each backend has a process of its own."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import click

from diptych import atomic
from diptych_lab import streams
from diptych_lab.demo.page import Runs, render, summary
from diptych_lab.paths import path

METHOD, DATA = "wae-mmd", "digits"
BACKENDS = ("torch", "keras")
DTYPES = ("float32", "float64")
MARK = ".diptych-demo"


@click.command()
@click.option(
    "--out", default="demo", type=click.Path(path_type=Path), help="Folder of the page.", show_default=True
)
@click.option("--rounds", default=2000, type=click.IntRange(min=2), help="Rounds of training.", show_default=True)
def main(out: Path, rounds: int) -> None:
    """Train wae-mmd on the digits in PyTorch and in Keras from one start, prove both, and write OUT/index.html."""
    began, clock = datetime.now(UTC), perf_counter()
    runs = Runs(METHOD, DATA, BACKENDS, DTYPES, path("--out", out))
    _clear(runs)
    total = len(BACKENDS) * len(DTYPES) + 2
    step = 0
    for dtype in DTYPES:
        for backend in BACKENDS:
            step += 1
            _say(step, total, f"train {METHOD} on {DATA} in {backend}, {dtype}, {rounds} rounds")
            command = ["diptych_lab", "train", METHOD, "--data", DATA, "--backend", backend, "--dtype", dtype]
            folder = runs.folder(backend, dtype)
            if _python(*command, "--out", str(folder), "--rounds", str(rounds), "--checkpoint-every", str(rounds)):
                sys.exit(f"demo: training in {backend} failed, see above")
    _say(total - 1, total, "conformance of both backends, quick scope")
    chosen = [word for backend in BACKENDS for word in ("--backend", backend)]
    status = _python(
        "diptych_conformance", *chosen, "--scope", "quick", "--threads", "1", "--report", str(runs.report.parent)
    )
    if not runs.report.is_file():
        sys.exit("demo: conformance gave no report, see above")
    _say(total, total, "write the page")
    seconds = perf_counter() - clock
    page = runs.out / "index.html"
    atomic.write(page, render(runs, began, seconds))
    print(summary(runs, seconds))
    print(f"\n{page.resolve()}", flush=True)
    sys.exit(status)


def _clear(runs: Runs) -> None:
    """Make room for a new demo, and mark the folder as one.

    Only in a folder that is marked is anything removed, and there only what a demo makes.
    """
    out, mark = runs.out, runs.out / MARK
    folders = [runs.folder(backend, dtype) for backend in BACKENDS for dtype in DTYPES]
    made = [*filter(atomic.is_leftover, out.glob(".*")), out / "index.html", runs.report.parent, *folders]
    if os.path.lexists(out) and not out.is_dir():
        sys.exit(f"demo: {out} is there, and is no folder; choose another --out")
    found = list(out.iterdir()) if out.is_dir() else []
    others = [each for each in found if each not in (mark, out / "runs", *made)] if mark.is_file() else found
    if others:
        names = ", ".join(sorted(each.name for each in others))
        sys.exit(f"demo: {out} holds other things ({names}); choose another --out")
    for each in made:
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    atomic.write(
        mark, "Made by python -m diptych_lab.demo, which removes what it has made here before it begins anew.\n"
    )


def _say(step: int, total: int, text: str) -> None:
    print(f"\n[{step}/{total}] {text}", flush=True)


def _python(module: str, *arguments: str) -> int:
    # Networks this small gain nothing from a second thread, and on a busy machine the two wait for each other.
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    return subprocess.run([sys.executable, "-m", module, *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    streams.secure()
    main()
