"""The page docs/evidence/mutation.md: how many mutants the suite kills, and what becomes of the others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .equivalents import Entry, entry_of
from .killing import Outcome
from .mutants import Mutant
from .results import Results

UNLOADED = "not loading"
HEAD = """# Mutation

Does the conformance suite see it when a formula is wrong? One change at a time is made to the source (a sign, an
operator, a constant, a function, an argument, a statement), and the suite alone, without this repository's other
tests, is run on the mutant until a case fails. This page is written by

```sh
{commands}
```

and `nox -s mutation` repeats it on a small sample. [architecture.md](../architecture.md#mutants) says what is
mutated, and why the tool is one of our own. **Score**: killed, of all that are neither equivalent nor apart from
the protocol; and the same of those mutants with which the package can be imported at all.

"""


@dataclass(frozen=True)
class Judged:
    """A mutant, what came of it, and its entry in the ledger if it survived."""

    mutant: Mutant
    outcome: Outcome
    entry: Entry | None

    @property
    def verdict(self) -> str:
        if self.outcome.killed:
            return "killed"
        return self.entry.kind if self.entry else "survived"


def judge(mutants: Sequence[Mutant], results: Results, entries: Sequence[Entry]) -> list[Judged]:
    """Of the mutants that have been run.  ValueError where one that is called equivalent was killed."""
    judged = []
    for mutant in mutants:
        outcome = results.of(mutant)
        if outcome is not None:
            judged.append(Judged(mutant, outcome, entry_of(mutant, entries)))
    for one in judged:
        if one.outcome.killed and one.entry and one.entry.kind == "equivalent":
            raise ValueError(f"called equivalent, but killed by {one.outcome.by}: {one.mutant.id}")
    return judged


def score(judged: Sequence[Judged]) -> float:
    """Killed, of all that are neither equivalent nor apart; 1 where there are none."""
    counts = Counter(one.verdict for one in judged)
    live = counts.total() - counts["equivalent"] - counts["apart"]
    return counts["killed"] / live if live else 1.0


def page(runs: Sequence[tuple[Results, Sequence[Judged]]], commands: Sequence[str]) -> str:
    parts = [HEAD.format(commands="\n".join(commands))]
    parts += ["\n".join(_summary(runs)), "\n"]
    for results, judged in runs:
        parts.append("\n".join(_target(results, judged)) + "\n")
    parts.append("\n".join(_lists([one for _, judged in runs for one in judged])))
    return "\n".join(parts).rstrip() + "\n"


def _summary(runs: Sequence[tuple[Results, Sequence[Judged]]]) -> Iterator[str]:
    yield "| mutated | suite on | mutants | run | killed | equivalent | apart | survived | score | of what loads |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for results, judged in runs:
        about, counts = results.about, Counter(one.verdict for one in judged)
        alive = counts["survived"] + counts["unreached"]
        wanted = about["population"] if about["sample"] is None else about["sample"]
        chosen = "all" if len(judged) == about["population"] else f"by chance, seed {about['seed']}"
        chosen += "" if len(judged) >= wanted else f"; stopped before {wanted}"
        loading = [one for one in judged if not (one.outcome.killed and _way(one.outcome.by) == UNLOADED)]
        yield (
            f"| {about['target']} | {about['backend']} | {about['population']} | {len(judged)} ({chosen}) "
            f"| {counts['killed']} | {counts['equivalent']} | {counts['apart']} | {alive} | {score(judged):.1%} "
            f"| {score(loading):.1%} |"
        )


def _target(results: Results, judged: Sequence[Judged]) -> Iterator[str]:
    ways = Counter(_way(one.outcome.by) for one in judged if one.outcome.killed)
    yield f"## {results.about['target']}\n"
    yield "Killed by " + ", ".join(f"{way} ({count})" for way, count in ways.most_common()) + ".\n"
    yield "| module | run | killed | equivalent or apart | survived |"
    yield "|---|---|---|---|---|"
    for path in dict.fromkeys(one.mutant.path for one in judged):
        counts = Counter(one.verdict for one in judged if one.mutant.path == path)
        alive = counts["survived"] + counts["unreached"]
        idle = counts["equivalent"] + counts["apart"]
        yield f"| `{path}` | {counts.total()} | {counts['killed']} | {idle} | {alive} |"


def _way(by: str) -> str:
    if "/" not in by:
        return {"time": "the time limit", "crash": "a crash"}.get(by, UNLOADED)
    level, *_, leg = by.split("/")
    return f"{level}, {leg.split('.')[0].split(' ')[0]}"


def _lists(judged: Sequence[Judged]) -> Iterator[str]:
    for verdict, title in (
        ("survived", "Survivors"),
        ("unreached", "Out of the suite's reach"),
        ("apart", "No part of the protocol"),
        ("equivalent", "Equivalent"),
    ):
        chosen = [one for one in judged if one.verdict == verdict]
        if chosen:
            yield f"## {title}\n"
        reasons = dict.fromkeys(one.entry.reason if one.entry else "" for one in chosen)
        for reason in reasons:
            if reason:
                yield f"**{reason}**\n"
            for one in chosen:
                if (one.entry.reason if one.entry else "") == reason:
                    yield f"* `{one.mutant.path}`, {one.mutant.scope or 'module'}: {_change(one.mutant)}"
            yield ""


def _change(mutant: Mutant) -> str:
    return f"`{mutant.before}` → `{mutant.after}`"
