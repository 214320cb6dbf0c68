"""What an unknown name may have meant: the end of an error message."""

from difflib import get_close_matches
from typing import Any


def suggestion(name: str, known: Any) -> str:
    """The end of an error: what `name` may have meant, else all that is known."""
    near = get_close_matches(name, list(known), n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else f"; known: {', '.join(known)}"
