"""One page of what benchmarks found: the ratio of every method, by framework, execution and architecture.

python benchmarks/page.py --out docs/evidence/speed.md reports/bench-torch.json reports/bench-keras.json
"""

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import report

import diptych

Column = tuple[str, str, str]  # backend, execution, architecture

INTRODUCTION = (
    "The time of a training round to that of the same round by hand in the same framework: the median ratio of "
    "rounds in pairs, one of each side right after the other. Below 1 diptych is the faster. What is written by "
    "hand is in `benchmarks/torch_by_hand` and `benchmarks/keras_by_hand`; tests hold it to diptych's losses. "
    "`Model.step` is its time to that of the trainer inside, which draws no noise. A dash: not measured in these "
    "runs."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("reports", nargs="+", type=Path, help="what bench.py wrote, as JSON")
    arguments = parser.parse_args()
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in arguments.reports]
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(page(runs), encoding="utf-8")


def page(runs: Sequence[Mapping[str, Any]]) -> str:
    """Markdown, of runs as `report.write` lays them out."""
    found = {
        ((run["backend"], result["execution"], result["architecture"]), result["method"]): result
        for run in runs
        for result in run["results"]
    }
    columns = sorted({column for column, _ in found})
    lines = ["# Speed", "", INTRODUCTION, "", "Made by `nox -s bench`:", ""]
    lines += [f"* {heading(run)}" for run in runs]
    lines += ["", row("method", map(" ".join, columns)), row("---", ["---"] * len(columns))]
    lines += [row(f"`{name}`", [ratio(found.get((c, name))) for c in columns]) for name in diptych.CATALOGUE]
    lines += [row("median", [middle(found, column, "ratio") for column in columns])]
    lines += [row("median of `Model.step`", [middle(found, column, "model_ratio") for column in columns])]
    return "\n".join(lines) + "\n"


def heading(run: Mapping[str, Any]) -> str:
    return report.heading(run).replace("\n", ". ")


def row(first: str, cells: Any) -> str:
    return f"| {' | '.join((first, *cells))} |"


def ratio(result: Mapping[str, Any] | None) -> str:
    return "-" if result is None else f"{result['ratio']:.2f}"


def middle(found: Mapping[tuple[Column, str], Mapping[str, Any]], column: Column, key: str) -> str:
    return f"{statistics.median(result[key] for (c, _), result in found.items() if c == column):.2f}"


if __name__ == "__main__":
    main()
