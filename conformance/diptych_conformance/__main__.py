"""The command line: each backend in a process of its own, one after another; then every pair.

Exit status: 0 conformant, 1 not, 2 where nothing could be run as asked.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import diptych
from diptych_conformance.case import DTYPES, EXECUTIONS, LEVELS, Scope
from diptych_conformance.environment import THREADS
from diptych_conformance.pairwise import compare
from diptych_conformance.report import Terminal, print_pairs, read, write
from diptych_conformance.suite import Selection, run

RUNNING = "running.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    selection = Selection(
        scope=Scope[given.scope.upper()],
        levels=tuple(given.level),
        methods=tuple(given.method),
        dtypes=tuple(given.dtype),
        executions=tuple(given.execution),
        seed=given.seed,
        first=given.first,
    )
    if given.list:
        for case in selection.cases():
            print(case.id)
        return 0
    if not given.backend:
        parser.error(f"--backend is needed; registered: {', '.join(diptych.backend_names())}")
    if len(set(given.backend)) != len(given.backend):
        parser.error("each --backend may be given once")
    if given.worker:
        return _one(given.backend[0], selection, given.deviations, given.worker)
    if given.deviations and len(given.backend) > 1:
        parser.error("--deviations belongs to one port: give one --backend with it")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.report or Path(temporary)
        return _all(given.backend, list(arguments or sys.argv[1:]), folder, given.threads)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m diptych_conformance", description=__doc__)
    add = parser.add_argument
    add("--backend", action="append", default=[], metavar="NAME", help="a registered name or module:factory")
    add("--level", action="append", default=[], choices=LEVELS)
    add("--scope", default="standard", choices=[scope.name.lower() for scope in Scope])
    add("--method", action="append", default=[], choices=list(diptych.CATALOGUE))
    add("--dtype", action="append", default=[], choices=DTYPES)
    add("--execution", action="append", default=[], choices=EXECUTIONS)
    add("--seed", type=int, default=0)
    add("--report", type=Path, metavar="DIR", help="write JSON, JUnit and Markdown here")
    add("--deviations", type=Path, metavar="FILE", help="the port's deviations.toml, if not in its package")
    add("--threads", type=int, default=2, help="threads a backend may use (2)")
    add("--first", action="store_true", help="stop at the first case that does not pass")
    add("--list", action="store_true", help="print the ids of the selected cases and stop")
    add("--worker", type=Path, help=argparse.SUPPRESS)
    return parser


def _all(backends: Sequence[str], arguments: list[str], folder: Path, threads: int) -> int:
    worst, results = 0, []
    shared = _without(arguments, "--backend")
    environment = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
    for name in backends:
        own = folder / name.replace(":", ".").replace("/", ".")
        for stale in own.glob("*"):
            stale.unlink()
        command = [sys.executable, "-m", __package__ or "diptych_conformance", *shared, "--backend", name]
        code = subprocess.run([*command, "--worker", str(own)], env=environment, check=False).returncode
        worst = max(worst, code if code in (0, 1, 2) else 2)
        if (own / "conformance.json").exists():
            results.append(read(own))
        else:
            worst = 2
            where = f" in {(own / RUNNING).read_text()}" if (own / RUNNING).exists() else ""
            if code != 2:  # else it has said why itself
                print(f"{name}: ended with status {code}{where} and no result", file=sys.stderr)
    differences = compare({result.backend: result.arrays for result in results})
    if differences:
        print_pairs(differences)
    if len(results) == len(backends):
        write(results, folder, differences)
    return max(worst, 0 if all(d.passed for d in differences) else 1)


def _one(name: str, selection: Selection, deviations: Path | None, folder: Path) -> int:
    terminal, running = Terminal(), folder / RUNNING
    folder.mkdir(parents=True, exist_ok=True)
    try:
        backend = diptych.backend(name)
    except (ValueError, ModuleNotFoundError, AttributeError, TypeError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    try:
        result = run(
            backend,
            selection,
            deviations=deviations,
            on_case=lambda case: _note(running, case.id),
            on_record=terminal,
        )
    except ValueError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    running.unlink(missing_ok=True)
    terminal.summary(result)
    write([result], folder)
    return 0 if result.conformant else 1


def _note(path: Path, text: str) -> None:
    """Where the worker is, so that a crash of the whole process can be given a place."""
    path.write_text(text)


def _without(arguments: Sequence[str], option: str) -> list[str]:
    """The arguments without an option and its values."""
    kept, skip = [], False
    for argument in arguments:
        if skip or argument == option:
            skip = not skip
        elif not argument.startswith(f"{option}="):
            kept.append(argument)
    return kept


if __name__ == "__main__":
    sys.exit(main())
