"""Requests for more memory than the machine has are refused, before the system ends the process."""

import os


def check_memory(what: str, size: int, mend: str) -> None:
    """Raise ValueError where `size` bytes are more than this machine has memory; `mend` says what to do."""
    there = _memory()
    if there and size > there:
        raise ValueError(f"{what} would take {size / 2**30:.3g} GiB, this machine has {there / 2**30:.3g}; {mend}")


def _memory() -> int:
    """The machine's memory in bytes; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return 0
