"""The time of a training round against hand-written code in the same framework.

    python benchmarks/bench.py --backend torch [--method wgan-gp] [--execution eager] [--out reports/bench.json]

Both sides start from the same weights and see the same batches and noise, as NumPy arrays, on the same number of
threads. Their losses are compared over some untimed rounds, in which whatever compiles is compiled; a case whose
losses differ stops the benchmark, since its times would mean nothing. Then rounds are timed in pairs, one of each
side right after the other and in turn the first, until their losses are read; the ratio is the median over pairs.
In the same way rounds of `Model.step`, which draws the noise too, are timed against those of its `Trainer.step`.

One framework a process: with two loaded, their thread pools fight.
"""

import argparse
import importlib
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import report

import diptych
from diptych.networks.architectures import dcgan, mlp

BATCH = 128
LATENT = (8,)
EVENTS = {"mlp": (784,), "dcgan": (28, 28, 1)}
UNTIMED_ROUNDS = 3
FIRST_LOSS, LATER_LOSSES = 1e-5, 1e-3  # relative, in float32; the later ones have seen different roundings of Adam

Noise = Mapping[str, np.ndarray]
Step = tuple[tuple[str, ...], np.ndarray, Noise]  # the players who move, their batch and noise


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: `step(players, x, noise)` gives losses by player."""

    step: Callable[..., Mapping[str, Any]]
    rounds: list[list[Step]]

    def play(self, index: int) -> tuple[float, list[float]]:
        """A round's seconds, until its losses are read, and the losses in order."""
        start = time.perf_counter()
        losses = [self.step(*step) for step in self.rounds[index % len(self.rounds)]]
        values = [float(loss) for step in losses for loss in step.values()]
        return time.perf_counter() - start, values


def main() -> None:
    arguments = parse()
    baseline = importlib.import_module(f"baseline_{arguments.backend}")
    for method in arguments.method:
        if method not in baseline.METHODS:
            raise SystemExit(f"no hand-written {method!r}; there are {', '.join(baseline.METHODS)}")
    baseline.set_threads(arguments.threads)
    env = report.environment(arguments.backend, baseline.versions(), arguments.threads, arguments.rounds)
    print(report.heading(env), report.line(report.HEADER), sep="\n\n", flush=True)
    results = []
    for execution in arguments.execution or ("eager", "compiled"):
        for architecture in arguments.architecture or EVENTS:
            for method in arguments.method or baseline.METHODS:
                case = (method, architecture, execution)
                model, ours, theirs = sides(arguments.backend, baseline, *case)
                first, later = agreement(case, ours, theirs)
                diptych_ms, baseline_ms, ratio, quartiles = timed(ours, theirs, arguments.rounds)
                *_, model_ratio, _ = timed(model, ours, arguments.rounds)
                result = report.Result(*case, first, later, diptych_ms, baseline_ms, ratio, quartiles, model_ratio)
                print(report.line(report.row(result)), flush=True)
                results.append(result)
    for path in arguments.out:
        report.write(path, env, results)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backend", required=True, choices=("torch", "keras"))
    parser.add_argument("--method", action="append", default=[], help="default: all; may be repeated")
    parser.add_argument("--architecture", action="append", choices=sorted(EVENTS), help="default: all")
    parser.add_argument("--execution", action="append", choices=("eager", "compiled"), help="default: both")
    parser.add_argument("--rounds", type=int, default=40, help="timed pairs of rounds a case")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="default: one a core")
    parser.add_argument(
        "--out", type=Path, action="append", default=[], help="a .json or .md file; may be repeated"
    )
    arguments = parser.parse_args()
    if arguments.rounds < 2 or arguments.threads < 1:
        parser.error("needs at least 2 rounds and 1 thread")
    for path in arguments.out:
        if path.suffix not in (".json", ".md"):
            parser.error(f"--out must end in .json or .md, got {path}")
    return arguments


def sides(
    backend_name: str, baseline: Any, name: str, architecture: str, execution: str
) -> tuple[Side, Side, Side]:
    """diptych's model, its trainer alone, and the hand-written steps, all at the start of the same run."""
    method = diptych.make(name)
    generator = np.random.default_rng(0)
    shapes = {"data": EVENTS[architecture], "latent": LATENT}
    networks = mlp(method, **shapes, width=512) if architecture == "mlp" else dcgan(method, **shapes)
    weights = diptych.initial_weights(networks, generator)

    def given(players: tuple[str, ...]) -> Step:
        x = generator.random((BATCH, *shapes["data"]), dtype=np.float32)
        noise = {key: draw.astype(np.float32) for key, draw in method.draws(generator, BATCH, shapes).items()}
        return players, x, noise

    rounds = [[given(players) for players in method.round(0)] for _ in range(UNTIMED_ROUNDS)]
    lay = baseline.laid_out
    laid_out: list[list[Step]] = [
        [(players, lay(x), {key: lay(draw) for key, draw in noise.items()}) for players, x, noise in steps]
        for steps in rounds
    ]
    by_player = baseline.steps(name, architecture, weights, execution)  # first: it clears the compiler's caches
    model = diptych.Model(method, networks, backend=backend_name, weights=weights, execution=execution)
    by_hand = Side(lambda players, x, noise: {player: by_player[player](x, noise) for player in players}, laid_out)
    return Side(lambda players, x, noise: model.step(x), rounds), Side(model.trainer.step, rounds), by_hand


def agreement(case: tuple[str, ...], ours: Side, theirs: Side) -> tuple[float, float]:
    """How far the two sides' losses are apart: the first one, then the worst of the untimed rounds' others."""
    errors = [
        abs(a - b) / max(1.0, abs(b))
        for index in range(UNTIMED_ROUNDS)
        for a, b in zip(ours.play(index)[1], theirs.play(index)[1], strict=True)
    ]
    first, later = errors[0], max(errors[1:])
    if not (first <= FIRST_LOSS and later <= LATER_LOSSES):
        raise SystemExit(
            f"{' '.join(case)}: diptych and the baseline do not compute the same; relative differences of the "
            f"losses, in order: {', '.join(f'{error:.1e}' for error in errors)}"
        )
    return first, later


def timed(ours: Side, theirs: Side, rounds: int) -> tuple[float, float, float, tuple[float, float]]:
    """Median milliseconds of either side, and the median and quartiles of the ratio over pairs of rounds."""
    pairs = []
    for index in range(rounds):
        first, second = (ours, theirs) if index % 2 else (theirs, ours)
        a, b = first.play(index)[0], second.play(index)[0]
        pairs.append((a, b) if first is ours else (b, a))
    low, middle, high = statistics.quantiles([a / b for a, b in pairs], n=4)
    milliseconds = [1e3 * statistics.median(side) for side in zip(*pairs, strict=True)]
    return milliseconds[0], milliseconds[1], middle, (low, high)


if __name__ == "__main__":
    main()
