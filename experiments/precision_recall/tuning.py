"""The setting of each method that is used: of those tried in short runs, the one with the best score."""

from collections.abc import Iterable, Iterator, Sequence

from experiments.precision_recall.methods import METHODS, Setting
from experiments.precision_recall.records import Result

SHOWN = ("precision", "recall", "density", "coverage")
TEXT = (
    "Before the runs that count, short ones (a fifth of the rounds, one framework, a seed that does not count) "
    "of some settings of each method; what is not named is the method's default. The score is the harmonic mean "
    "of coverage and of density, at most 1, which is near 0 where either is. The best, in bold, is used, for "
    "both frameworks and all seeds. A rate that would win in a longer run may lose in a short one."
)


def best(results: Iterable[Result]) -> dict[tuple[str, str], Setting]:
    """By data set and method the setting of the best score, the first of equal ones."""
    found: dict[tuple[str, str], tuple[float, Setting]] = {}
    for result in results:
        key, value = (result.settings.data, result.settings.method), score(result)
        if key not in found or value > found[key][0]:
            found[key] = value, setting(result)
    return {key: chosen for key, (_, chosen) in found.items()}


def score(result: Result) -> float:
    """2 d c / (d + c), d the density, at most 1, and c the coverage; -1 for a run that failed."""
    if result.failed:
        return -1.0
    d, c = min(1.0, result.numbers["density"].value), result.numbers["coverage"].value
    return 2 * d * c / (d + c) if d + c else 0.0


def setting(result: Result) -> Setting:
    return Setting(result.settings.hyper, result.settings.rate)


def section(results: Sequence[Result]) -> Iterator[str]:
    """Lines of Markdown: each setting that was tried, with its numbers."""
    used = best(results)
    yield from ("## Settings that were tried", "", TEXT, "")
    yield f"| data | method | setting | rounds | {' | '.join(SHOWN)} | score |"
    yield "|---|---|---|---|" + "---|" * (len(SHOWN) + 1)
    for result in sorted(results, key=lambda r: (r.settings.data, METHODS.index(r.settings.method))):
        s = result.settings
        mark = "**" if used[s.data, s.method] == setting(result) else ""
        cells = [f"{result.numbers[name].value:.3f}" if name in result.numbers else "-" for name in SHOWN]
        cells.append("failed" if result.failed else f"{score(result):.3f}")
        name = f"{mark}{spelled(setting(result))}{mark}"
        yield f"| {s.data} | `{s.method}` | {name} | {s.rounds} | {' | '.join(cells)} |"
    yield ""


def spelled(chosen: Setting) -> str:
    """``weight=1.0, rate=0.0005``"""
    rate = {} if chosen.rate is None else {"rate": chosen.rate}
    return ", ".join(f"{name}={value}" for name, value in (chosen.hyper | rate).items()) or "defaults"
