"""The formulas of cards for a terminal: LaTeX converted to text of one line."""

import re
from collections.abc import Callable, Iterator

GAP, TIGHT = "\0", "\1"  # a space, after a letter or a closing bracket; no space, whatever follows

SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "theta": "θ",
    "lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "sigma": "σ",
    "varepsilon": "ε",
    "varphi": "φ",
    "int": "∫",
    "sum": "Σ",
    "nabla": "∇",
    "circ": "∘",
    "cdot": "·",
    "sim": "~",
    "mid": "|",
    "|": "‖",
    "rVert": "‖",
    "rangle": "⟩",
    "geq": "≥",
    "leftarrow": "←",
    "lVert": f"‖{TIGHT}",
    "langle": f"⟨{TIGHT}",
    "left": "",
    "right": "",
    ",": " ",
    " ": " ",
    "quad": "  ",
}
SYMBOLS |= {name: f"{GAP}{name}" for name in ("log", "exp", "max", "min", "tanh")}
APPLIED: dict[str, Callable[[str], str]] = {
    "mathbb": lambda of: f"{GAP}{of}",
    "mathrm": lambda of: f"{GAP}{of}",
    "text": lambda of: of.strip(),
    "sqrt": lambda of: f"√{_one(of)}",
    "hat": lambda of: f"{of}\u0302",
    "tilde": lambda of: f"{of}\u0303",
    "overline": lambda of: f"{GAP}mean({of})",
}


def plain(latex: str) -> str:
    """`latex` as text without commands and braces. KeyError for a command that no card uses."""
    text = "".join(_terms(re.findall(r"\\[a-zA-Z]+|\\.|.", latex)))
    text = re.sub(rf"(?<=[\w)\]‖²]){GAP}", " ", text)
    return re.sub(rf"{GAP}|{TIGHT} *", "", text)


def _terms(tokens: list[str]) -> Iterator[str]:
    """Yield the text of each token, or of each command with its arguments; both are removed from the list."""
    while tokens:
        token = tokens.pop(0)
        if token == "{":
            yield "".join(_terms(_group(tokens)))
        elif token in "^_":
            of = _one(_argument(tokens))
            yield "²" if token + of == "^2" else token + of
        elif token == r"\frac":
            quotient = f"{_one(_argument(tokens))}/{_one(_argument(tokens))}"
            yield f"({quotient})" if "(" in quotient else quotient
        elif token[0] == "\\":
            name = token[1:]
            yield APPLIED[name](_argument(tokens)) if name in APPLIED else SYMBOLS[name]
        else:
            yield token


def _argument(tokens: list[str]) -> str:
    while tokens[0] == " ":
        tokens.pop(0)
    token = tokens.pop(0)
    return "".join(_terms(_group(tokens) if token == "{" else [token]))


def _group(tokens: list[str]) -> list[str]:
    """The tokens up to the closing brace; they and the brace are removed from the list."""
    depth, inside = 1, []
    while depth:
        inside.append(tokens.pop(0))
        depth += (inside[-1] == "{") - (inside[-1] == "}")
    return inside[:-1]


def _one(text: str) -> str:
    """`text` in brackets, unless it is one letter, number or word, or already in brackets."""
    text = text.strip(GAP)
    return text if re.fullmatch(r"\w+[\u0302\u0303]?|\*|\([^()]*\)", text) else f"({text})"
