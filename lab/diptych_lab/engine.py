"""The backend of a run, by its name, and whether it can do the run."""

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


def engine(name: str) -> Backend:
    """`diptych.backend(name)`. Raises ValueError too where what is made is no backend."""
    if name.lower() in _MEANT and name not in diptych.backend_names():
        raise ValueError(f"unknown backend {name!r}; did you mean {_MEANT[name.lower()]!r}?")
    found = diptych.backend(name)
    missing = [part for part in _PARTS if not hasattr(found, part)]
    if missing:
        raise ValueError(f"{name!r} makes no backend but {found!r}, which has no {', '.join(missing)}")
    return found


def check_capabilities(backend: Backend, method: Method, dtype: str, execution: str) -> None:
    """Raise ValueError where the backend lacks something that this run needs."""
    wanted = {*method.needs, Capability(dtype)}
    if execution in set(Capability):
        wanted.add(Capability(execution))
    missing = wanted - backend.capabilities
    if missing:
        raise ValueError(f"backend {backend.name!r} cannot do this run: it lacks {', '.join(sorted(missing))}")
