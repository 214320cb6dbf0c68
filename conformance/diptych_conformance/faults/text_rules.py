"""Mistakes in the spec's schedules of learning rates, and in what is shown by averages."""

from diptych_conformance.faults.of_text import TextFault, of_term
from diptych_conformance.faults.text_models import of_model

TEXT_RULES: tuple[TextFault, ...] = (
    of_term(
        "a velocity of the gradient's share",
        "updates.py",
        'v = rule.momentum * slots["velocity"] + g',
        'v = rule.momentum * slots["velocity"] + (1 - rule.momentum) * g',
        "update by momentum",
    ),
    of_term(
        "decay that is corrected as a moment is",
        "updates.py",
        "p = p - rate * rule.weight_decay * p",
        "p = p - rate / correction(rule.beta1, t, xp=xp) * rule.weight_decay * p",
        "update by adamw",
    ),
    of_model(
        "a schedule that is a round ahead",
        "at_round(self._rules, players, self.round)",
        "at_round(self._rules, players, self.round + 1)",
        "ns-gan",
        "scheduled",
    ),
    of_model(
        "a schedule by steps for one by rounds",
        "at_round(self._rules, players, self.round)",
        "at_round(self._rules, players, self.round + self.turn)",
        "wgan-gp",
        "scheduled",
    ),
    of_model(
        "a schedule that begins where a run goes on",
        "self.nets, self.round, self.turn = nets, round, turn",
        "self.nets, self.turn = nets, turn",
        "ns-gan",
        "goes on",
    ),
    of_model(
        "a cosine of a whole wave",
        "left = (1 + cos(pi * min(1.0, t / self.rounds))) / 2",
        "left = (1 + cos(2 * pi * min(1.0, t / self.rounds))) / 2",
        "ns-gan",
        "scheduled",
        module="schedules",
    ),
    of_model(
        "a first round at the rate 0",
        "return (t + 1) / self.rounds * at(self.then, 0)",
        "return t / self.rounds * at(self.then, 0)",
        "ns-gan",
        "scheduled",
        module="schedules",
    ),
    of_model(
        "a schedule that has run on during the warm-up",
        "return at(self.then, t - self.rounds)",
        "return at(self.then, t)",
        "ns-gan",
        "scheduled",
        module="schedules",
    ),
    of_model(
        "samples of the weights in training",
        "weights, wanted = self.weights(), self.averages()",
        "weights, wanted = self.weights(), self.weights()",
        "ns-gan",
        "averaged",
    ),
    of_model(
        "averages beside the first statistics",
        "found = {role: dict(own) for role, own in weights.items()}",
        "found = {role: {n: a * 0 if 'mean' in n else a for n, a in own.items()} for role, own in weights.items()}",
        "ns-gan",
        "averaged",
        module="averages",
    ),
    of_model(
        "averages of a player who has not moved",
        '        if not state[f"{player.name}.updates"]:\n            continue\n',
        "",
        "wae-gan-pretrained",
        "averaged",
        module="averages",
    ),
    of_model(
        "averages of the first player alone",
        "    for player in players:\n",
        "    for player in tuple(players)[:1]:\n",
        "ns-gan",
        "averaged",
        module="averages",
    ),
)
