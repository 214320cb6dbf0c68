"""The numbers in a card's conventions: the sentence of the defaults, item by item, and what stands elsewhere.

"Defaults: w = 10, c in {1, 2}, five critic steps, Adam 1e-3 and 5e-4 with β1 = 0.5, batch 100." Of two rates the
second is the critics'.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from diptych_conformance.references.statement import ReferenceMethod

NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
COUNTS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "ten": 10.0}
FACTORS = {
    **dict.fromkeys(("half", "halves", "halved"), 0.5),
    "third": 1 / 3,
    "quarter": 0.25,
    "tenth": 0.1,
    "hundredth": 0.01,
    **dict.fromkeys(("twice", "double", "doubles", "doubled"), 2.0),
    **dict.fromkeys(("thrice", "triple", "triples", "tripled"), 3.0),
}
GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "lambda": "λ", "sigma": "σ", "varepsilon": "ε", "pi": "π"}
COUNTED = {  # things -> the hyper-parameter that says how many
    "critic step": "critic_steps",
    "critic steps": "critic_steps",
    "features": "features",
    "codes": "codes",
    "rounds": "pretrain",
    "iterations": "iterations",
    "dimensions of noise": "noise",
    "bases": "bases",
}
RULES = {"Adam": ("Adam", 0.9, 0.999, 1e-8), "RMSprop": ("RMSprop", 0.99, 1e-8)}
SAID = re.compile(r" ?\bDefaults(?: \([^)]*\))?: (.*?)\.(?= |$)")


EQUATION = re.compile(r"\S = \S")
AT_ONCE = re.compile(r"\bat once\b|\bsimultaneous\b")  # how a card says that its players move so


def numbers(text: str) -> list[float]:
    """The numbers of a text, in order: figures, and factors in words."""
    found = re.findall(rf"(?<![\w.]){NUMBER}|\b(?:{'|'.join(FACTORS)})\b", text.lower())
    return [FACTORS[number] if number in FACTORS else float(number) for number in found]


def elsewhere(conventions: str) -> list[float]:
    """The numbers of all but the sentence of the defaults, in order."""
    return numbers(SAID.sub("", conventions))


def unstated(conventions: str, words: Iterable[str]) -> Iterator[str]:
    """The sentences of all but the defaults that state an equation which none of the words has."""
    text = SAID.sub("", conventions)
    for stated in words:
        text = text.replace(stated, "")
    yield from (sentence.strip() for sentence in re.split(r"(?<=[.;:]) ", text) if EQUATION.search(sentence))


def wrong(
    conventions: str, letters: Mapping[str, str], hyper: Mapping[str, Any], stated: ReferenceMethod
) -> Iterator[str]:
    """The mistakes of a card: defaults that differ or cannot be read, and a wrong order of play."""
    if "order" not in hyper and bool(AT_ONCE.search(conventions)) != stated.simultaneous:
        yield f"the players move {'at once' if stated.simultaneous else 'in turn'}, and the card says otherwise"
    said = SAID.findall(conventions)
    if len(said) != 1:
        yield f"{len(said)} sentences say the defaults"
        return
    known = {_plain(letter): hyper[name] for letter, name in letters.items()}
    sentence = re.sub(r" \([^\d=][^)]*\)", "", said[0])
    for item in re.split(r"[,;] (?![^{(]*[})])", sentence):
        if not _holds(item, known, hyper, stated):
            yield f"the defaults say {item}"


def _plain(letter: str) -> str:
    return re.sub(r"\\([a-z]+)", lambda found: GREEK[found[1]], letter)


def _holds(item: str, known: Mapping[str, Any], hyper: Mapping[str, Any], stated: ReferenceMethod) -> bool:
    if found := re.fullmatch(r"(.+) in \{(.+)\}", item):
        return list(known.get(found[1], ())) == numbers(found[2])
    if found := re.fullmatch(rf"batch ({NUMBER})", item):
        return stated.batch == float(found[1])
    if found := re.fullmatch(rf"({NUMBER}|[a-z]+) ([a-z ]+)", item):
        count = COUNTS.get(found[1]) or float(found[1] if re.fullmatch(NUMBER, found[1]) else "nan")
        return hyper.get(COUNTED.get(found[2], "")) == count
    if found := re.fullmatch(rf"(Adam|RMSprop) ({NUMBER})(?: and ({NUMBER}))?(?: with (.+))?", item):
        return _rules(found, stated)
    *names, number = item.split(" = ")
    if names:
        return bool(re.fullmatch(NUMBER, number)) and all(known.get(name) == float(number) for name in names)
    return item in ("non-saturating", "held") and hyper.get("non_saturating", True) is True


def _rules(found: re.Match[str], stated: ReferenceMethod) -> bool:
    """Does the item state the update rules: one of all players, or one of the critics and one of the others?"""
    name, rate, critics, betas = found.groups()
    constants = list(RULES[name][1:])
    if betas and (one := re.fullmatch(rf"β1 = ({NUMBER})", betas)):
        constants[0] = float(one[1])
    elif betas and (two := re.fullmatch(rf"β = \(({NUMBER}), ({NUMBER})\)", betas)):
        constants[:2] = map(float, two.groups())
    elif betas:
        return False
    return all(
        plays.rule == (name, float(critics if critics and "critic" in player else rate), *constants)
        for player, plays in stated.players.items()
    )
