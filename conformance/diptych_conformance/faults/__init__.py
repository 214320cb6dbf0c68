"""Known bugs, put into a healthy backend one at a time: the suite must reject every one of them."""

from diptych_conformance.faults.arithmetic import ARITHMETIC
from diptych_conformance.faults.auto_encoders import AUTO_ENCODERS
from diptych_conformance.faults.checkpoints import CHECKPOINTS
from diptych_conformance.faults.distances import DISTANCES
from diptych_conformance.faults.fault import Fault, caught
from diptych_conformance.faults.games import GAMES
from diptych_conformance.faults.kept import KEPT
from diptych_conformance.faults.layers import LAYERS
from diptych_conformance.faults.losses import LOSSES
from diptych_conformance.faults.mmd_gans import MMD_GANS
from diptych_conformance.faults.noise import NOISE
from diptych_conformance.faults.primitives import PRIMITIVES
from diptych_conformance.faults.steps import STEPS

GROUPS: dict[str, tuple[Fault, ...]] = {
    "primitives": PRIMITIVES,
    "layers": LAYERS,
    "losses": LOSSES,
    "games": GAMES,
    "distances": DISTANCES,
    "trained features": MMD_GANS,
    "auto-encoders": AUTO_ENCODERS,
    "arithmetic": ARITHMETIC,
    "noise": NOISE,
    "steps, order and routing": STEPS,
    "checkpoints": CHECKPOINTS,
    "what is kept": KEPT,
}
FAULTS: tuple[Fault, ...] = tuple(fault for group in GROUPS.values() for fault in group)

__all__ = ["FAULTS", "GROUPS", "Fault", "caught"]
