"""What the talk says, and whether these results agree: a difference of families, its interval over seeds."""

from collections.abc import Collection
from typing import Literal, NamedTuple

from experiments.precision_recall.methods import FAMILIES
from experiments.precision_recall.summary import LOWER, Table
from experiments.values import Value, over_seeds

Verdict = Literal["agrees", "does not agree", "not decided", "one seed, no interval"]


class Claim(NamedTuple):
    """`more` is better than `less` by each of the `numbers`."""

    text: str
    more: str
    less: str
    numbers: tuple[str, ...]


CLAIMS = (
    Claim("Dual methods are sharp, primal ones blur", "dual", "primal", ("sharpness", "distance")),
    Claim("Dual methods have the precision", "dual", "primal", ("precision", "f1/8", "good-samples")),
    Claim(
        "Primal methods cover the data, dual ones miss modes", "primal", "dual", ("recall", "f8", "modes-covered")
    ),
    Claim("Hybrids are sharper than primal methods", "hybrid", "primal", ("sharpness", "distance", "precision")),
    Claim("Hybrids cover more than dual methods", "hybrid", "dual", ("recall", "f8", "modes-covered")),
)


class Judged(NamedTuple):
    """`difference` is that of the claim's families, its sign such that above 0 the claim holds."""

    claim: Claim
    number: str
    difference: Value
    seeds: int
    verdict: Verdict


def verdict(differences: Collection[float]) -> Verdict:
    """Of the differences by seed: the 95 % interval of their mean lies above 0, below it, or holds it."""
    if len(differences) < 2:
        return "one seed, no interval"
    found = over_seeds(list(differences))
    if found.low > 0:
        return "agrees"
    return "does not agree" if found.high < 0 else "not decided"


def judge(table: Table) -> list[Judged]:
    """Every claim by every number of it that there is, where a seed has all of its runs."""
    judged = []
    for claim in CLAIMS:
        for number in (each for each in claim.numbers if each in table.names):
            by_seed = table.contrast(number, FAMILIES[claim.more], FAMILIES[claim.less])
            values = [-value if number in LOWER else value for value in by_seed.values()]
            if values:
                judged.append(Judged(claim, number, over_seeds(values), len(values), verdict(values)))
    return judged
