"""What both backends' tests of replicas share: two of them, a model, its batches, and a training."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diptych import Model, methods, networks
from diptych.processes import Crew

ROOT = Path(__file__).parents[1]


@contextmanager
def two_replicas(backend: Any) -> Iterator[Crew]:
    """Processes that have not used the framework before, and can import the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(ROOT)
        with backend.launched(2) as crew:
            yield crew


def model(backend, method, replicas, **settings):
    made = networks.mlp(method, data=(2,), latent=(3,), width=8)
    return Model(method, made, backend=backend, dtype="float64", replicas=replicas, **settings)


def batch(number, n=7):
    return np.random.default_rng(number).normal(size=(n, 2))


def trained(backend, replicas, state=None, steps=6):
    """Losses, state, samples, and the trainer's state on each replica of this process."""
    made = model(backend, methods.wgan_gp(critic_steps=2), replicas)
    if state is not None:
        made.restore(state)
    losses = [float(loss) for number in range(steps) for loss in made.step(batch(number)).values()]
    parts = [part.state() for part in made.backend.parts(made.trainer)] if replicas > 1 else []
    return losses, made.state(), made.sample(3), parts


def exchanged(backend, execution):
    """Of a round of wae-mmd on images, 8 rows: bytes gathered, summed, and of the gradients."""
    from benchmarks.replicas import measured

    found = measured(backend, "wae-mmd", "mlp", 8, 2, 1, execution)
    gathered, summed = (sum(c.size for c in found.collectives if c.kind == kind) for kind in ("gather", "sum"))
    return gathered, summed, found.gradients
