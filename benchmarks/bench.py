"""The time of a training round against hand-written code in the same framework.

    python benchmarks/bench.py --backend torch [--method wgan-gp] [--execution eager] [--out reports/bench.json]

Both sides start from the same weights and see the same batches and noise, as NumPy arrays, on the same number of
threads. Their losses are compared over some untimed rounds, in which whatever compiles is compiled; a case whose
losses differ stops the benchmark, since its times would mean nothing. Then rounds are timed in pairs, one of each
side right after the other and in turn the first, until their losses are read; the ratio is the median over pairs.
In the same way rounds of `Model.step`, which draws the noise too, are timed against those of its `Trainer.step`.

With one thread, times are seconds of the process's CPU, which leave out waiting for other processes; with more,
they are seconds by the clock. One framework a process: with two loaded, their thread pools fight.
"""

import argparse
import importlib
import time
from pathlib import Path

import report
import sides

import diptych

SIZE = sides.Size(
    batch=128, width={"mlp": 512, "conv": 32}, events={"mlp": (784,), "conv": (28, 28, 1)}, latent=(8,)
)
UNTIMED_ROUNDS = 3
FIRST_LOSS = 1e-5  # relative, in float32
LATER = slice(1, 6)  # losses of some updates more are not compared: in float32 a difference may double in each
LATER_LOSSES = {"torch": 1e-3, "keras": 5e-3}  # after updates, of which Keras's own rules have epsilon elsewhere


def main() -> None:
    arguments = parse()
    by_hand = importlib.import_module(f"{arguments.backend}_by_hand")
    by_hand.set_threads(arguments.threads)
    clock = time.process_time if arguments.threads == 1 else time.perf_counter
    env = report.environment(arguments.backend, by_hand.versions(), arguments.threads, arguments.rounds)
    print(report.heading(env), report.line(report.HEADER), sep="\n\n", flush=True)
    results = []
    for execution in arguments.execution or ("eager", "compiled"):
        for architecture in arguments.architecture or SIZE.events:
            for method in arguments.method or diptych.CATALOGUE:
                case = (method, architecture, execution)
                made = sides.made(arguments.backend, by_hand, *case, SIZE, UNTIMED_ROUNDS)
                first, later = agreement(case, made, LATER_LOSSES[arguments.backend])
                times = sides.timed(made.trainer, made.by_hand, arguments.rounds, clock)
                sides.agreement(made.model, made.first_round)  # untimed rounds of `Model.step`
                *_, model_ratio, _ = sides.timed(made.model, made.first_round, arguments.rounds, clock)
                result = report.Result(*case, first, later, *times, model_ratio)
                print(report.line(report.row(result)), flush=True)
                results.append(result)
    for path in arguments.out:
        report.write(path, env, results)


def agreement(case: tuple[str, ...], made: sides.Sides, limit: float) -> tuple[float, float]:
    """How far the two sides' losses are apart: the first one, then the worst of some after it."""
    errors = sides.agreement(made.trainer, made.by_hand)
    first, later = errors[0], max(errors[LATER])
    if not (first <= FIRST_LOSS and later <= limit):
        raise SystemExit(
            f"{' '.join(case)}: diptych and the baseline do not compute the same; relative differences of the "
            f"losses, in order: {', '.join(f'{error:.1e}' for error in errors)}"
        )
    return first, later


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--backend", required=True, choices=("torch", "keras"))
    parser.add_argument(
        "--method",
        action="append",
        choices=list(diptych.CATALOGUE),
        help="default: all; may be repeated",
        metavar="NAME",
    )
    parser.add_argument("--architecture", action="append", choices=sorted(SIZE.events), help="default: all")
    parser.add_argument("--execution", action="append", choices=("eager", "compiled"), help="default: both")
    parser.add_argument("--rounds", type=int, default=40, help="timed pairs of rounds a case")
    parser.add_argument("--threads", type=int, default=1, help="default: 1")
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


if __name__ == "__main__":
    main()
