"""Methods without a name, for the parts that no method of the catalogue has: `COMPOSITIONS`, from these modules."""

from diptych_conformance.references.statement import Composition, found

COMPOSITIONS: tuple[Composition, ...] = tuple(found(__name__, __path__, "COMPOSITIONS"))
