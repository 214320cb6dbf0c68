"""The page that says which method is for which aim: what a method can do from its record, the rest from results."""

from collections.abc import Iterator, Sequence
from statistics import fmean

import diptych
from diptych import Method
from diptych_lab.recipes import Recipe, recipe_of
from diptych_lab.toys import TOYS
from experiments.evidence.page import TITLES
from experiments.evidence.plan import DATA
from experiments.evidence.records import Result
from experiments.evidence.summary import made, table_of, verdict
from experiments.tables import Table

FEW = 5  # methods that a list names
HEAD = """\
# Which method for which aim

Lists are of methods that work on all of the data below in the sense of [the evidence]({evidence}), where the
numbers come from: best first, {few} at most. A number is the mean over both frameworks and {seeds}. What is said is
said of these data, {data}, and of networks of two dense layers; images may rank otherwise, and
[precision against recall](precision_recall.md) is measured on its own page.
"""
REST = """\
## Two samples, and no model

To ask whether two samples are of one law, nothing needs to be trained: `metrics.mmd_test` and the classifier tests
have p-values, and [their intervals are examined](intervals.md). `F.mmd2_unbiased` and its neighbours are losses of
one line.

## Your own data

* **Points in the plane** of the size of one or a few: a run takes the method's [recipe](guide.md#recipes).
* **Pictures**: a run from 16 pixels on has convolutions. Methods with a recipe that was measured on them: {images}.
* **Tables**: columns are scaled by themselves; no recipe has been measured for them yet.
* **Few rows**: not measured yet. A critic of a method that works here has seen each row dozens of times.
"""


def choosing(results: Sequence[Result], evidence: str) -> str:
    """Markdown; `evidence` is the page of results, seen from this one."""
    tables = [table for name in DATA if name in TOYS and (table := table_of(name, results)).methods]
    common = [name for name in diptych.CATALOGUE if all(name in made(table) for table in tables)]
    good = [name for name in common if all(verdict(table, name).works == "works" for table in tables)]
    titles = [TITLES[table.data] for table in tables]
    data = " and ".join(title[0].lower() + title[1:] for title in titles)
    count = min((len(set(run.settings.seed for run in table.results)) for table in tables), default=0)
    seeds = "one seed" if count == 1 else f"{count} seeds"
    lines = [HEAD.format(evidence=evidence, few=FEW, data=data, seeds=seeds)]
    for title, of, number, unit, best_is_high in (
        ("Samples that are sharp", anything, "good-samples", "good samples", True),
        ("Samples that cover the data", anything, "w1", "W1", False),
        ("Codes and reconstructions, beside samples", encodes, "w1", "W1", False),
        ("A likelihood, or a bound on it", has_likelihood, "w1", "W1", False),
        ("No critic: one loss to watch", alone, "w1", "W1", False),
    ):
        chosen = [name for name in good if of(diptych.make(name))]
        lines += _section(title, chosen, tables, number, unit, best_is_high)
    images = ", ".join(f"`{name}`" for name in diptych.CATALOGUE if recipe_of("images", name) != Recipe())
    lines += [_fastest(good, tables), REST.format(images=images or "none"), *_failing(common, tables)]
    return "\n".join(lines).rstrip() + "\n"


def anything(method: Method) -> bool:
    return True


def encodes(method: Method) -> bool:
    return method.reconstruct is not None


def has_likelihood(method: Method) -> bool:
    return method.log_weights is not None


def alone(method: Method) -> bool:
    return len(method.players) == 1


def _section(
    title: str, names: Sequence[str], tables: Sequence[Table[Result]], number: str, unit: str, high: bool
) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    if not names:
        yield "No method that has this works on all of these data by a recipe that was tried."
        yield ""
        return
    ranked = sorted(names, key=lambda name: _mean(tables, name, number), reverse=high)[:FEW]
    yield f"| method | family | {' | '.join(f'{unit}, {table.data}' for table in tables)} |"
    yield "|---|---|" + "---|" * len(tables)
    for name in ranked:
        cells = " | ".join(f"{_of(table, name, number):.3g}" for table in tables)
        yield f"| [{name}](methods/{name}.md) | {diptych.make(name).family} | {cells} |"
    floor = " | ".join("-" if (v := table.floor(number)) is None else f"{v.value:.3g}" for table in tables)
    yield f"| the data themselves | | {floor} |"
    yield ""


def _fastest(names: Sequence[str], tables: Sequence[Table[Result]]) -> str:
    seconds = {name: fmean(_seconds(table, name) for table in tables) for name in names}
    told = ", ".join(f"`{name}` {seconds[name]:.0f}" for name in sorted(seconds, key=lambda n: seconds[n])[:FEW])
    return f"## Short training\n\nSeconds of one core, of those that work: {told or 'none'}.\n"


def _failing(names: Sequence[str], tables: Sequence[Table[Result]]) -> Iterator[str]:
    yield "## What does not work here"
    yield ""
    for table in tables:
        bad = [name for name in names if verdict(table, name).works == "fails"]
        told = ", ".join(f"`{name}`" for name in bad) or "none"
        yield f"* {TITLES[table.data]}: {told}."
    yield ""


def _mean(tables: Sequence[Table[Result]], name: str, number: str) -> float:
    return fmean(_of(table, name, number) for table in tables)


def _of(table: Table[Result], name: str, number: str) -> float:
    """The mean over frameworks and seeds."""
    return fmean(each.value for backend in table.backends for each in table.values(name, backend, number))


def _seconds(table: Table[Result], name: str) -> float:
    return fmean(run.seconds for backend in table.backends for run in table.of(name, backend))
