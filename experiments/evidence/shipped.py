"""The recipes that come with diptych, written from the results: of each method the best that was tried."""

from collections.abc import Sequence
from typing import Any

import tomli_w

import diptych
from experiments.evidence.plan import TUNED_ON, tables_of, tuning
from experiments.evidence.records import Result
from experiments.evidence.summary import best

HEAD = """\
# The best of the recipes in experiments/evidence/tried/{kind}.toml by docs/evidence/methods.md:
# python -m experiments.evidence recipes

"""


def recipes(kind: str, tuned: Sequence[Result]) -> str:
    """The TOML file of a kind of data."""
    data, tables = TUNED_ON[kind], tables_of(kind)
    chosen = {method: result for (name, method), result in best(tuned).items() if name == data}
    families = {diptych.make(method).family for method in chosen}
    found: dict[str, Any] = {name: tables[name] for name in ("dual", "primal", "hybrid") if name in families}
    for method in diptych.CATALOGUE:
        if method in chosen:
            found[method] = tables[method][_place(kind, method, chosen[method])]
    return HEAD.format(kind=kind) + tomli_w.dumps(found)


def _place(kind: str, method: str, result: Result) -> int:
    """Which of the recipes that were tried this result is of."""
    return [each.key for each in tuning([TUNED_ON[kind]], [method])].index(result.settings.key)
