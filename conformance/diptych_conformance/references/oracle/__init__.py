"""The reference: NumPy in float64, layers and their derivatives written out by hand, no autodiff."""

from diptych_conformance.references.oracle.network import OracleNetwork, networks
from diptych_conformance.references.oracle.objective import directional, evaluate, stated, value
from diptych_conformance.references.oracle.ops import OPS, complex_step, holding, recording
from diptych_conformance.references.oracle.trainer import ReferenceTrainer

__all__ = [
    "OPS",
    "OracleNetwork",
    "ReferenceTrainer",
    "complex_step",
    "directional",
    "evaluate",
    "holding",
    "networks",
    "recording",
    "stated",
    "value",
]
