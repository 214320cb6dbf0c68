"""The smallest error of each term of each loss that the suite still sees.

A *term* of an objective is a mean or a sum that its loss takes (`xp.mean`, `xp.sum`), where a number or a vector is
left of it: the addends of the loss, and what they are averages of, in the order in which the backend computes them.
One is made (1 + δ) times too large; its *floor* is the smallest δ, of the powers of two, that some case of the
player still fails in float64.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from diptych.protocol import Backend
from diptych_conformance.cases.objectives import EDGES
from diptych_conformance.core.case import Case, Scope
from diptych_conformance.core.result import BAD
from diptych_conformance.core.session import Session
from diptych_conformance.faults.replaced import changed
from diptych_conformance.running.suite import Selection, run_case
from diptych_conformance.sensitivity.perturbed import perturbed

REQUIRED = 1e-10
FINEST = 53  # 2^-53 is lost when it is added to 1
NUMERIC = {"value", "formula", "gradient", *(check for _, check, _ in EDGES)}  # what sees a number that is off

CENTRE = "the mean of the features, taken from both samples: the loss is the same for any other number"
SWEEP = "a sum within an iteration: what one potential gains by it the other loses, and the loss has both"


def _sweeps(first: int, iterations: int) -> Iterator[int]:
    """The sums of a Sinkhorn divergence's iterations; `first` is the first term of its three transports.

    That of p to q has two counts of rows, two sums an iteration, two more and two means; each of a sample to itself
    has half of these.
    """
    for potentials in (2, 1, 1):
        begin = first + potentials
        yield from range(begin, begin + potentials * iterations)
        first = begin + potentials * (iterations + 2)


WITHOUT_INFLUENCE = {  # (subject, term): why the loss does not depend on it
    **{
        (f"{variant}/{player}/dense", term): CENTRE
        for player, term in (("critic", 0), ("critic", 7), ("generator", 0))
        for variant in ("mmd-gan-gp", "mmd-gan-gp-other")
    },
    **{
        (f"{variant}/dense", term): SWEEP
        for variant, first, iterations in (
            ("sinkhorn/generator", 0, 10),
            ("sinkhorn-smoothed/generator", 0, 10),
            ("sinkhorn-other/generator", 0, 3),
            ("sinkhorn in latent space, Bernoulli decoder/autoencoder", 2, 3),
        )
        for term in _sweeps(first, iterations)
    },
}


@dataclass(frozen=True)
class Floor:
    """`floor` is the smallest perturbation that fails, None where even a doubled term passes; `leg` fails it."""

    method: str
    subject: str  # variant/player/architecture
    term: int
    floor: float | None
    leg: str

    @property
    def without_influence(self) -> str:
        """Why the loss does not depend on the term, or ''."""
        return WITHOUT_INFLUENCE.get((self.subject, self.term), "")

    @property
    def met(self) -> bool:
        """At most `REQUIRED`; of a term without influence, not so: else it is listed wrongly."""
        small = self.floor is not None and self.floor <= REQUIRED
        return small != bool(self.without_influence)


def players(methods: Sequence[str] = (), seed: int = 0) -> dict[tuple[str, str], list[Case]]:
    """(method, subject) -> the cases that see a number that is off, of every player on dense networks."""
    selection = Selection(
        Scope.STANDARD,
        levels=("objectives",),
        methods=tuple(methods),
        dtypes=("float64",),
        executions=("eager",),
        seed=seed,
    )
    found: dict[tuple[str, str], list[Case]] = {}
    for case in selection.cases():
        if case.subject.endswith("/dense") and (case.check or case.leg) in NUMERIC:
            found.setdefault((case.method, case.subject), []).append(case)
    return found


def measure(
    backend: Backend, methods: Sequence[str] = (), *, seed: int = 0, on_floor: Callable[[Floor], None] | None = None
) -> tuple[Floor, ...]:
    """The floor of every term of every player. Raises ValueError for a player in whose loss no term is seen."""
    floors = []
    for (method, subject), cases in players(methods, seed).items():
        for term in range(_terms(backend, cases)):
            floors.append(Floor(method, subject, term, *_floor(backend, cases, term)))
            if on_floor:
                on_floor(floors[-1])
    return tuple(floors)


def _terms(backend: Backend, cases: Sequence[Case]) -> int:
    counts = [0]
    run_case(cases[0], Session(changed(cases[0].player, perturbed(-1, 0.0, counts))(backend)))
    if not counts[-1]:
        raise ValueError(f"no term is seen in the loss of {cases[0].subject}")
    return counts[-1]


def _floor(backend: Backend, cases: Sequence[Case], term: int) -> tuple[float | None, str]:
    """By bisection on δ = 2^-k. Of terms that no δ betrays: None."""
    passes, fails, leg = FINEST + 1, -1, ""
    while passes - fails > 1:
        k = 0 if fails < 0 else (passes + fails) // 2
        seen = _seen(backend, cases, term, 2.0**-k)
        if not seen and k == 0:
            return None, ""
        passes, fails, leg = (passes, k, seen) if seen else (k, fails, leg)
    return 2.0**-fails, leg


def _seen(backend: Backend, cases: Sequence[Case], term: int, delta: float) -> str:
    """The leg of the first case that fails, or ''."""
    session = Session(changed(cases[0].player, perturbed(term, delta))(backend))
    failing = (case for case in cases if run_case(case, session).status in BAD)
    return next((case.id.rpartition("/")[2] for case in failing), "")
