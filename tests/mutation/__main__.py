"""Mutates the spec or a backend, and lets the conformance suite alone kill the mutants.

    python -m tests.mutation run spec --sample 100 --seed 1 --out reports/mutation/spec.json
    python -m tests.mutation report --out docs/evidence/mutation.md reports/mutation/*.json
    python -m tests.mutation plant mistakes.json --backend torch --out reports/mutation/mistakes.json
    python -m tests.mutation unmet

Exit status: 0 where every survivor is in the ledger, and every function is met; 1 where not; 2 where nothing could
be run as asked.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .equivalents import entry_of, load, stale
from .killing import Outcome, suite
from .mutants import Mutant
from .planted import planted
from .report import judge, page, score
from .results import Results, survivors
from .sources import BACKENDS, all_mutants, sample

NOT_RUN = Outcome("", 0, 0.0)


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        return given.run(given)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _run(given: argparse.Namespace) -> int:
    """Kill what can be killed of a sample, or of those that survived an earlier run of it."""
    everything = all_mutants(given.target)
    backend = given.backend or BACKENDS[given.target]
    about = {"target": given.target, "population": len(everything), "sample": given.sample, "seed": given.seed}
    fresh = Results(given.out, {**about, "backend": backend})
    results = Results.read(given.out) if given.go_on or given.again else fresh
    if about.items() - results.about.items():
        raise ValueError(f"{given.out} is of another run: {results.about}")
    if backend not in results.about["backend"]:
        results.about["backend"] += f", survivors on {backend}"
    chosen = sample(everything, given.sample, given.seed)
    todo = survivors(chosen, results) if given.again else [m for m in chosen if results.of(m) is None]
    healthy = suite(backend, native=given.target != "spec")
    print(f"{len(todo)} of {len(everything)} mutants, {len(healthy.cases)} cases on {backend}", flush=True)
    known = load() if given.trust else []
    for number, mutant in enumerate(todo, 1):
        outcome = results.of(mutant) or NOT_RUN if entry_of(mutant, known) else healthy.kill(mutant)
        results.add(mutant, outcome)
        if not outcome.killed:
            print(f"survived {outcome.ran} cases: {mutant.id}", flush=True)
        if number % 10 == 0:
            results.write()
    results.write()
    judged = judge(chosen, results, load())
    print(f"{len(judged)} mutants, {score(judged):.1%} of those that are not equivalent are killed")
    return int(any(one.verdict == "survived" for one in judged))


def _plant(given: argparse.Namespace) -> int:
    """Kill mistakes that were written down, those in another backend aside."""
    other = {"torch": "backends/diptych_keras", "keras": "backends/diptych_torch"}[given.backend]
    mistakes = [m for m in planted(given.file) if not m.path.startswith(other)]
    native = {m: m.path.startswith("backends/") for m in mistakes}
    results = Results(given.out, {"mistakes": str(given.file), "backend": given.backend})
    for kind in sorted(set(native.values())):
        healthy = suite(given.backend, native=kind)
        for mistake in (m for m in mistakes if native[m] == kind):
            outcome = healthy.kill(mistake)
            results.add(mistake, outcome)
            print(f"{outcome.by or 'SURVIVED'} ({outcome.ran} cases): {mistake.id}", flush=True)
            results.write()
    left = len(survivors(mistakes, results))
    print(f"{len(mistakes)} mistakes, {left} survived")
    return int(left > 0)


def _unmet(given: argparse.Namespace) -> int:
    """Name what can be wrong in the spec and is called by no case of scope `standard`, eager, in PyTorch."""
    found = suite(BACKENDS["spec"], native=False).unmet(all_mutants("spec"))
    print("\n".join(found) or "each function of the spec is called by a case")
    return int(bool(found))


def _report(given: argparse.Namespace) -> int:
    """One page of several runs, and a look at the ledger."""
    entries, runs, everything = load(), [], list[Mutant]()
    for target in BACKENDS:
        everything += all_mutants(target)
    for entry in stale(entries, everything):
        raise ValueError(f"the ledger's entry fits no mutant: {entry.module}: {entry.before}  ->  {entry.after}")
    for path in given.results:
        results = Results.read(path)
        judged = judge(everything, results, entries)
        if len(judged) != len(results.outcomes):
            raise ValueError(f"{path} holds results of other sources than these: run it anew")
        runs.append((results, judged))
    given.out.write_text(page(runs, [_command(results) for results, _ in runs]))
    return int(any(one.verdict == "survived" for _, judged in runs for one in judged))


def _command(results: Results) -> str:
    about = results.about
    chosen = "" if about["sample"] is None else f" --sample {about['sample']} --seed {about['seed']}"
    return f"python -m tests.mutation run {about['target']}{chosen} --out {results.path}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(required=True)
    run = verbs.add_parser("run", help="run the suite on mutants")
    run.set_defaults(run=_run)
    run.add_argument("target", choices=BACKENDS)
    run.add_argument("--sample", type=int, help="so many mutants by chance; all of them where not given")
    run.add_argument("--seed", type=int, default=0)
    run.add_argument("--out", type=Path, required=True, metavar="FILE", help="the results, JSON")
    run.add_argument("--go-on", action="store_true", help="take up the results in FILE")
    run.add_argument("--trust", action="store_true", help="do not run what the ledger names: nothing kills it")
    run.add_argument("--backend", help="what the suite is run on, where not the usual one")
    run.add_argument("--again", action="store_true", help="run only the survivors of FILE again")
    plant = verbs.add_parser("plant", help="run the suite on mistakes of a file")
    plant.set_defaults(run=_plant)
    plant.add_argument("file", type=Path, help="a JSON list of {path, before, after, why}")
    plant.add_argument("--backend", choices=("torch", "keras"), default="torch")
    plant.add_argument("--out", type=Path, required=True, metavar="FILE", help="the results, JSON")
    unmet = verbs.add_parser("unmet", help="name the functions of the spec that no case calls")
    unmet.set_defaults(run=_unmet)
    report = verbs.add_parser("report", help="write the page of these results")
    report.set_defaults(run=_report)
    report.add_argument("results", type=Path, nargs="+")
    report.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
