"""Conformance: that a backend computes what the spec says, and what every other backend computes.

    python -m diptych_conformance --backend torch

or from Python, with a backend in hand:

    result = run(diptych.backend("torch"), Selection(scope=Scope.QUICK))
    result.conformant

`check_loss` does the like for a loss of one's own.
"""

from diptych_conformance.cases import all_cases
from diptych_conformance.core.case import LEGS, LEVELS, Case, Scope
from diptych_conformance.core.result import Record, Result, Status
from diptych_conformance.own_loss import LossReport, check_loss
from diptych_conformance.running.suite import Selection, run

__all__ = [
    "LEGS",
    "LEVELS",
    "Case",
    "LossReport",
    "Record",
    "Result",
    "Scope",
    "Selection",
    "Status",
    "all_cases",
    "check_loss",
    "run",
]
