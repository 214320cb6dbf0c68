"""Known bugs, put into a healthy backend one at a time: the suite must reject every one of them."""

from diptych_conformance.faults.arithmetic import ARITHMETIC
from diptych_conformance.faults.auto_encoders import AUTO_ENCODERS
from diptych_conformance.faults.distances import DISTANCES
from diptych_conformance.faults.fault import Fault, caught
from diptych_conformance.faults.games import GAMES
from diptych_conformance.faults.layers import LAYERS
from diptych_conformance.faults.losses import LOSSES
from diptych_conformance.faults.mmd_gans import MMD_GANS
from diptych_conformance.faults.steps import STEPS

FAULTS: tuple[Fault, ...] = (*LOSSES, *GAMES, *DISTANCES, *AUTO_ENCODERS, *MMD_GANS, *ARITHMETIC, *LAYERS, *STEPS)

__all__ = ["FAULTS", "Fault", "caught"]
