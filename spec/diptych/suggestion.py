"""What an unknown name may have meant: the end of an error message."""

from collections.abc import Collection


def nearest(name: str, known: Collection[str]) -> str:
    """What `name` may have meant, in whatever case it is; nothing where nothing comes near."""
    from difflib import get_close_matches  # here: only errors need it

    by_lower = {each.lower(): each for each in known}
    near = [by_lower[each] for each in get_close_matches(str(name).lower(), by_lower, n=2, cutoff=0.5)]
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def suggestion(name: str, known: Collection[str]) -> str:
    """What `name` may have meant, else all that is known."""
    return nearest(name, known) or f"; known: {', '.join(known)}"
