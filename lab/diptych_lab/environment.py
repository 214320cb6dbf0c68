"""The versions and the machine that a run was made with."""

import os
import platform
import re


def versions(backend: str) -> dict[str, str]:
    """Distribution -> version: Python, NumPy, diptych, and the installed requirements of the backend."""
    from importlib.metadata import PackageNotFoundError, version  # here: a command that asks for none is soon there

    found = {"python": platform.python_version()}
    for name in ("diptych", "numpy", *_requirements(backend)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # one of several alternatives, or an extra that is not installed
            continue
    return found


def machine() -> str:
    """``Linux x86_64, 2 cores``"""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def _requirements(backend: str) -> list[str]:
    """The distributions that a registered backend requires: by its extra in diptych, else by its package."""
    from importlib.metadata import entry_points, requires

    for entry in entry_points(group="diptych.backends", name=backend):
        if entry.dist is None:
            continue
        mine = entry.dist.name
        wanted = [
            line
            for line in requires(mine) or ()
            if ("extra ==" not in line if mine != "diptych" else re.search(rf"extra == ['\"]{backend}['\"]", line))
        ]
        return [mine, *(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in wanted)]
    return []
