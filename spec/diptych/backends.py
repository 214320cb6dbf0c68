"""Backends by name, through the entry-point group ``diptych.backends``. First-party ones are found just so."""

import importlib
from importlib.metadata import entry_points
from typing import cast

from diptych.protocol import Backend
from diptych.suggestion import suggestion

_GROUP = "diptych.backends"


def backend_names() -> list[str]:
    """The registered names; that the framework behind one is installed is not said."""
    return sorted({entry.name for entry in entry_points(group=_GROUP)})


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
    for entry in entry_points(group=_GROUP):
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
    raise ValueError(f"unknown backend {name!r}{suggestion(name, backend_names())}")
