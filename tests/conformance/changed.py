"""A JSON document with one thing in it changed."""

import json
from collections.abc import Sequence
from typing import Any


def changed(document: Any, place: Sequence[Any], value: Any) -> Any:
    """A copy of `document` with `value` at that path of keys; with nothing there where it is ..."""
    if not place:
        return value
    copy = part = json.loads(json.dumps(document))
    for key in place[:-1]:
        part = part[key]
    if value is ...:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    return copy
