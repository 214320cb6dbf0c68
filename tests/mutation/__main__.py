"""Mutates the spec or a backend, and lets the conformance suite alone kill the mutants.

    python -m tests.mutation spec --sample 200 --seed 0 --out reports/mutation/spec.json

Exit status: 0 where every survivor is known to be equivalent, 1 where not, 2 where nothing could be run as asked.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .killing import suite
from .sources import BACKENDS, all_mutants, sample


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    everything = all_mutants(given.target)
    chosen = sample(everything, given.sample, given.seed)
    if given.module:
        chosen = [m for m in chosen if any(part in m.path for part in given.module)]
    if given.again:
        before = {r["id"] for r in json.loads(given.out.read_text()) if not r["by"]}
        chosen = [m for m in chosen if m.id in before]
    backend = given.backend or BACKENDS[given.target]
    healthy = suite(backend, compiled=given.compiled)
    print(f"{len(chosen)} of {len(everything)} mutants; {len(healthy.cases)} cases on {backend}", flush=True)
    results = json.loads(given.out.read_text()) if given.again else []
    done = {r["id"]: r for r in results}
    for i, mutant in enumerate(chosen):
        outcome = healthy.kill(mutant)
        done[mutant.id] = {"id": mutant.id, "path": mutant.path, "operator": mutant.operator, **asdict(outcome)}
        if not outcome.killed:
            print(f"{i} survived ({outcome.ran}): {mutant.id}", flush=True)
        if i % 50 == 49:
            given.out.write_text(json.dumps(list(done.values()), indent=1))
            print(i + 1, sum(1 for r in done.values() if r["by"]), len(done), flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(list(done.values()), indent=1))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("target", choices=BACKENDS)
    parser.add_argument("--backend")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--module", action="append")
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
