"""What is counted among nearest neighbours: precision and recall, density and coverage, copies of training rows."""

from collections.abc import Iterator

from diptych import metrics as m
from diptych_conformance.cases.metrics import samples as s
from diptych_conformance.core.metrics import Metric
from diptych_conformance.references.formulas import neighbours

K = 2  # no term's default
COUNTED = (  # the term, its second statement, and what a sample without ties has with itself
    (m.precision_recall, neighbours.precision_recall, (1.0, 1.0)),
    (m.density_coverage, neighbours.density_coverage, ((K + 1) / K, 1.0)),
)


def metrics(seed: int) -> Iterator[Metric]:
    for term, reference, own in COUNTED:
        for what, event in s.EVENTS.items():
            samples = s.ordinary("neighbours", event, seed)
            corners = s.corners(samples) | {"k + 1 rows": s.first(samples, K + 1)}
            yield Metric(
                f"{term.__name__}{what}",
                term,
                reference,
                samples,
                settings={"k": K},
                corners=corners,
                stated={"of a sample and itself": (corners["equal"], own)},
                refused=s.refused(samples, K + 1),
            )
