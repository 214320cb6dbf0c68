"""How small an error of a loss is still seen: ``python -m diptych_conformance.sensitivity --backend torch``."""

from diptych_conformance.sensitivity.floors import Floor, measure, players
from diptych_conformance.sensitivity.page import page
from diptych_conformance.sensitivity.perturbed import Perturbed, perturbed

__all__ = ["Floor", "Perturbed", "measure", "page", "perturbed", "players"]
