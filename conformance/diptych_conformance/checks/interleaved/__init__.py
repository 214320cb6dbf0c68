"""Steps of a trainer with other work between and beside them: bit for bit the same as without it."""

from diptych_conformance.checks.interleaved.alike import alike
from diptych_conformance.checks.interleaved.callers import lent, overwritten, raised, refilled
from diptych_conformance.checks.interleaved.copies import copied
from diptych_conformance.checks.interleaved.interludes import INTERLUDES, NATIVE, between
from diptych_conformance.checks.interleaved.trainers import in_turn, orders, shared

__all__ = [
    "INTERLUDES",
    "NATIVE",
    "alike",
    "between",
    "copied",
    "in_turn",
    "lent",
    "orders",
    "overwritten",
    "raised",
    "refilled",
    "shared",
]
