"""How good are the samples of a run, or those in an array?  Numbers with intervals, beside those of the data."""

from diptych_lab.evaluation.evaluate import Done, evaluate
from diptych_lab.evaluation.record import Evaluation, Number

__all__ = ["Done", "Evaluation", "Number", "evaluate"]
