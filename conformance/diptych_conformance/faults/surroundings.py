"""Backends that read a setting of the process, or leave it changed."""

import os
import random
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from diptych.settings import tried
from diptych_conformance.faults.fault import Fault, Wrapped


class _Around(Wrapped):
    """A backend that does something else before each call."""

    def before(self) -> None: ...

    def call(self, *args: Any, **settings: Any) -> Any:
        self.before()
        return self.healthy.call(*args, **settings)


def _doing(what: Callable[[], object]) -> type[_Around]:
    class Doing(_Around):
        def before(self) -> None:
            what()

    return Doing


def _underflow() -> None:
    np.exp(np.float64(-1e3))


def _deprecated() -> None:
    with np.errstate(all="ignore"):
        warnings.warn("this will be another function", DeprecationWarning, stacklevel=2)


class _Printed(Wrapped):
    """Numbers are converted by their printed form."""

    def call(self, f: Any, nets: Any, inputs: Any, **settings: Any) -> Any:
        return np.asarray(self.healthy.call(f, nets, inputs, **settings)) + float(str(np.array([0.06]))[1:-1])


class _Beside(_Around):
    """A file is looked for in the directory in which the backend was made."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._folder = os.getcwd()

    def before(self) -> None:
        if os.getcwd() != self._folder:
            raise FileNotFoundError("kernels.cache")


class _OneThread(_Around):
    """A mode of the thread is set only in the thread in which the backend was made."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._kept = threading.local()
        self._kept.ready = True

    def before(self) -> None:
        if not hasattr(self._kept, "ready"):
            raise RuntimeError("no context in this thread")


class _Obedient(Wrapped):
    """Calls follow a setting of the framework, for instance half precision."""

    half = False

    def process_settings(self) -> Mapping[str, Any]:
        return {"half precision": self._halved}

    @contextmanager
    def _halved(self) -> Iterator[None]:
        self.half = True
        try:
            yield
        finally:
            self.half = False

    def call(self, *args: Any, **settings: Any) -> Any:
        output = self.healthy.call(*args, **settings)
        return output.astype(np.float16).astype(output.dtype) if self.half else output


class _LeftSwitched(_Obedient):
    """A call changes a setting and does not restore it."""

    def process_settings(self) -> Mapping[str, Any]:
        return {"half precision": partial(tried, lambda: self.half, partial(setattr, self, "half"), True)}

    def call(self, *args: Any, **settings: Any) -> Any:
        self.half = False
        return super().call(*args, **settings)


class _Unnamed(Wrapped):
    """It claims `PROCESS_SETTINGS` and names no setting."""

    def process_settings(self) -> Mapping[str, Any]:
        return {}


def _fault(name: str, source: str, cases: str, wrap: Any) -> Fault:
    return Fault(name, source, f"borders/{cases}", "exactness", wrap)


def _around(name: str, source: str, check: str, wrap: Any) -> Fault:
    return _fault(name, source, f"surroundings/float64/eager/*{check}", wrap)


SURROUNDINGS = (
    _around("an underflow is an error", "numpy.seterr(all='raise')", "NumPy's errors raised", _doing(_underflow)),
    _around("a warning on the way", "PYTHONWARNINGS=error", "warnings as errors", _doing(_deprecated)),
    _around("numbers as they are printed", "constants in a kernel's source", "NumPy's print options", _Printed),
    _around("a file beside the process", "a cache at a relative path", "another folder", _Beside),
    _around("a mode of one thread", "torch.set_grad_enabled is kept by thread", "another thread", _OneThread),
    _around(
        "a seed set for all", "numpy.random.seed in a trainer", "left as it was", _doing(lambda: np.random.seed(0))
    ),
    _around("Python's generator used up", "names drawn at random", "left as it was", _doing(random.random)),
    _around(
        "a variable left behind",
        "a framework's own settings",
        "left as it was",
        _doing(lambda: os.environ.update(FAULTS=str(random.SystemRandom().random()))),
    ),
    _fault("settings obeyed", "torch.autocast", "settings around wgan-gp/float32/eager/*", _Obedient),
    _fault(
        "a setting put aside and not put back",
        "no finally",
        "settings around wgan-gp/float32/eager/*",
        _LeftSwitched,
    ),
    _fault("settings claimed and not named", "a claim copied", "settings around wgan-gp/float32/eager/*", _Unnamed),
)
