"""Backends by name, through the entry-point group ``diptych.backends``. First-party ones are found just so."""

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from diptych import checks
from diptych.capability import Capability
from diptych.method import Method
from diptych.optimizers import Optimizer, needs
from diptych.protocol import Backend, HasReplicas
from diptych.suggestion import suggestion

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

_GROUP = "diptych.backends"
_MEANT = {"pytorch": "torch", "tensorflow": "keras", "tf": "keras"}  # frameworks, and the backends that run on them
_PARTS = ("name", "capabilities", "default_execution", "build", "weights", "call", "trainer")


def backend_names() -> list[str]:
    """The registered names; that the framework behind one is installed is not said."""
    return sorted({entry.name for entry in _registered()})


def backend(name: str) -> Backend:
    """The backend registered as `name`, or made by the callable at ``module:callable``.

    Raises ValueError for an unknown name, and where the module has no such callable; ModuleNotFoundError with the
    pip command where the framework behind a registered backend is not installed.
    """
    if ":" in name:
        module, _, attribute = name.partition(":")
        factory = getattr(importlib.import_module(module), attribute, None)
        if not callable(factory):
            raise ValueError(
                f"backend {name!r} is no module:callable that makes a backend: "
                f"{module} has no callable {attribute!r}"
            )
        return cast(Backend, factory())
    for entry in _registered():
        if entry.name == name:
            try:
                return cast(Backend, entry.load()())
            except ModuleNotFoundError as error:
                distribution = entry.dist.name if entry.dist else "diptych"
                extra = f"{distribution}[{name}]" if distribution == "diptych" else distribution
                raise ModuleNotFoundError(
                    f"backend {name!r} needs the module {error.name!r}, which is not installed: "
                    f"python -m pip install '{extra}'",
                    name=error.name,
                ) from error
    if meant := _MEANT.get(name.lower()):
        raise ValueError(f"unknown backend {name!r}; did you mean {meant!r}?")
    raise ValueError(f"unknown backend {name!r}{suggestion(name, backend_names())}")


def _registered() -> "EntryPoints":
    from importlib.metadata import entry_points  # here, for it takes as long as much of this package

    return entry_points(group=_GROUP)


def complete_backend(given: str | Backend) -> Backend:
    """`backend(given)`, or a backend as it is: one that can train.  ValueError where it lacks a part."""
    found = backend(given) if isinstance(given, str) else given
    missing = [part for part in _PARTS if not hasattr(found, part)]
    if not missing and not isinstance(found, type):
        return found
    lacking = f"which has no {', '.join(missing)}" if missing else "which is to be called"
    if isinstance(given, str):
        raise ValueError(f"{given!r} makes no backend but {found!r}, {lacking}")
    raise ValueError(
        f"a backend is a name, such as 'torch', or what diptych.backend gives, not {found!r}, {lacking}"
    )


def check_capabilities(
    backend: Backend, method: Method, rules: Iterable[Optimizer], dtype: str, execution: str
) -> None:
    """Raise ValueError where the backend lacks something that a model of this method needs, under these rules."""
    wanted = {*method.needs, Capability(dtype)}.union(*map(needs, rules))
    if execution in set(Capability):
        wanted.add(Capability(execution))
    missing = wanted - backend.capabilities
    if missing:
        raise ValueError(f"backend {backend.name!r} cannot do this run: it lacks {', '.join(sorted(missing))}")


def with_replicas(backend: Backend, count: int) -> HasReplicas:
    """The backend, as one that can compute on `count` replicas. ValueError where it cannot."""
    if Capability.REPLICAS not in backend.capabilities:
        raise ValueError(f"backend {backend.name!r} computes on one device only, not on {count} replicas")
    return cast(HasReplicas, backend)


def on_replicas(backend: Backend, count: int) -> Backend:
    """The backend itself for one replica, else as it computes on so many. ValueError where it cannot."""
    if checks.whole("replicas", count) == 1:
        return backend
    return with_replicas(backend, count).replicated(count)
