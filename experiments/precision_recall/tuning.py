"""What was tried of each method before the runs that count, and what came of it."""

from collections.abc import Iterator, Sequence

from experiments.precision_recall.methods import METHODS, Setting, tried
from experiments.precision_recall.records import Result, Value

SHOWN = ("precision", "recall", "density", "coverage")


def tuning_table(results: Sequence[Result]) -> Iterator[str]:
    """Lines of Markdown: each setting with its numbers; the first of a method, in bold, is the one that is used."""
    yield "## Settings that were tried"
    yield ""
    yield (
        "Short runs in one framework, of a seed that does not count, of settings that looked reasonable; all else "
        "is the method's default. The one in bold is used. The score is the harmonic mean of coverage and of "
        "density, at most 1: it is near 0 where either is, and settings were compared by it."
    )
    yield ""
    yield f"| data | method | setting | rounds | {' | '.join(SHOWN)} | score |"
    yield "|---|---|---|---|" + "---|" * (len(SHOWN) + 1)
    for data in dict.fromkeys(result.settings.data for result in results):
        for method in METHODS:
            for i, setting in enumerate(tried(data)[method]):
                for result in (each for each in results if _is_of(each, data, method, setting)):
                    numbers = result.numbers
                    values = [*(numbers.get(name) for name in SHOWN), score(numbers)]
                    cells = " | ".join("-" if v is None else f"{v.value:.3f}" for v in values)
                    name = f"**{spelled(setting)}**" if i == 0 else spelled(setting)
                    yield f"| {data} | `{method}` | {name} | {result.settings.rounds} | {cells} |"
    yield ""


def score(numbers: dict[str, Value]) -> Value | None:
    """The harmonic mean of density, at most 1, and coverage; None for a run that failed."""
    if not numbers:
        return None
    density, coverage = min(1.0, numbers["density"].value), numbers["coverage"].value
    value = 2 * density * coverage / (density + coverage) if density + coverage else 0.0
    return Value(value, value, value)


def spelled(setting: Setting) -> str:
    """``weight=1.0, rate=0.0005``"""
    rate = {} if setting.rate is None else {"rate": setting.rate}
    return ", ".join(f"{name}={value}" for name, value in (setting.hyper | rate).items()) or "defaults"


def _is_of(result: Result, data: str, method: str, setting: Setting) -> bool:
    s = result.settings
    return (s.data, s.method, s.hyper, s.rate) == (data, method, setting.hyper, setting.rate)
