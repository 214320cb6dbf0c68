"""One recipe: what it says of a run, and how a user's settings come before it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from diptych.schedules import is_schedule
from diptych_lab.records import Count, Strict, converted
from diptych_lab.rules import Choice

Value = int | float | str | bool | list[float]


class Rule(Strict, frozen=True, rename="kebab", omit_defaults=True):
    """Of the update rules; the fields are those of `diptych_lab.rules.Choice`."""

    optimizer: str | None = None
    learning_rate: float | None = None
    schedule: str | None = None
    warm_up: int | None = None
    weight_decay: float | None = None
    clip_norm: float | None = None
    ema: float | None = None
    accumulate: int | None = None


class Recipe(Rule, frozen=True, rename="kebab", omit_defaults=True):
    """What is None is left to the method; `set` are hyper-parameters, `players` rules of one player."""

    rounds: Count | None = None
    batch: Count | None = None
    latent: Count | None = None
    architecture: str | None = None
    width: Count | None = None
    set: Mapping[str, Value] = msgspec.field(default_factory=dict)
    players: Mapping[str, Rule] = msgspec.field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """As `diptych_lab.train` takes them, `rounds` aside."""
        own = _given(self)
        players = {name: _given(rule) for name, rule in own.pop("players", {}).items()}
        hyper = own.pop("set", {})
        own.pop("rounds", None)
        return own | ({"hyper": hyper} if hyper else {}) | ({"players": players} if players else {})

    def table(self) -> dict[str, Any]:
        """As a file has it: `read` gives the recipe again."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        players = found.pop("players", {})
        return found | players

    def completed(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """A user's `settings`, in which this recipe says what they leave open.

        What is given for all players also comes before what the recipe has for one of them, and a schedule that is
        given as an object before a schedule's name.
        """
        given = {name: value for name, value in settings.items() if value is not None}
        own = self.settings()
        if is_schedule(given.get("learning_rate")):
            own = {name: value for name, value in own.items() if name not in ("schedule", "warm_up")}
        general = given.keys() & Choice.__annotations__.keys()
        for player, rule in own.get("players", {}).items():
            own["players"][player] = {name: value for name, value in rule.items() if name not in general}
        for name in ("hyper", "players"):
            theirs = given.get(name, {})
            if isinstance(theirs, Mapping) and name in own:
                given[name] = _joined(own[name], theirs)
        return {**settings, **own, **given}

    def length(self, settings: Mapping[str, Any], rounds: int) -> int:
        """The rounds of a schedule without a length of its own, in a run of so many `rounds`.

        A schedule that is the recipe's has at least the recipe's rounds: a shorter run is the beginning of that
        run, and can go on as it.
        """
        return rounds if settings.get("schedule") else max(rounds, self.rounds or 0)

    def told(self, settings: Mapping[str, Any] = {}, rounds: int | None = None) -> str:
        """What of a run with these `settings`, and so many rounds, is the recipe's, nearly as one would type it."""
        given = {name: value for name, value in settings.items() if value is not None}
        decided = self.completed(settings)
        flat = {"rounds": self.rounds} if rounds is None and self.rounds else {}
        for name, value in self.settings().items():
            if name == "hyper":
                flat |= {n: v for n, v in value.items() if n not in (given.get("hyper") or {})}
            elif name == "players":
                for player in value:
                    flat |= {f"{player}-{n}": v for n, v in decided["players"][player].items()}
            elif name not in given and name in decided:
                flat[name] = value
        return ", ".join(f"{name.replace('_', '-')} {value}" for name, value in flat.items())


def read(*tables: Mapping[str, Any]) -> Recipe:
    """The recipe of TOML tables, of which a later one comes first. Raises ValueError, naming the field."""
    merged: dict[str, Any] = {}
    for table in tables:
        merged = _joined(merged, table)
    players = {name: value for name, value in merged.items() if isinstance(value, Mapping) and name != "set"}
    rest = {name: value for name, value in merged.items() if name not in players}
    return converted({**rest, "players": players}, Recipe)


def _joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both, the second's entries before the first's, in tables too."""
    found = dict(first)
    for name, value in second.items():
        own = found.get(name)
        found[name] = _joined(own, value) if isinstance(own, Mapping) and isinstance(value, Mapping) else value
    return found


def _given(rule: Rule) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(rule).items() if value not in (None, {})}
