"""Metrics: how good samples are, as terms of two samples of features, and by name with intervals (`METRICS`)."""

from diptych.metrics.catalogue import METRICS
from diptych.metrics.record import Estimate, Estimates, Metric

__all__ = ["METRICS", "Estimate", "Estimates", "Metric"]
