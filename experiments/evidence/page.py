"""The page: a function of the results and of nothing else."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from diptych_lab.evaluation.record import Made
from diptych_lab.recipes.recipe import read
from experiments.evidence.plan import BACKENDS, DATA, KIND, METHODS, plan
from experiments.evidence.records import Result
from experiments.evidence.summary import FAR, NEAR, PARTLY, WELL, best, made, table_of, verdict
from experiments.tables import Table
from experiments.values import cell

SHOWN: Mapping[str, Mapping[str, str]] = {  # kind of data -> number -> its heading
    "plane": {"w1": "W1", "good-samples": "good samples", "modes-covered": "modes", "modes-kl": "KL of modes"},
    "images": {name: name for name in ("fd", "precision", "recall", "density", "coverage")},
}
TITLES = {
    "ring": "A ring of eight Gaussians",
    "grid": "A grid of 25 Gaussians",
    "fashion-mnist": "Fashion-MNIST",
}
INTRODUCTION = """\
# Every method, shown to work or not to

Each method in both frameworks, by its recipe: the settings that `diptych train METHOD --data ring` has when no
others are given. `nox -s evidence` makes the results that are missing and writes this page and its figures from
[the results]({evidence}/results.jsonl), one run a line; no result was typed. A run that was cut off goes on where
it was, and a change of a recipe makes it anew. `nox -s evidence -- run --only ring --seeds 0` makes a part.
"""
NONE = """\
**None of these runs has been made yet.** Below are those that recipes were chosen by: of one framework, and of one
seed that does not count.
"""
MEANING = f"""\
* **W1**: the least mean distance at which samples are moved to the data (exact, a linear program), the mean of four
  parts of n samples; of two samples of the data themselves it is what the row "data" says.
* **Good samples** lie within three standard deviations of the centre of a mode; a **mode** is covered that has one;
  **KL of modes**: how unevenly the good samples fall on the modes, in nats.
* **Of images**: Fréchet distance (FD), precision, recall, density and coverage, of the [shipped
  classifier's](../evaluation.md) features, against rows that no run was trained on.
* **Works**: in the plane, every mode is covered in every run, and W1 is at most {NEAR:g} of the spread of the data,
  √E|x|²; of images, precision and coverage are at least {WELL:g} of what the data themselves have. In the mean over
  seeds, in the worse of the two frameworks. **In part**: at most {FAR:g}, at least {PARTLY:g}. **Fails**: worse, or
  a run that left the finite numbers.
* **Alike**: the means of W1, or of FD, in the two frameworks part by no more than the range of the seeds of one of
  them. "-" where a framework has fewer than two seeds.
* **Intervals** of 95 %: with two seeds or more Student's, over seeds; with one those of its samples, which do not
  say what another seed would give. Seconds are of one core, of the whole process of training, compilation included.
"""
RECIPES = """\
Runs of one seed that does not count, in one framework, on one data set of each kind: the recipe with the least W1,
or FD, in bold, comes with diptych, for every data set of the kind. What is not named is the method's own default.
"""


def page(results: Sequence[Result], tuned: Sequence[Result], evidence: str) -> str:
    """Markdown; `evidence` is the folder of results and figures, seen from the page."""
    lines = [INTRODUCTION.format(evidence=evidence)]
    lines += [] if results else [NONE]
    for name in DATA:
        if made(table := table_of(name, results)):
            lines += _of_data(table, evidence)
    lines += ["## How it was measured", "", MEANING]
    lines += ["## Recipes that were tried", "", RECIPES, *_tried(tuned)] if tuned else []
    lines += ["## What is here", "", *_there(results)]
    return "\n".join(lines).rstrip() + "\n"


def _of_data(table: Table[Result], evidence: str) -> Iterator[str]:
    verdicts = {method: verdict(table, method) for method in made(table)}
    count = Counter(each.works for each in verdicts.values())
    yield f"## {TITLES[table.data]}"
    yield ""
    yield f"Of {len(verdicts)} methods, {count['works']} work, {count['in part']} in part, {count['fails']} do not."
    yield ""
    if any(result.points for result in table.results):
        yield f"![Samples of every method, over the data]({evidence}/{table.data}.png)"
        yield ""
    shown = SHOWN[KIND[table.data]]
    yield f"| method | | alike | in | seeds | {' | '.join(shown.values())} | seconds |"
    yield "|---|---|---|---|---|" + "---|" * (len(shown) + 1)
    for method, found in verdicts.items():
        same = "-" if found.alike is None else "yes" if found.alike else "**no**"
        for backend in table.backends:
            if runs := table.of(method, backend):
                cells = " | ".join(cell(table.value(method, backend, name)) for name in shown)
                seconds = f"{sum(run.seconds for run in runs) / len(runs):.0f}"
                yield f"| `{method}` | {found.works} | {same} | {backend} | {len(runs)} | {cells} | {seconds} |"
    yield f"| data | | | | | {' | '.join(cell(table.floor(name)) for name in shown)} | |"
    yield ""
    for result in table.failed:
        yield f"* {result.settings.title} failed: {result.failed}"
    if table.failed:
        yield ""


def _tried(tuned: Sequence[Result]) -> Iterator[str]:
    chosen = best(tuned)
    for data in dict.fromkeys(result.settings.data for result in tuned):
        shown = SHOWN[KIND[data]]
        yield f"| {data} | recipe | rounds | {' | '.join(shown.values())} |"
        yield "|---|---|---|" + "---|" * len(shown)
        own = (result for result in tuned if result.settings.data == data)
        for result in sorted(own, key=lambda each: METHODS.index(each.settings.method)):
            s = result.settings
            mark = "**" if chosen[s.data, s.method] is result else ""
            cells = " | ".join("failed" if result.failed else cell(result.numbers.get(name)) for name in shown)
            yield f"| `{s.method}` | {mark}{read(s.recipe).told() or 'defaults'}{mark} | {s.rounds} | {cells} |"
        yield ""


def _there(results: Sequence[Result]) -> Iterator[str]:
    """How many runs there are of those planned, and what they were made with."""
    for name in DATA:
        planned = len([*plan([name])])
        found = [result for result in results if result.settings.data == name]
        seeds = ", ".join(map(str, sorted({result.settings.seed for result in found})))
        yield f"* {TITLES[name]}: {len(found)} of {planned} runs" + (f", seeds {seeds}." if found else ".")
    for backend in BACKENDS:
        by = {_with(result.made) for result in results if result.settings.backend == backend}
        yield from (f"* {backend}: {each}." for each in sorted(by))


def _with(made: Made) -> str:
    return ", ".join(f"{name} {version}" for name, version in made.versions.items()) + f"; {made.machine}"
