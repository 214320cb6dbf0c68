"""The second statements of all methods, each in a file of the same name as in `diptych.methods.presets`.

`STATEMENTS` by the names of the catalogue, found in the modules here.
"""

from diptych import CATALOGUE
from diptych_conformance.references.statement import Statement, found

_stated: dict[str, Statement] = {made.name: made for made in found(__name__, __path__, "STATEMENTS")}
STATEMENTS = {name: _stated[name] for name in CATALOGUE if name in _stated}
