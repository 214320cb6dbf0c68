"""Deshpande, Zhang & Schwing 2018: W_r^r along random directions, a fresh one for every sample of the batch."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.distances import sliced
from diptych_conformance.references.methods.dual import matching
from diptych_conformance.references.play import DATA, adam, normal
from diptych_conformance.references.statement import ReferenceMethod, Statement


def sliced_wasserstein(*, order: float = 2.0, smoothing: float = 0.0, anneal: int = 0) -> ReferenceMethod:
    return matching(
        lambda nets, p, q, noise: sliced(p, q, noise["theta"], order),
        adam(1e-3),
        256,
        smoothing=smoothing,
        anneal=anneal,
        noise={"theta": normal(*DATA)},
    )


READING = reading.Reading(
    symbols.slices,
    {"p": "order"},
    {r"\theta": r"U(\mathbb{S})"},
    numbers=(10, 0, *reading.NOISE),
    words=("W_p^p, not its root", "counts in order of size"),
)
STATEMENTS = (
    Statement(
        "sliced-wasserstein",
        sliced_wasserstein,
        card=READING,
        others={"other": {"order": 1.0}, "smoothed": {"order": 3.0, "smoothing": 0.4, "anneal": 600}},
    ),
)
