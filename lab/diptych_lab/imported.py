"""A function of a user's own by the path that it is imported from, ``package.module:function``.

Importing it runs its code, so it is named by who asks for it, on the command line, in a config file or in Python,
and never by a file of data or of a run.
"""

import importlib
import os
import re
import sys
from collections.abc import Callable
from typing import Any

PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def imported(what: str, path: str) -> Callable[..., Any]:
    """The function at `path`; modules of the present folder are found, as by `python -m`.

    Raises ImportError or ValueError, beginning with `what` and the path, where there is none.
    """
    module, _, name = path.partition(":")
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(f"{what} {path}: {error}") from error
    finally:
        sys.path.remove(here)
    function = getattr(found, name, None)
    if not callable(function):
        raise ValueError(f"{what} {path}: {module} has no function {name!r}")
    return function
