"""A backend by its name; whatever is wrong with it, in one line."""

import diptych
from diptych.protocol import Backend


class Refused(ValueError):  # noqa: N818
    """Nothing could be run as asked: no such backend, device or deviations file."""


def load(name: str, device: str | None = None) -> Backend:
    """The backend registered as `name`, or made by ``module:factory``, and tried on `device` where one is given.

    Raises Refused, with the reason, for whatever is raised on the way: a factory is a stranger's code.
    """
    try:
        backend = diptych.backend(name)
        backend.name, backend.capabilities  # noqa: B018  # what is no backend has neither
        if device is not None:
            backend.build({}, {}, device=device)
    except (ValueError, ModuleNotFoundError) as error:  # written to be read
        raise Refused(str(error)) from error
    except Exception as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    return backend
