"""The processes that compute one run together, as each of them sees the others."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

LIMIT = 240.0  # seconds for a program; its first run imports a framework


class Group(Protocol):
    """Calls are made by all processes, in the same order.

    ConnectionError where another process is no more, or does not come in time.
    """

    rank: int  # this process, from 0; the first writes files and talks to the user

    def anyone(self, says: bool) -> bool:
        """Does some process say so?"""
        ...

    def first(self, content: bytes) -> bytes:
        """The bytes that the first process gives, in every process."""
        ...

    def first_works(self) -> AbstractContextManager[None]:
        """The others leave this context when the first does, which may take as long as it likes, if it lives."""
        ...


class Alone:
    """The group of one process."""

    rank = 0

    def anyone(self, says: bool) -> bool:
        return says

    def first(self, content: bytes) -> bytes:
        return content

    def first_works(self) -> AbstractContextManager[None]:
        return nullcontext()
