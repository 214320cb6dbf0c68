"""Level 7: the device that is asked for."""

from collections.abc import Iterator
from functools import partial

from diptych.protocol import Capability
from diptych_conformance.cases.problems import of_form
from diptych_conformance.checks.borders import devices
from diptych_conformance.core.case import EXECUTIONS, Case
from diptych_conformance.references.methods import STATEMENTS

EVIDENCE = frozenset({Capability.EVIDENCE})


def cases(seed: int) -> Iterator[Case]:
    problem = of_form(STATEMENTS["ns-gan"].forms["ns-gan"], "batchnorm", seed)
    make = partial(Case, "borders", "devices", "exactness", method="ns-gan")
    yield make(run=partial(devices.refused, problem), check="refused", needs=EVIDENCE)
    for execution in EXECUTIONS:
        more = partial(make, execution=execution, needs=EVIDENCE)
        yield more(run=partial(devices.its_own, problem, execution), check="its own")
        yield more(run=partial(devices.every, problem, execution), check="every")
