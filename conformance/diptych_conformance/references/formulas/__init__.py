"""The losses written out a second time, sample by sample, from the papers and without the spec's terms.

A slip in the spec moves the oracle and every backend together; it does not move these.
"""

from diptych_conformance.references.formulas.basics import Formula
from diptych_conformance.references.formulas.dual import DUAL
from diptych_conformance.references.formulas.f_gan import F_GAN
from diptych_conformance.references.formulas.games import GAMES
from diptych_conformance.references.formulas.hybrid import HYBRID
from diptych_conformance.references.formulas.others import OTHERS
from diptych_conformance.references.formulas.primal import PRIMAL

# variant -> player -> loss(oracle networks, x, noise)
FORMULAS: dict[str, dict[str, Formula]] = {**GAMES, **F_GAN, **DUAL, **PRIMAL, **HYBRID, **OTHERS}
