"""Methods and backends by name, namespaces by the type of an array; and errors with near misses and the mend."""

import importlib.metadata
import subprocess
import sys
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace
from typing import Any

import array_api_compat.numpy
import array_api_strict
import numpy as np
import pytest

from diptych import array_namespace, backend, backend_names, make, primitives

from . import dialect


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make("wgan-pg"), r"unknown method 'wgan-pg'; did you mean .*'wgan-gp'\?"),
        (lambda: make("wae-mdm"), r"unknown method 'wae-mdm'; did you mean .*'wae-mmd'.*\?"),
        (lambda: make("xyzzy"), r"unknown method 'xyzzy'; known: .*ns-gan, .*wgan-gp.*, vae.*, wae-mmd.*"),
        (lambda: make(None), "unknown method None"),  # type: ignore[arg-type]
        (lambda: make("vae", bta=2.0), r"method 'vae' has no hyper-parameter 'bta'; did you mean 'beta'\?"),
        (lambda: make("gmmn", q=1), r"method 'gmmn' has no hyper-parameter 'q'; known: variances \("),
        (lambda: make("vae", decoder="poisson"), r"decoder must be one of 'gaussian', 'bernoulli', got 'poisson'"),
        (lambda: make("gmmn", variances=[]), r"variances must be one or more positive finite numbers, got \[\]"),
        (lambda: make("gmmn", variances=[0.0]), r"variances must be one or more positive"),
        (lambda: backend("troch"), r"unknown backend 'troch'; did you mean 'torch'\?"),
        (lambda: backend("xyzzy"), r"unknown backend 'xyzzy'; known: .*keras.* torch"),
        (lambda: backend("math:nothing"), r"'math:nothing' is no module:callable .*math has no callable 'nothing'"),
        (lambda: backend("math:pi"), r"'math:pi' is no module:callable .*math has no callable 'pi'"),
    ],
)
def test_unknown_names(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_first_party_backends_are_registered() -> None:
    assert {"keras", "torch"} <= set(backend_names())


def entry(name: str, value: str, distribution: str | None) -> Any:
    """An entry point that says which distribution it came from."""
    point = EntryPoint(name, value, "diptych.backends")
    vars(point)["dist"] = SimpleNamespace(name=distribution) if distribution else None
    return point


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A list that stands for the entry points of whatever group is asked for."""
    points: list[Any] = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    monkeypatch.setattr(sys.modules["diptych.namespaces"], "_served", {})
    return points


@pytest.mark.parametrize(
    ("distribution", "command"),
    [
        ("diptych", r"python -m pip install 'diptych\[jax\]'"),
        ("diptych-jax", "python -m pip install 'diptych-jax'"),
        (None, r"python -m pip install 'diptych\[jax\]'"),
    ],
)
def test_a_missing_framework_gives_the_pip_command(
    registered: list[Any], distribution: str | None, command: str
) -> None:
    registered.append(entry("jax", "a_framework_that_is_not_here:backend", distribution))
    with pytest.raises(ModuleNotFoundError, match=command) as caught:
        backend("jax")
    assert "backend 'jax' needs the module 'a_framework_that_is_not_here'" in str(caught.value)
    assert caught.value.name == "a_framework_that_is_not_here"


def test_a_backend_from_an_entry_point_or_a_path(registered: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("a_port")
    module.make = lambda: SimpleNamespace(name="mine")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_port", module)
    registered.append(entry("mine", "a_port:make", "a-port"))
    assert backend_names() == ["mine"]
    assert backend("mine").name == backend("a_port:make").name == "mine"


def test_importing_the_spec_imports_no_framework() -> None:
    frameworks = ("torch", "tensorflow", "keras", "jax", "cupy", "dask")
    command = f"import diptych, sys; print([m for m in {frameworks} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["diptych", "diptych_lab.command_line"])
def test_what_errors_and_look_ups_need_is_imported_by_them(module: str) -> None:
    late = {"importlib.metadata", "difflib"}
    command = (
        f"import sys, numpy; old = {{*sys.modules}}; import {module}; print({late} & sys.modules.keys() - old)"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_namespaces() -> None:
    x = array_api_strict.ones(2)
    assert array_namespace(np.ones(2)) is array_api_compat.numpy
    assert array_namespace(None, 1.0, True, x, 2, x) is array_api_strict
    assert array_namespace(dialect.array(np.ones(2))) is dialect.xp


def test_a_numpy_scalar_is_an_array() -> None:
    """NumPy's reductions return them where other libraries return a 0-d array."""
    assert array_namespace(np.float64(4.0)) is array_api_compat.numpy
    assert array_namespace(np.float32(4.0)) is array_api_compat.numpy
    assert primitives.sqrt(np.mean(np.full(2, 4.0))) == 2.0


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((), "no array among the arguments"),
        ((None, 1.0, 2j, True), "no array among the arguments"),
        (("text",), r"no Array API namespace serves builtins\.str; .*entry-point group 'diptych\.namespaces'"),
        (([1.0],), r"no Array API namespace serves builtins\.list"),
        (
            (np.ones(2), array_api_strict.ones(2)),
            r"arrays of different libraries: array_api_compat\.numpy and array_api_strict",
        ),
    ],
)
def test_no_namespace(arrays: tuple[Any, ...], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        array_namespace(*arrays)


def test_a_namespace_from_an_entry_point(registered: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """By the root module of the array's type, or of a class above it, and loaded once."""
    Base = type("Base", (), {"__module__": "a_library.core"})
    Derived = type("Derived", (Base,), {"__module__": "elsewhere"})
    namespace = ModuleType("a_library_namespace")
    monkeypatch.setitem(sys.modules, "a_library_namespace", namespace)
    registered.append(EntryPoint("a_library", "a_library_namespace", "diptych.namespaces"))
    assert array_namespace(Base(), Derived()) is namespace
    registered.clear()
    assert array_namespace(Derived()) is namespace


def test_entry_points_name_what_is_declared() -> None:
    declared = {point.name: point.value for point in importlib.metadata.entry_points(group="diptych.namespaces")}
    assert declared["tensorflow"] == declared["keras"] == "diptych_keras.namespace"


@pytest.mark.torch
def test_of_what_torch_has_only_tensors_are_arrays() -> None:
    torch = importlib.import_module("torch")
    assert array_namespace(torch.nn.Parameter(torch.ones(1))) is array_namespace(torch.ones(1))
    for other in (torch.nn.Linear(1, 1), torch.Size([2]), torch.float32):
        with pytest.raises(TypeError, match=r"no Array API namespace serves torch\."):
            array_namespace(other)


@pytest.mark.torch
def test_a_term_that_is_compiled_first_is_looked_up_by_the_compiler() -> None:
    """In a process that has met no tensor: no search in the graph, no warning, and one compilation."""
    command = (
        "import torch\n"
        "from diptych import kernels\n"
        "from diptych.divergences import mmd\n"
        "graphs = []\n"
        "f = torch.compile(lambda x, y: mmd.mmd2_unbiased(x, y, kernels.rbf([1.0])), fullgraph=True,"
        " backend=lambda graph, inputs: graphs.append(graph) or graph.forward)\n"
        "x, y = torch.arange(6.0).reshape(3, 2), torch.ones(3, 2)\n"
        "assert f(x, y) == mmd.mmd2_unbiased(x, y, kernels.rbf([1.0])) == f(x, y)\n"
        "assert len(graphs) == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
