"""What an unknown name may have meant: the end of an error message."""

from difflib import get_close_matches
from typing import Any


def suggestion(name: str, known: Any) -> str:
    """The end of an error: what `name` may have meant, in whatever case it is, else all that is known."""
    by_lower = {each.lower(): each for each in known}
    near = [by_lower[each] for each in get_close_matches(name.lower(), by_lower, n=2, cutoff=0.5)]
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else f"; known: {', '.join(known)}"
