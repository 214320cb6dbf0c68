"""What a round on several replicas exchanges, holds and takes, and what it would exchange on many more devices.

python benchmarks/replicas.py --backend torch --method wae-mmd --architecture mlp

A table in Markdown for N = 1, 2, 4 replicas on this machine, at a fixed batch in all and at a fixed batch for each.
Bytes are counted where collectives are called, and are exact; times and memory are this machine's. Then the model
on paper: the same collectives in rings of 8 and 64 devices, each of which sends at `--bandwidth`.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import diptych
from diptych import networks

EVENT, LATENT, BATCH = (28, 28, 1), (8,), 64
GATHER, SUM = "gather", "sum"


class Collective(NamedTuple):
    """One call, and the bytes that every replica has when it is done."""

    kind: str
    size: int

    def sent(self, count: int, rows: float = 1.0) -> float:
        """Bytes that a device sends in a ring of `count`, of a batch that is `rows` times as long."""
        return (
            self.size * rows * (count - 1) / count if self.kind == GATHER else 2 * self.size * (count - 1) / count
        )


class Round(NamedTuple):
    """Of the first replica. `gradients` are the bytes that DistributedDataParallel sums: gradients, and no more."""

    collectives: list[Collective]
    gradients: int
    milliseconds: float
    mebibytes: float


def measured(
    backend: Any, method: str, architecture: str, batch: int, count: int, rounds: int, execution: str
) -> Round:
    """A round, in a process of the replicas."""
    made = diptych.make(method)
    nets = networks.ARCHITECTURES[architecture](made, data=EVENT, latent=LATENT)
    model = diptych.Model(made, nets, backend=backend, replicas=count, execution=execution)
    x = np.random.default_rng(0).uniform(size=(batch, *EVENT)).astype(np.float32)
    counted: list[Collective] = []
    with counting(backend.name, counted):
        steps = step_round(model, x)
    begun = time.perf_counter()
    for _ in range(rounds):
        step_round(model, x)
    took = 1000 * (time.perf_counter() - begun) / rounds
    owned = {player.name: player.owns for player in made.players}
    sizes = {
        role: sum(t.nbytes for n, t in own.items() if "running" not in n) for role, own in model.weights().items()
    }
    gradients = sum(sizes[role] for names in steps for name in names for role in owned[name])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Round(counted, gradients, took, peak)


def step_round(model: diptych.Model, x: np.ndarray) -> list[tuple[str, ...]]:
    """The next round, and who moved in its steps."""
    number, steps = model.round, []
    while model.round == number:
        steps.append(model.next_players)
        losses = model.step(x)
    for loss in losses.values():
        float(loss)  # waits for the device
    return steps


@contextmanager
def counting(backend: str, counted: list[Collective]) -> Iterator[None]:
    """Collectives of a step, where the backend calls them; not the hashes that are compared before a first one."""
    if backend == "torch":
        from diptych_torch import replicas as engine

        def together(collective: Any, *arguments: Any, **settings: Any) -> None:
            kind = GATHER if collective.__name__ == "all_gather" else SUM
            tensors = arguments[0] if kind == GATHER else arguments[:1]
            counted.append(Collective(kind, sum(t.numel() * t.element_size() for t in tensors)))
            original(collective, *arguments, **settings)

        original = engine.together
        with (
            mock.patch.object(engine, "together", together),
            mock.patch.object(engine.Replicas, "check_same", return_value=None),
        ):
            yield
        return
    from diptych_keras.replicas import Replicas

    def noted(kind: str, method: Any) -> Any:
        def call(self: Any, *arguments: Any) -> Any:
            result = method(self, *arguments)
            if self._rank() == 0:
                counted.append(Collective(kind, result.shape.num_elements() * result.dtype.size))
            return result

        return call

    with (
        mock.patch.object(Replicas, "_gathered", noted(GATHER, Replicas._gathered)),
        mock.patch.object(Replicas, "_sum", noted(SUM, Replicas._sum)),
    ):
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backend", default="torch", choices=("torch", "keras"))
    parser.add_argument("--method", default="wae-mmd")
    parser.add_argument("--architecture", default="mlp")
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=10, help="that are timed")
    parser.add_argument("--bandwidth", type=float, default=10.0, help="of a device, in gigabytes a second")
    parser.add_argument("--latency", type=float, default=10.0, help="of a message, in microseconds")
    asked = parser.parse_args()
    backend = diptych.backend(asked.backend)
    print("| rows | replicas | collectives | gathered | summed | gradients alone | ms a round | MiB a process |")
    print("|---|---|---|---|---|---|---|---|")
    for count in asked.replicas:
        for batch in sorted({BATCH, BATCH * count}):
            words = (asked.method, asked.architecture, batch, count, asked.rounds, backend.default_execution)
            with backend.launched(count) as crew:
                found = crew(measured, backend, *words)[0]
            gathered, summed = (sum(c.size for c in found.collectives if c.kind == kind) for kind in (GATHER, SUM))
            print(
                f"| {batch} | {count} | {len(found.collectives)} | {gathered} | {summed} | {found.gradients} "
                f"| {found.milliseconds:.1f} | {found.mebibytes:.0f} |"
            )
            if count > 1 and batch == BATCH:
                last = found
    print("\n| devices | rows of each | sent by each a round | of it gradients | ms at this bandwidth |")
    print("|---|---|---|---|---|")
    for count in (8, 64):
        for rows, longer in ((BATCH / count, 1.0), (BATCH, float(count))):
            sent = sum(collective.sent(count, longer) for collective in last.collectives)
            gradients = Collective(SUM, last.gradients).sent(count)
            messages = sum((count - 1) * (1 if c.kind == GATHER else 2) for c in last.collectives)
            took = sent / asked.bandwidth / 1e6 + messages * asked.latency / 1e3
            print(f"| {count} | {rows:g} | {sent:.0f} | {gradients:.0f} | {took:.2f} |")


if __name__ == "__main__":
    main()
