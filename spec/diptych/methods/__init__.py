"""Methods: the algebra (`dual`, `primal`) and the named presets made of it."""

from diptych.methods.adversarial_kl import adversarial_kl
from diptych.methods.catalogue import CATALOGUE, make
from diptych.methods.dual import dual
from diptych.methods.primal import aggregate, conditional_kl, primal

__all__ = ["CATALOGUE", "adversarial_kl", "aggregate", "conditional_kl", "dual", "make", "primal"]
