"""What a benchmark ran on, and its results as a table, as JSON and as Markdown."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """One case: how far the two sides' losses are apart, and what a round takes."""

    method: str
    architecture: str
    execution: str
    first_loss_error: float  # relative, before any update
    later_loss_error: float  # relative, the largest in the untimed rounds
    diptych_ms: float  # medians over the rounds
    baseline_ms: float
    ratio: float  # of diptych's time to the baseline's: the median over the pairs of rounds
    ratio_quartiles: tuple[float, float]
    model_ratio: float  # of `Model.step`'s time to that of its `Trainer.step`, a median of the same kind


def environment(backend: str, versions: Mapping[str, str], threads: int, rounds: int) -> dict[str, Any]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "backend": backend,
        "versions": {"python": platform.python_version(), **versions},
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "rounds": rounds,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_at_start": load,
        "busy": load is not None and load > 0.5,
    }


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


HEADER = (
    "method",
    "architecture",
    "execution",
    "diptych ms",
    "by hand ms",
    "ratio",
    "quartiles",
    "Model.step",
    "loss differs by",
)


def row(result: Result) -> tuple[str, ...]:
    low, high = result.ratio_quartiles
    return (
        result.method,
        result.architecture,
        result.execution,
        f"{result.diptych_ms:.2f}",
        f"{result.baseline_ms:.2f}",
        f"{result.ratio:.3f}",
        f"{low:.3f}-{high:.3f}",
        f"{result.model_ratio:.3f}",
        f"{result.first_loss_error:.0e}, then {result.later_loss_error:.0e}",
    )


WIDTHS = (18, 13, 10, 11, 11, 7, 13, 11, 22)


def line(cells: Sequence[str]) -> str:
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def heading(env: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in env["versions"].items())
    text = (
        f"{env['backend']}: {versions}; {env['processor']}, {env['threads']} of {env['cores']} cores; "
        f"{env['rounds']} pairs of rounds; {env['date']}"
    )
    if env["busy"]:
        text += f"\nThe machine was busy (load {env['load_at_start']:.1f}): trust the ratios, not the milliseconds."
    return text


def write(path: Path, env: Mapping[str, Any], results: Sequence[Result]) -> None:
    """JSON or Markdown, by the file's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_text(json.dumps({**env, "results": [asdict(result) for result in results]}, indent=2) + "\n")
        return
    rows = [HEADER, ("---",) * len(HEADER), *map(row, results)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    path.write_text(f"{heading(env)}\n\n{table}\n")
