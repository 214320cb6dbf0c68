"""The backend that a file names."""

from pathlib import Path

import diptych


def registered(name: str, source: Path) -> str:
    """`name`, read from the file `source`: never more than the key of a registered backend.

    Raises ValueError where it is none, ``module:callable`` among it: that would run whatever code the file names.
    """
    if ":" not in name and name in diptych.backend_names():
        return name
    raise ValueError(
        f"{source}: the run was trained by the backend {name!r}, which is not registered here; "
        "name the one to load it with: load(run, backend=...) (--backend)"
    )
