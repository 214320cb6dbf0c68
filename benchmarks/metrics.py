"""The metrics' time and memory, each in a process of its own, beside others' where they are installed.

    python benchmarks/metrics.py                  a tenth of the sizes that are asked for
    python benchmarks/metrics.py --full           k-NN of 10,000, pairs of 50,000, moments of 50,000 rows of 2,048
    python benchmarks/metrics.py --full knn       of one kind

Time is of the process's CPU, with one thread, so that others on the machine count little. Memory is the largest
that the process had, less what it had once its inputs were made and its libraries imported.
"""

import argparse
import contextlib
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

SIZES = {"knn": (1000, 10000, 64), "pairs": (5000, 50000, 64), "frechet": (5000, 50000, 2048)}  # short, full; d
KINDS: dict[str, tuple[str, ...]] = {
    "knn": ("precision_recall", "density_coverage", "clipped_density_coverage", "precision_recall torch", "prdc"),
    "pairs": ("energy_distance", "kernel_distance", "energy_distance torch", "kernel_distance torch"),
    "frechet": ("frechet_distance", "its parts", "frechet_distance torch"),
}


def prdc(x: Any, y: Any) -> None:
    from prdc import compute_prdc

    with contextlib.redirect_stdout(io.StringIO()):
        compute_prdc(x, y, nearest_k=5)


def parts(x: Any, y: Any) -> None:
    """What a Fréchet distance cannot do without: two covariances, and one decomposition of a symmetric matrix."""
    a, b = np.cov(x.T), np.cov(y.T)
    np.linalg.eigh(a + b)


def job(name: str) -> Callable[[Any, Any], Any]:
    """The call, its libraries imported."""
    if name == "prdc":
        import prdc as _  # noqa: F401

        return prdc
    if name == "its parts":
        return parts
    from diptych import metrics

    f = getattr(metrics, name.partition(" ")[0])
    return (lambda x, y: f(x, y, k=5)) if name.startswith(("precision", "density", "clipped")) else f


def one(name: str, n: int, d: int) -> None:
    """Prints seconds of CPU and MiB."""
    rng = np.random.default_rng(0)
    dtype = np.float32 if d > 64 else np.float64
    arrays = [rng.standard_normal((n, d), dtype=dtype) for _ in range(2)]
    call = job(name)
    if name.endswith(" torch"):
        import torch

        torch.set_num_threads(1)
        arrays = [torch.from_numpy(x) for x in arrays]
    call(*(x[: min(n, d + 8)] for x in arrays))  # what is made once
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    call(*arrays)
    seconds = time.process_time() - start
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, n, d = arguments.one
        one(name, int(n), int(d))
        return
    print("| metric | rows, features | s of CPU | MiB over the inputs |\n|---|---|---|---|")
    environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    for kind in arguments.kinds or KINDS:
        short, full, d = SIZES[kind]
        n = full if arguments.full else short
        for name in KINDS[kind]:
            words = [sys.executable, __file__, "--one", name, str(n), str(d)]
            found = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
            if "ModuleNotFoundError" in found.stderr:
                print(f"| {name} | not installed | | |")
                continue
            if found.returncode:
                raise SystemExit(found.stderr)
            seconds, memory = map(float, found.stdout.split())
            print(f"| {name} | {n:,}, {d} | {seconds:.1f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
