"""Every method from the command line, 200 rounds on one data set in one backend: losses at the start and the end.

    python benchmarks/training.py run --backend torch --data digits --out reports/training
    python benchmarks/training.py table --out docs/evidence/training.md reports/training/*.json

One process a backend. Exits with status 1 where a run fails or a loss is not finite, and says which.
"""

import json
import math
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import click
from click.testing import CliRunner

import diptych
from diptych_lab.command_line import main as command
from diptych_lab.environment import machine, versions

ROUNDS = 200
SETTINGS = {"gmmn-ae": ("pretrain=100",)}  # or the generator would not begin
AVERAGED = 10  # rounds, at each end

Record = dict[str, float]


@click.group()
def main() -> None:
    """Train the catalogue, or lay out what came of it."""


@main.command()
@click.option("--backend", required=True)
@click.option("--data", required=True)
@click.option("--out", required=True, type=click.Path(path_type=Path))
@click.option("--method", "methods", multiple=True, help="Of the catalogue.  [default: all]")
def run(backend: str, data: str, out: Path, methods: tuple[str, ...]) -> None:
    """Train, and write a JSON file of losses."""
    results = {}
    for name in methods or diptych.CATALOGUE:
        began = perf_counter()
        results[name] = trained(name, backend, data)
        print(f"{name:20} {perf_counter() - began:6.1f} s  {results[name]}", flush=True)
    out.mkdir(parents=True, exist_ok=True)
    made = {"machine": machine(), "versions": versions(backend)}
    record = {"backend": backend, "data": data, "rounds": ROUNDS, **made}
    path = out / f"{backend}-{data.partition(':')[0]}.json"
    path.write_text(json.dumps({**record, "methods": results}, indent=1, ensure_ascii=False))
    bad = [name for name, result in results.items() if "error" in result]
    if bad:
        sys.exit(f"did not train: {', '.join(bad)}")


def trained(name: str, backend: str, data: str) -> dict[str, object]:
    """Each player's loss at the start and at the end: the mean over the first and the last of its rounds."""
    with TemporaryDirectory() as folder:
        settings = [word for setting in SETTINGS.get(name, ()) for word in ("--set", setting)]
        words = ["train", name, "--data", data, "--backend", backend, "--out", f"{folder}/run"]
        words += ["--architecture", "mlp"]
        result = CliRunner().invoke(command, [*words, "--rounds", str(ROUNDS), *settings])
        if result.exit_code:
            return {"error": result.output.strip().rpartition("\n")[2] or repr(result.exception)}
        metrics = Path(folder) / "run" / "metrics.jsonl"
        rounds = [json.loads(line) for line in metrics.read_text().splitlines()]
    players = {player for record in rounds for player in record} - {"round"}
    losses = {player: [record[player] for record in rounds if player in record] for player in sorted(players)}
    if not all(math.isfinite(value) for values in losses.values() for value in values):
        return {"error": "a loss is not finite"}
    return {player: [mean(values[:AVERAGED]), mean(values[-AVERAGED:])] for player, values in losses.items()}


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


@main.command()
@click.option("--out", required=True, type=click.Path(path_type=Path))
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def table(out: Path, reports: tuple[Path, ...]) -> None:
    """The page of the reports."""
    runs = {(r["data"].partition(":")[0], r["backend"]): r for r in (json.loads(p.read_text()) for p in reports)}
    lines = [
        "# Every method, trained",
        "",
        f"Losses at the start and at the end of {ROUNDS} rounds from the command line, each a mean over "
        f"{AVERAGED} rounds, with every method's own defaults on dense networks, in float32. The two frameworks "
        "start from the same weights, batches and noise; what parts them is float32 rounding, which a ReLU on its "
        "kink blows up.",
        "",
        "This shows that every method runs from the command line in both frameworks, that no loss leaves the "
        "finite numbers, and that the two begin alike: a game may then pull them apart. It does not show that a "
        f"method works: {ROUNDS} rounds are a beginning, a game's losses do not say how good its samples are, for "
        "the players pull against each other, and losses of different methods are not comparable. The README has "
        "samples of longer runs.",
        "",
        "Made by `nox -s catalogue`. Run on: "
        + "; ".join(sorted({f"{r['backend']}: {spelled(r)}" for r in runs.values()}))
        + ".",
    ]
    for data in sorted({data for data, _ in runs}):
        own = {backend: report["methods"] for (source, backend), report in runs.items() if source == data}
        lines += ["", f"## {data}", "", f"| method | player | {' | '.join(own)} |", f"|---|---|{'---|' * len(own)}"]
        for name in diptych.CATALOGUE:
            for player in (p.name for p in diptych.make(name).players):
                cells = " | ".join(cell(methods.get(name, {}), player) for methods in own.values())
                lines.append(f"| `{name}` | {player} | {cells} |")
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def cell(result: dict[str, Any], player: str) -> str:
    if player not in result:
        return str(result.get("error", "not run"))
    first, last = result[player]
    return f"{first:.4g} → {last:.4g}"


def spelled(report: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in report["versions"].items()) + f", {report['machine']}"


if __name__ == "__main__":
    main()
