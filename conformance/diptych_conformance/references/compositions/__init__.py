"""Methods that have no name, of what no method of the catalogue has: `COMPOSITIONS`, found in the modules here."""

from diptych_conformance.references.statement import Composition, found

COMPOSITIONS: tuple[Composition, ...] = tuple(found(__name__, __path__, "COMPOSITIONS"))
