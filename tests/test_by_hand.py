"""What the benchmark compares diptych with computes the same: every method by hand, in both frameworks.

Eagerly: the benchmark looks at what it compiles before it times it, and a compilation takes a minute.
"""

import importlib
import sys
from pathlib import Path

import pytest

import diptych

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import sides

SIZE = sides.Size(batch=6, width={"mlp": 8, "conv": 2}, events={"mlp": (12,), "conv": (4, 4, 2)}, latent=(4,))
KERAS_RMSPROP = ("vae-gan", "wgan", "mmd-gan")
FRAMEWORKS = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("torch", "keras")]
CASES = [
    pytest.param("torch", "mlp", marks=pytest.mark.torch),
    pytest.param("torch", "conv", marks=pytest.mark.torch),
    pytest.param("keras", "mlp", marks=pytest.mark.keras),
    pytest.param("keras", "conv", marks=[pytest.mark.keras, pytest.mark.slow]),
]


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_every_method_is_written_by_hand(backend: str) -> None:
    assert by_hand(backend).METHODS.keys() == diptych.CATALOGUE.keys()


@pytest.mark.parametrize(("backend", "architecture"), CASES)
@pytest.mark.parametrize("name", diptych.CATALOGUE)
def test_losses_by_hand_are_those_of_diptych(backend: str, name: str, architecture: str) -> None:
    """Of two rounds: the first step's to rounding, and those after updates of both sides.

    Keras's own update rules have epsilon elsewhere, which moves losses by the order of 1e-3 after RMSprop. Before a
    norm of a few numbers, as small convolutions have it, gradients are rounding alone, and nothing is asked later.
    """
    made = sides.made(backend, by_hand(backend), name, architecture, "eager", SIZE, rounds=2)
    first, *later = sides.agreement(made.trainer, made.by_hand)
    assert first < 2e-6
    if (backend, architecture) != ("keras", "conv"):
        assert max(later) < (5e-3 if backend == "keras" and name in KERAS_RMSPROP else 1e-5)


def by_hand(backend: str) -> object:
    return importlib.import_module(f"{backend}_by_hand")
