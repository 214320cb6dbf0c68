"""Level 8: the device that is asked for."""

from collections.abc import Iterator
from functools import partial
from itertools import product

from diptych.protocol import Capability
from diptych_conformance.cases.problems import of_form
from diptych_conformance.checks.borders import devices
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.references.methods import STATEMENTS

EVIDENCE = frozenset({Capability.EVIDENCE})


def cases(seed: int) -> Iterator[Case]:
    plain = of_form(STATEMENTS["ns-gan"].forms["ns-gan"], "batchnorm", seed)
    for dtype, execution in product(DTYPES, EXECUTIONS):
        problem = plain.rounded(dtype)
        make = partial(Case, "borders", "devices", "exactness", dtype=dtype, execution=execution, method="ns-gan")
        make = partial(make, needs=EVIDENCE)
        if execution == "eager":
            yield make(run=partial(devices.refused, problem, dtype), check="refused")
        yield make(run=partial(devices.its_own, problem, dtype, execution), check="its own")
        yield make(run=partial(devices.every, problem, dtype, execution), check="every")
