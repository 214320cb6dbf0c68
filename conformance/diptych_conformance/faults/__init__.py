"""Known bugs, put into a healthy backend or into the spec one at a time: the suite must reject every one."""

from diptych_conformance.faults.arithmetic import ARITHMETIC
from diptych_conformance.faults.arrays import ARRAYS
from diptych_conformance.faults.auto_encoders import AUTO_ENCODERS
from diptych_conformance.faults.borders import BORDERS
from diptych_conformance.faults.calls import CALLS
from diptych_conformance.faults.cards import CARDS
from diptych_conformance.faults.checkpoints import CHECKPOINTS
from diptych_conformance.faults.claims import CLAIMS
from diptych_conformance.faults.constants import CONSTANTS
from diptych_conformance.faults.evaluation import EVALUATION
from diptych_conformance.faults.f_gans import F_GANS
from diptych_conformance.faults.fault import Fault, caught
from diptych_conformance.faults.gans import GANS
from diptych_conformance.faults.hybrids import HYBRIDS
from diptych_conformance.faults.interleaved import INTERLEAVED
from diptych_conformance.faults.kept import KEPT
from diptych_conformance.faults.kernels import KERNELS
from diptych_conformance.faults.late import LATE
from diptych_conformance.faults.layers import LAYERS
from diptych_conformance.faults.mmd_gans import MMD_GANS
from diptych_conformance.faults.modules import MODULES
from diptych_conformance.faults.noise import NOISE
from diptych_conformance.faults.of_text import TextFault
from diptych_conformance.faults.own_loop import OWN_LOOPS
from diptych_conformance.faults.penalties import PENALTIES
from diptych_conformance.faults.placed import PLACED
from diptych_conformance.faults.primitives import PRIMITIVES
from diptych_conformance.faults.regularisers import REGULARISERS
from diptych_conformance.faults.remembered import REMEMBERED
from diptych_conformance.faults.replicas import REPLICAS
from diptych_conformance.faults.rules import RULES
from diptych_conformance.faults.seen import SEEN
from diptych_conformance.faults.settings import SETTINGS
from diptych_conformance.faults.spectral import SPECTRAL
from diptych_conformance.faults.steps import STEPS
from diptych_conformance.faults.surroundings import SURROUNDINGS
from diptych_conformance.faults.text_compositions import TEXT_COMPOSITIONS
from diptych_conformance.faults.text_gradients import TEXT_GRADIENTS
from diptych_conformance.faults.text_measures import TEXT_MEASURES
from diptych_conformance.faults.text_metrics import TEXT_METRICS
from diptych_conformance.faults.text_models import TEXT_MODELS
from diptych_conformance.faults.text_networks import TEXT_NETWORKS
from diptych_conformance.faults.text_rules import TEXT_RULES
from diptych_conformance.faults.text_settings import TEXT_SETTINGS
from diptych_conformance.faults.text_shapes import TEXT_SHAPES
from diptych_conformance.faults.text_terms import TEXT_TERMS
from diptych_conformance.faults.training import TRAINING
from diptych_conformance.faults.transport import TRANSPORT
from diptych_conformance.faults.vaes import VAES

GROUPS: dict[str, tuple[Fault, ...]] = {
    "primitives": PRIMITIVES,
    "layers": LAYERS,
    "spectral norm": SPECTRAL,
    "games": GANS,
    "f-divergences": F_GANS,
    "critics and penalties": PENALTIES,
    "regularisers": REGULARISERS,
    "kernels": KERNELS,
    "transport": TRANSPORT,
    "trained features": MMD_GANS,
    "likelihoods": VAES,
    "auto-encoders": AUTO_ENCODERS,
    "hybrids": HYBRIDS,
    "arithmetic": ARITHMETIC,
    "noise": NOISE,
    "update rules": RULES,
    "decay, clipping, averages and rates": SETTINGS,
    "constants": CONSTANTS,
    "steps, order and routing": STEPS,
    "training": TRAINING,
    "what is seen after steps": SEEN,
    "checkpoints": CHECKPOINTS,
    "what is kept": KEPT,
    "late steps": LATE,
    "interleaved steps": INTERLEAVED,
    "taken for what was met before": REMEMBERED,
    "cards": CARDS,
    "metrics in a backend": EVALUATION,
    "borders": BORDERS,
    "calls": CALLS,
    "arrays that come in": ARRAYS,
    "modules of the framework's own": MODULES,
    "the process around": SURROUNDINGS,
    "claims": CLAIMS,
    "devices": PLACED,
    "replicas": REPLICAS,
    "the framework's own loop": OWN_LOOPS,
}
FAULTS: tuple[Fault, ...] = tuple(fault for group in GROUPS.values() for fault in group)

TEXTS: dict[str, tuple[TextFault, ...]] = {
    "gradients": TEXT_GRADIENTS,
    "hyper-parameters": TEXT_SETTINGS,
    "compositions": TEXT_COMPOSITIONS,
    "shapes": TEXT_SHAPES,
    "terms": TEXT_TERMS,
    "models": TEXT_MODELS,
    "learning rates and averages": TEXT_RULES,
    "ready networks": TEXT_NETWORKS,
    "metrics": TEXT_METRICS,
    "measures, records and second derivatives": TEXT_MEASURES,
}

__all__ = ["FAULTS", "GROUPS", "TEXTS", "Fault", "TextFault", "caught"]
