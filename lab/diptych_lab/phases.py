"""Runs that are too short: some player has no step yet, or a first phase is not over at the end."""

from collections.abc import Iterator, Mapping, Sequence

from diptych import Method, optimizers, schedules
from diptych.optimizers import Optimizer
from diptych_lab.rules import length


def unreached(method: Method, rules: Mapping[str, Optimizer], rounds: int) -> Iterator[str]:
    """One line for each player, phase or end of a schedule that a run of so many rounds does not reach."""
    waiting = [player for player in method.players if not player.steps.before(rounds)]
    for player in waiting:
        others = {role for other in method.players if other not in waiting for role in other.owns}
        stays = ", ".join(role for role in player.owns if role not in others)
        what = f", and {stays} will not be trained" * bool(stays)
        yield (
            f"{player.name} has no step in these {rounds} rounds, its first is in round {player.steps.first}"
            f"{what}; run more rounds, or shorten the phase before"
        )
    for player in method.players:
        steps = player.steps
        if not waiting and steps.early != steps.usual and steps.until >= rounds:
            yield (
                f"the first phase of {player.name}, of {steps.early} steps a round, ends with round "
                f"{steps.until - 1}: these {rounds} rounds are all of it"
            )
    for name, draw in method.noise.items():
        for value in vars(draw.law).values():
            last = getattr(value, "rounds", 0) if schedules.is_schedule(value) else 0
            if last > rounds:
                yield f"{name} follows {value}: these {rounds} rounds end before it does"
    for name, rule in rules.items():
        end = length({name: rule}) or rounds
        if end > rounds:
            yield f"{name} learns by {rule.learning_rate}: these {rounds} rounds end before it does"
        if end < rounds and not optimizers.at_round(rules, (name,), end)[name]:
            yield f"{name} learns by {rule.learning_rate}: its rate is 0 from round {end} on"


def untrained(networks: Sequence[str]) -> str:
    """A line about networks that no player has moved; '' where there are none."""
    return f"no player has moved {', '.join(networks)} yet: what comes of it is untrained" if networks else ""
