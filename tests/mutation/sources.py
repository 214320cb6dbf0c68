"""Which modules are mutated, and by which backend's run of the suite their mutants are to be killed."""

import ast
import random
from collections.abc import Sequence
from pathlib import Path

from .mutants import Mutant, guard_names, mutants, required

ROOT = Path(__file__).parents[2]
TARGETS: dict[str, tuple[str, ...]] = {
    "spec": (
        *(
            f"spec/diptych/{name}.py"
            for name in ("primitives", "pairs", "costs", "kernels", "densities", "schedules", "noise", "weighting")
        ),
        "spec/diptych/optimizers.py",
        "spec/diptych/updates.py",
        "spec/diptych/averages.py",
        "spec/diptych/players.py",
        "spec/diptych/method.py",
        "spec/diptych/model.py",
        *(f"spec/diptych/{name}.py" for name in ("lending", "run_noise", "turns")),
        "spec/diptych/passes.py",
        "spec/diptych/randomness.py",
        *(
            f"spec/diptych/{name}.py"
            for name in ("model_outputs", "model_state", "composition", "second_derivatives")
        ),
        "spec/diptych/metrics/*.py",
        "spec/diptych/divergences/*.py",
        "spec/diptych/methods/*.py",
        "spec/diptych/methods/presets/*.py",
        "spec/diptych/algebra/*.py",
    ),
    "torch": ("backends/diptych_torch/*.py",),
    "keras": ("backends/diptych_keras/*.py",),
    "namespace": ("backends/diptych_keras/namespace/*.py",),
}
BACKENDS = {"spec": "torch", "torch": "torch", "keras": "keras", "namespace": "keras"}


def paths(target: str, root: Path = ROOT) -> list[str]:
    """The modules of a target, relative to the root."""
    return [str(path.relative_to(root)) for pattern in TARGETS[target] for path in sorted(root.glob(pattern))]


def all_mutants(target: str, root: Path = ROOT) -> list[Mutant]:
    """Every mutant of a target, module by module."""
    sources = {path: (root / path).read_text() for path in paths(target, root)}
    trees = [ast.parse(source) for source in sources.values()]
    guards = frozenset().union(*map(guard_names, trees))
    least: dict[str, int] = {}
    for tree in trees:  # of two of a name the one that asks for more
        least |= {name: max(count, least.get(name, 0)) for name, count in required(tree).items()}
    return [mutant for path, source in sources.items() for mutant in mutants(path, source, guards, least)]


def sample(population: Sequence[Mutant], size: int | None, seed: int) -> list[Mutant]:
    """`size` of them by chance, and in an order by chance: what is done when a run is stopped is a sample too."""
    order = list(population)
    random.Random(seed).shuffle(order)
    return order[:size]


def module_name(path: str) -> str:
    """The name a module is imported by: its path below its source root."""
    return ".".join(Path(path).with_suffix("").parts[1:]).removesuffix(".__init__")
