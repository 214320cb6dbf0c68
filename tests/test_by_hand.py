"""What the benchmark compares diptych with computes the same: every method by hand, in both frameworks."""

import importlib
import sys
from pathlib import Path

import pytest

import diptych

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import sides

SIZE = sides.Size(batch=6, width={"mlp": 8, "dcgan": 2}, events={"mlp": (12,), "dcgan": (4, 4, 2)}, latent=(4,))
RULE_DIFFERS = ("vae-gan", "wgan", "mmd-gan")  # Keras's RMSprop has epsilon under the root
FRAMEWORKS = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("torch", "keras")]


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_every_method_is_written_by_hand(backend: str) -> None:
    assert by_hand(backend).METHODS.keys() == diptych.CATALOGUE.keys()


@pytest.mark.parametrize("architecture", ["mlp", "dcgan"])
@pytest.mark.parametrize("name", diptych.CATALOGUE)
@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_losses_by_hand_are_those_of_diptych(backend: str, name: str, architecture: str) -> None:
    """Of two rounds: the first step's to rounding, and those after updates of both sides."""
    made = sides.made(backend, by_hand(backend), name, architecture, "eager", SIZE, rounds=2)
    first, *later = sides.agreement(made.trainer, made.by_hand)
    assert first < 2e-6
    assert max(later) < (1e-3 if backend == "keras" and name in RULE_DIFFERS else 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gan", "vae-gan", "mmd-gan-gp"])
@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_compiled_losses_by_hand_are_those_of_diptych(backend: str, name: str) -> None:
    made = sides.made(backend, by_hand(backend), name, "mlp", "compiled", SIZE, rounds=2)
    assert max(sides.agreement(made.trainer, made.by_hand)) < 1e-4


def by_hand(backend: str) -> object:
    return importlib.import_module(f"{backend}_by_hand")
