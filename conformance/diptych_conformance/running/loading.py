"""A backend by its name; any error in it, in one line."""

from collections.abc import Iterator
from inspect import isfunction
from typing import Any

import diptych
from diptych.protocol import Backend, Capability
from diptych_conformance.core.case import EXECUTIONS

METHODS = tuple(name for name, f in vars(Backend).items() if isfunction(f) and not name.startswith("_"))


class Refused(ValueError):  # noqa: N818
    """Nothing could be run as asked: no such backend, device or deviations file."""


def load(name: str, device: str | None = None) -> Backend:
    """The backend registered as `name`, or made by ``module:factory``, and tried on `device` where one is given.

    Raises Refused, with the reason, for whatever is raised on the way, a factory being a stranger's code, and for
    what is no backend. A method that raises NotImplementedError is a method.
    """
    try:
        backend = diptych.backend(name)
        wrong = list(_wrong(backend))
        if not wrong and device is not None:
            backend.build({}, {}, device=device)
    except (ValueError, ModuleNotFoundError) as error:  # written to be read
        raise Refused(str(error)) from error
    except SystemExit as error:
        raise Refused(f"it ended the process (status {error.code}) while it was loaded") from error
    except Exception as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    if wrong:
        raise Refused(f"the factory gave no backend: {'; '.join(wrong)}")
    return backend


def _wrong(given: Any) -> Iterator[str]:
    """The deviations from `diptych.protocol.Backend`."""
    if given is None or isinstance(given, type):
        yield f"it must give an object with the attributes and methods of diptych.protocol.Backend, got {given!r}"
        return
    name, claimed, execution = (
        getattr(given, attribute, None) for attribute in ("name", "capabilities", "default_execution")
    )
    if not (isinstance(name, str) and name.strip() and name.isprintable()):
        yield f"`name` must be a str of one line, not empty, got {name!r}"
    if not (isinstance(claimed, frozenset | set) and claimed <= {*Capability}):
        known = ", ".join(map(repr, map(str, Capability)))
        yield f"`capabilities` must be a frozenset of Capability ({known}), got {claimed!r}"
        return
    executions = ["eager", *(e for e in EXECUTIONS if e != "eager" and e in claimed)]
    if execution not in executions:
        allowed = ", ".join(executions)
        yield f"`default_execution` must be one that the capabilities allow ({allowed}), got {execution!r}"
    missing = [method for method in METHODS if not callable(getattr(given, method, None))]
    if missing:
        yield f"it must have the methods {', '.join(METHODS)}, lacks {', '.join(missing)}"
