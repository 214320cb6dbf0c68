"""The legs of conformance on a user's loss: differences, ownership, extremes, batches, purity, execution."""

from diptych_conformance.own_loss.check import check_loss
from diptych_conformance.own_loss.report import LossReport

__all__ = ["LossReport", "check_loss"]
