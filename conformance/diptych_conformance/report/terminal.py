"""The terminal: a line a group as it ends, every failure in full, a summary. Plain text, for logs as for people.

What is missing is counted only: a port begun has a thousand such cases, and the one that counts is the next.
"""

import sys
from collections.abc import Sequence
from typing import TextIO

from diptych.plain import plain
from diptych_conformance.core.result import BAD, Record, Result, Status, nearest
from diptych_conformance.report.changes import Changes
from diptych_conformance.report.guide import next_piece, remarks, said
from diptych_conformance.running.pairwise import Difference, Uncompared

LISTED = 10  # changes of a kind


class Terminal:
    """Call it with each record, in order; then `summary`."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self.stream = stream
        self._group: list[Record] = []

    def __call__(self, record: Record) -> None:
        if self._group and _group(self._group[-1]) != _group(record):
            self._flush()
        self._group.append(record)
        if record.status in BAD and record.status is not Status.MISSING:
            self._print(f"  {record.status.upper()}  {record.id}\n      {plain(said(record), ' ' * 6)}")

    def summary(self, result: Result) -> None:
        self._flush()
        counts = ", ".join(f"{count} {status}" for status, count in result.counts.items() if count)
        seconds = sum(record.seconds for record in result.records)
        verdict = result.verdict if result.conformant else result.verdict.upper()
        self._print(f"{result.backend}: {verdict}: {counts}; {seconds:.1f} s")
        for remark in remarks(result):
            self._print(f"  {remark}")
        if not result.conformant:
            self._print(f"\n{next_piece(result.records)}")

    def _flush(self) -> None:
        if not self._group:
            return
        records, self._group = self._group, []
        ran = [record for record in records if record.status is not Status.NOT_APPLICABLE]
        passed = sum(record.status is Status.PASSED for record in ran)
        counts = f"{passed}/{len(ran)} passed"
        missing, apart = sum(record.status is Status.MISSING for record in ran), len(records) - len(ran)
        counts += f", {missing} missing" if missing else ""
        counts += f", {apart} not applicable" if apart else ""
        seconds = sum(record.seconds for record in records)
        self._print(f"{' '.join(_group(records[0])):<34} {counts:<40} {_worst(ran):<32} {seconds:7.1f} s")

    def _print(self, line: str) -> None:
        print(plain(line), file=self.stream, flush=True)


def print_pairs(
    differences: Sequence[Difference], without: Sequence[Uncompared] = (), stream: TextIO = sys.stdout
) -> None:
    if differences:
        head = f"{'pair':<18} {'method':<10} {'what':<9} {'dtype':<8} {'compared':>8}  largest difference"
        print(f"\n{head}", file=stream)
    for d in differences:
        verdict = "" if d.passed else f"  FAILED, most in the problem {d.where}; its cases: {d.selected_by}"
        print(
            plain(f"{' ~ '.join(d.pair):<18}") + f" {d.method:<10} {d.kind:<9} {d.dtype:<8} {d.compared:>8}  "
            f"{d.error:.3g} of {d.allowed:.3g} eps{verdict}",
            file=stream,
            flush=True,
        )
    for pair in without:
        print(f"\n{plain(str(pair))}", file=stream, flush=True)


def print_changes(changed: Changes, stream: TextIO = sys.stdout) -> None:
    """Every case that newly fails, and some of what else changed."""
    print(f"\nagainst {changed.against}: {changed}", file=stream)
    for kind, some in changed.groups.items():
        shown = some if kind == "newly fails" else some[:LISTED]
        for c in shown:
            line = f"  {kind}: {c.backend} {c.name}: {c.before or 'none'} -> {c.after or 'none'}"
            print(plain(line), file=stream)
        if len(some) > len(shown):
            print(f"  {kind}: and {len(some) - len(shown)} more", file=stream)
    stream.flush()


def _group(record: Record) -> tuple[str, ...]:
    return (record.level, *filter(None, (record.method,)))


def _worst(records: Sequence[Record]) -> str:
    worst = nearest(records)
    return f"worst {worst.error:.3g} of {worst.allowed:.3g} eps" if worst else ""
