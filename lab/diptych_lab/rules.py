"""The update rules of a run: a method's own, with what a user changes for all players or for one."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypedDict

from diptych import checks, optimizers
from diptych.method import Method
from diptych.optimizers import OPTIMIZERS, AdamW, Optimizer
from diptych.schedules import Cosine, Linear, Schedule, Staircase, WarmUp, is_schedule
from diptych.suggestion import suggestion

SCHEDULES = "constant, linear[:ROUNDS[:END]], cosine[:ROUNDS[:END]] or step:EVERY[:FACTOR]"


class Choice(TypedDict, total=False):
    """What a user may choose of a rule. What is None stays as it is."""

    optimizer: str | Optimizer | None
    learning_rate: float | Schedule | None
    schedule: str | None
    warm_up: int | None
    weight_decay: float | None
    clip_norm: float | None
    ema: float | None
    accumulate: int | None


def rules(
    method: Method, common: Mapping[str, Any], players: Mapping[str, Mapping[str, Any]] | None, rounds: int | None
) -> dict[str, Optimizer]:
    """The rule of each player: its own, changed by the `common` choice, and by its own one of `players`.

    `rounds` is the length of a schedule that is given none. Raises ValueError, naming the setting and what it may
    be.
    """
    players = {} if players is None else players
    checks.by_name("players", players, "settings by player, such as {'critic': {'learning_rate': 1e-4}}")
    for name, choice in players.items():
        there = [player.name for player in method.players]
        if name not in there:
            raise ValueError(f"method {method.name!r} has no player {name!r}; it has {', '.join(there)}")
        checks.by_name(f"settings of player {name!r}", choice, "a mapping, such as {'learning_rate': 1e-4}")
        checks.known(f"settings of player {name!r}", choice, Choice.__annotations__)
    found = {}
    for player in method.players:
        choice = {**common, **_given(players.get(player.name, {}))}
        try:
            found[player.name] = _rule(player.optimizer, choice, rounds)
        except ValueError as error:
            raise ValueError(f"{player.name}: {error}" if len(method.players) > 1 else str(error)) from None
    return found


def _given(choice: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in choice.items() if value is not None}


def _rule(default: Optimizer, choice: Mapping[str, Any], rounds: int | None) -> Optimizer:
    """`default`, changed by the choice."""
    chosen = _given(choice)
    rule = _kind(chosen.pop("optimizer", default), default)
    rate, shape, warm_up = (chosen.pop(name, None) for name in ("learning_rate", "schedule", "warm_up"))
    rate = rule.learning_rate if rate is None else rate
    if shape is not None or warm_up:
        rate = scheduled(rate, shape or "constant", warm_up or 0, rounds)
    if "weight_decay" in chosen and not isinstance(rule, AdamW):
        raise ValueError(
            f"weight_decay is of the rule adamw, and not of {type(rule).__name__.lower()}: take the optimizer adamw"
        )
    return replace(rule, learning_rate=rate, **chosen)


def _kind(chosen: Any, default: Optimizer) -> Optimizer:
    """The rule of that name, what it has in common with `default` as that has it; or the rule that is handed in."""
    if isinstance(chosen, str):
        if chosen not in OPTIMIZERS:
            raise ValueError(f"unknown optimizer {chosen!r}{suggestion(chosen, OPTIMIZERS)}")
        kind = OPTIMIZERS[chosen]
        there = {f.name: getattr(default, f.name) for f in fields(default)}
        return kind(**{f.name: there[f.name] for f in fields(kind) if f.name in there})
    optimizers.check_rule("optimizer", chosen)
    found: Optimizer = chosen
    return found


def scheduled(rate: float | Schedule, text: str, warm_up: int, rounds: int | None) -> float | Schedule:
    """The learning rate from `rate` on as `text` has it, after so many rounds of warm-up.

    ``linear:2000:0.1`` and ``cosine:2000:0.1`` come to 0.1 of the rate in round 2000, warm-up included, and to 0
    where END is left out; ``step:500:0.5`` halves it every 500 rounds after the warm-up, ``step:500`` leaves 0.1.
    Raises ValueError for another text, and for a length that leaves nothing after the warm-up.
    """
    warm_up = checks.whole("warm_up", warm_up, 0)
    if is_schedule(rate):
        raise ValueError(f"the learning rate {rate} is a schedule already: leave schedule and warm_up out")
    rate = checks.positive("learning_rate", rate)
    found = _after(rate, text, warm_up, rounds)
    return WarmUp(warm_up, found) if warm_up else found


def lengths(rules: Mapping[str, Optimizer]) -> tuple[int, ...]:
    """The rounds in which their schedules come to an end, the last first."""
    return tuple(sorted({end for rule in rules.values() if (end := _end(rule.learning_rate))}, reverse=True))


def length(rules: Mapping[str, Optimizer]) -> int | None:
    """The round in which the last of their schedules comes to its end; None where none does."""
    return next(iter(lengths(rules)), None)


def _end(rate: float | Schedule) -> int | None:
    match rate:
        case Linear() | Cosine():
            return rate.rounds
        case WarmUp():
            return rate.rounds + (_end(rate.then) or 0)
    return None


def _after(rate: float, text: str, warm_up: int, rounds: int | None) -> float | Schedule:
    """What follows the warm-up."""
    kind, *numbers = str(text).split(":")
    try:
        match kind, [float(number) for number in numbers]:
            case "constant", []:
                return rate
            case "step", [every]:
                return Staircase(rate, 0.1, _whole(every))
            case "step", [every, factor]:
                return Staircase(rate, factor, _whole(every))
            case ("linear" | "cosine") as shape, [*given] if len(given) <= 2:
                last = _whole(given[0]) if given else rounds
                if last is None:
                    raise ValueError(f"it needs its length: {shape}:2000")
                if last <= warm_up:
                    raise ValueError(f"its {last} rounds, of which {warm_up} are warm-up, leave none")
                end = rate * checks.non_negative("END", given[1] if len(given) == 2 else 0.0)
                return (Linear if shape == "linear" else Cosine)(rate, end, last - warm_up)
    except ValueError as error:
        raise ValueError(f"schedule {text!r}: {error}") from None
    raise ValueError(f"schedule must be {SCHEDULES}, got {text!r}")


def _whole(number: float) -> int:
    return checks.whole("a number of rounds", int(number) if number.is_integer() else number)
