"""No optional argument of a term, a kernel, a cost, a divergence or a metric is at its default in every case."""

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import diptych
import diptych_conformance
from diptych import costs, densities, divergences, metrics, primitives

from .called import word

ROOT = Path(__file__).parents[2]
FAMILIES = [
    import_module(module.name)
    for package in (divergences, metrics)
    for module in iter_modules(package.__path__, f"{package.__name__}.")
]
MODULES = (primitives, densities, costs, *FAMILIES)
Called = Mapping[str, Mapping[str, list[str]]]


def at_default(called: Called) -> Iterator[str]:
    """The optional arguments of public functions that were never called with another value."""
    for module in MODULES:
        for name, f in vars(module).items():
            public = inspect.isfunction(f) and f.__module__ == module.__name__ and not name.startswith("_")
            if not public:
                continue
            plain = inspect.unwrap(f)
            values = called.get(f"{inspect.getsourcefile(plain)}:{name}", {})
            for argument, parameter in inspect.signature(plain).parameters.items():
                optional = parameter.default is not inspect.Parameter.empty and argument != "xp"
                if optional and not {*values.get(argument, ())} - {word(parameter.default)}:
                    yield f"{module.__name__}.{name}({argument}={parameter.default!r})"


def test_every_optional_argument_is_off_its_default_in_some_case() -> None:
    roots = {str(Path(str(package.__file__)).parents[1]) for package in (diptych, diptych_conformance)}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sorted(roots))}
    command = [sys.executable, "-m", "tests.conformance.called"]
    told = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    assert list(at_default(json.loads(told.stdout))) == []


def test_what_was_not_called_is_told() -> None:
    told = list(at_default({}))
    assert "diptych.divergences.transport.wasserstein_1d(order=1.0)" in told
    assert "diptych.metrics.precision_recall.precision_recall(k=3)" in told
