"""Methods: the algebra (`dual`, `primal`, `hybrid`) and the named presets made of it."""

from diptych.methods import encoders
from diptych.methods.adversarial_kl import adversarial_kl
from diptych.methods.catalogue import CATALOGUE, make
from diptych.methods.dual import dual
from diptych.methods.hybrid import LearnedCost, hybrid
from diptych.methods.latent import aggregate, conditional_kl
from diptych.methods.primal import primal

__all__ = [
    "CATALOGUE",
    "LearnedCost",
    "adversarial_kl",
    "aggregate",
    "conditional_kl",
    "dual",
    "encoders",
    "hybrid",
    "make",
    "primal",
]
