"""The page of the experiment: a function of the results and of nothing else."""

from collections.abc import Iterator, Sequence

from experiments.precision_recall.methods import FAMILIES, FAMILY
from experiments.precision_recall.plan import BACKENDS, DATA, SEEDS
from experiments.precision_recall.records import Result, Settings
from experiments.precision_recall.summary import Table
from experiments.precision_recall.tuning import section
from experiments.precision_recall.verdicts import judge
from experiments.values import cell

SHOWN = ("precision", "recall", "density", "coverage", "f1/8", "f8")
OWN = ("sharpness", "distance", "good-samples", "modes-covered")  # of images, or of the ring
LABELS = {"f1/8": "F_1/8", "f8": "F_8"}
TITLES = {"ring": "A ring of eight Gaussians", "fashion-mnist": "Fashion-MNIST", "digits": "The digits"}
INTRODUCTION = """\
# Precision against recall: dual, primal and hybrid methods

I. Tolstikhin's talk *Implicit generative models: dual vs. primal approaches* (MLSS 2017) ends with a
comparison: dual methods, which play against a critic of samples, are sharp and miss modes; primal ones, which
reconstruct the data, cover them and blur. Here it is as an experiment. On a data set all methods have the same
data, the same generator (or decoder) network, as many rounds and the same batch.

`nox -s precision_recall` makes the results that are missing and writes this page and its figures from [the
results]({evidence}/results.jsonl), one run a line; no result was typed. A run that was cut off goes on
where it was, and a change of settings makes it anew. `nox -s precision_recall -- --seeds 0 --only ring` makes a
part.
"""
MEANING = """\
* **Dual**: {dual}. **Primal**: {primal}. **Hybrid**: {hybrid}. `ns-gan` is the GAN with the loss that does not
  saturate, `mmd-gan-gp` the MMD-GAN with a gradient penalty.
* **The ring**: eight Gaussians of standard deviation 0.1, their means on a circle of radius 2. A good sample lies
  within three standard deviations of a mean, and a mode is covered that has one.
* **Budget.** A round is one update of the generator. `wgan-gp` and `mmd-gan-gp` take several steps of the
  critic in it, each with a batch of its own: they see more of the data, and take that much more time.
* **Precision and recall** (Kynkäänniemi et al. 2019, k = 3), **density and coverage** (Naeem et al. 2020, k =
  5), **F_1/8**, of precision, and **F_8**, of recall, from the PRD curve (Sajjadi et al. 2018): see
  [metrics](metrics.md). All compare n samples with n rows that no run was trained on. The row "data" compares n
  other such rows with them: the best that can be had. On images the features are those of the [shipped
  classifier](evaluation.md), on the ring the points themselves.
* **Sharpness** of images: the variance over an image of the Laplacian's response (Pech-Pacheco et al. 2000),
  averaged over samples (Tolstikhin et al. 2018, section 4), divided by that of the data. Noise raises it as
  edges do. **Distance** on the ring: the median distance of a sample to the nearest mode, in standard
  deviations of a mode; 1.18 for the data's law.
* **Intervals** of 95 %: with two seeds or more Student's, over seeds; with one those of its samples, which do
  not say what another seed would give. The frameworks begin a seed alike, from the same weights, batches and
  noise.
"""


def page(results: Sequence[Result], tuned: Sequence[Result], evidence: str) -> str:
    """Markdown; `evidence` is the folder of results and figures, seen from the page."""
    lines = [INTRODUCTION.format(evidence=evidence)]
    tables = [table for name in TITLES if (table := Table(name, results)).results]
    for table in tables:
        lines += _of_data(table, evidence)
    lines += ["## How it was measured", "", MEANING.format(**_families())]
    lines += section(tuned) if tuned else []
    lines += ["## What is here", "", *_there(results, tables)]
    return "\n".join(lines).rstrip() + "\n"


def _families() -> dict[str, str]:
    return {family: ", ".join(f"`{method}`" for method in methods) for family, methods in FAMILIES.items()}


def _of_data(table: Table, evidence: str) -> Iterator[str]:
    yield f"## {TITLES[table.data]}"
    yield ""
    yield from _verdicts(table)
    yield f"![Precision against recall, PRD curves and sharpness]({evidence}/{table.data}.svg)"
    yield ""
    names = [name for name in (*SHOWN, *OWN) if name in table.names]
    yield f"| method | family | in | seeds | {' | '.join(LABELS.get(name, name) for name in names)} |"
    yield "|---|---|---|---|" + "---|" * len(names)
    for method in table.methods:
        for backend in table.backends:
            if count := len(table.of(method, backend)):
                cells = " | ".join(cell(table.value(method, backend, name)) for name in names)
                yield f"| `{method}` | {FAMILY[method]} | {backend} | {count} | {cells} |"
    yield f"| data | | | | {' | '.join(cell(table.floor(name)) for name in names)} |"
    yield ""
    for result in table.failed:
        yield f"* {result.settings.title} failed: {result.failed}"
    if table.failed:
        yield ""


def _verdicts(table: Table) -> Iterator[str]:
    """What the talk says, number by number: differences of family means, whose interval is over seeds."""
    judged = judge(table)
    if not judged:
        yield "No seed has all of its runs yet: nothing is said about the talk."
        yield ""
        return
    yield "| the talk | by | difference | seeds | these runs |"
    yield "|---|---|---|---|---|"
    for each in judged:
        number = LABELS.get(each.number, each.number)
        yield f"| {each.claim.text} | {number} | {cell(each.difference)} | {each.seeds} | **{each.verdict}** |"
    yield ""
    yield (
        "A difference is that of two family means, over methods and frameworks, seed by seed; its sign is such "
        "that above 0 the talk is right. These runs agree with it where the interval over seeds lies above 0, and "
        "do not agree where it lies below."
    )
    yield ""


def _there(results: Sequence[Result], tables: Sequence[Table]) -> Iterator[str]:
    """How many runs there are of those planned, their sizes, and what they were made with."""
    for table in tables:
        found = [result.settings for result in results if result.settings.data == table.data]
        seeds = ", ".join(map(str, table.seeds))
        planned = "" if table.data not in DATA else f" of {len(SEEDS) * len(BACKENDS) * len(FAMILY)}"
        yield f"* {TITLES[table.data]}: {len(found)}{planned} runs, seeds {seeds}; {'; '.join(_sizes(found))}."
    yield from (f"* Not there yet: {TITLES[name]}." for name in DATA if name not in {t.data for t in tables})
    for backend in sorted({result.settings.backend for result in results}):
        made = {_made(result) for result in results if result.settings.backend == backend}
        yield f"* {backend}: {' and '.join(sorted(made))}."


def _made(result: Result) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result.made.versions.items())
    return f"{versions}; {result.made.machine}"


def _sizes(found: Sequence[Settings]) -> list[str]:
    return sorted(
        {
            f"{s.rounds} rounds of batches of {s.batch}, networks `{s.architecture}` of width {s.width}, "
            f"{s.latent} latent dimensions, n = {s.n}"
            for s in found
        }
    )
