"""The backend of a run, by its name, and whether it can do the run."""

from pathlib import Path

import diptych
from diptych import Backend, Capability, Method

_MEANT = {"pytorch": "torch", "tensorflow": "keras", "tf": "keras"}  # frameworks, and the backends that run on them
_PARTS = (
    "name",
    "capabilities",
    "default_execution",
    "build",
    "weights",
    "call",
    "trainer",
)  # what the lab asks of one


def engine(backend: str | Backend) -> Backend:
    """`diptych.backend(name)`, or a backend as it is. Raises ValueError where it is none."""
    if isinstance(backend, str):
        meant = _MEANT.get(backend.lower())
        if meant and backend not in diptych.backend_names():
            raise ValueError(f"unknown backend {backend!r}; did you mean {meant!r}?")
        found = diptych.backend(backend)
    else:
        found = backend
    missing = [part for part in _PARTS if not hasattr(found, part)]
    if not missing and not isinstance(found, type):
        return found
    lacking = f"which has no {', '.join(missing)}" if missing else "which is to be called"
    if isinstance(backend, str):
        raise ValueError(f"{backend!r} makes no backend but {found!r}, {lacking}")
    raise ValueError(
        f"a backend is a name, such as 'torch', or what diptych.backend gives, not {found!r}, {lacking}"
    )


def registered(name: str, source: Path) -> str:
    """`name`, read from the file `source`: never more than the key of a registered backend.

    Raises ValueError where it is none, ``module:callable`` among it: that would run whatever code the file names.
    """
    if ":" not in name and name in diptych.backend_names():
        return name
    raise ValueError(
        f"{source}: the run was trained by the backend {name!r}, which is not registered here; "
        "name the one to load it with: --backend, or load(run, backend=...)"
    )


def check_capabilities(backend: Backend, method: Method, dtype: str, execution: str) -> None:
    """Raise ValueError where the backend lacks something that this run needs."""
    wanted = {*method.needs, Capability(dtype)}
    if execution in set(Capability):
        wanted.add(Capability(execution))
    missing = wanted - backend.capabilities
    if missing:
        raise ValueError(f"backend {backend.name!r} cannot do this run: it lacks {', '.join(sorted(missing))}")
