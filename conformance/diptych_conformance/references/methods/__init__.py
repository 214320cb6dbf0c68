"""Every method a second time, each in the file of its name in `diptych.methods`.

`STATEMENTS` by the names of the catalogue, found in the modules here.
"""

from diptych import CATALOGUE
from diptych_conformance.references.statement import Statement, found

_stated: dict[str, Statement] = {made.name: made for made in found(__name__, __path__, "STATEMENTS")}
STATEMENTS = {name: _stated[name] for name in CATALOGUE if name in _stated}
