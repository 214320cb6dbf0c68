"""All measures by name, and groups of them: metrics of two samples, and what takes a model, a split or a truth."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from diptych.metrics import METRICS
from diptych.suggestion import suggestion
from diptych_lab.evaluation import c2st, latent, memorisation, prd, transport, truth
from diptych_lab.evaluation.measure import Measure, of_metric

_OF_SAMPLES = (
    *METRICS.values(),
    prd.metric(),
    c2st.logistic(),
    c2st.nearest_neighbours(),
    transport.exact_w1(),
    transport.exact_w2(),
)
_OTHERS = (*memorisation.measures(), *latent.measures(), truth.measure())

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {measure.name: measure for measure in (*map(of_metric, _OF_SAMPLES), *_OTHERS)}
)

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "usual": ("fd", "kid", "precision-recall", "density-coverage", "modes", "authenticity", "memorisation"),
        "distances": ("fd", "fd-infinity", "kid", "energy", "sliced-w1", "sliced-w2", "exact-w1", "exact-w2"),
        "coverage": ("precision-recall", "density-coverage", "clipped-density-coverage", "prd"),
        "tests": ("mmd-test", "c2st-logistic", "c2st-knn"),
        "learnt-by-heart": tuple(measure.name for measure in memorisation.measures()),
        "model": tuple(measure.name for measure in latent.measures() if measure.name != "ais"),
        "all": tuple(name for name in MEASURES if name != "ais"),  # it takes minutes
    }
)


def chosen(names: Iterable[str]) -> dict[Measure, bool]:
    """The measures of these names and groups, each once, in order; true where a measure was named by itself.

    Raises ValueError for an unknown name.
    """
    found: dict[Measure, bool] = {}
    for name in names:
        if name in GROUPS:
            for each in GROUPS[name]:
                found.setdefault(MEASURES[each], False)
        elif name in MEASURES:
            found[MEASURES[name]] = True
        else:
            raise ValueError(f"unknown metric {name!r}{suggestion(name, [*MEASURES, *GROUPS])}")
    if not found:
        raise ValueError(f"metrics must be one or more of {', '.join([*MEASURES, *GROUPS])}")
    return found
