r"""The tokens of a formula's LaTeX, and a cursor over them, which reads names."""

import re

TOKEN = re.compile(r"\\(?:mathrm|mathbb)\{[A-Za-z]+\}|\\[a-zA-Z]+|\\.|[a-zA-Z]'?|\d+(?:\.\d+)?|[^\s]")
SPACING = {r"\,", r"\ ", r"\quad", r"\left", r"\right"}
CLOSING = {")": "(", "]": "[", "}": "{", r"\rVert": r"\lVert", r"\rangle": r"\langle"}
SEPARATORS = (",", ";", r"\mid", r"\|")  # of arguments
FUNCTIONALS = (r"\mathrm{MMD}_b^2", r"\mathrm{MMD}_u^2")  # whose square is part of the name
ENDS = {"+", "-", "=", "|", *SEPARATORS, *CLOSING}


def tokens(latex: str) -> list[str]:
    return [token for token in TOKEN.findall(latex) if token not in SPACING]


def split(tokens: list[str], at: str) -> list[list[str]]:
    """The tokens between those `at`, outside of brackets."""
    parts, depth = [list[str]()], 0
    for token in tokens:
        depth += (token in CLOSING.values()) - (token in CLOSING)
        if token == at and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


class Cursor:
    """Takes tokens from the left."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        """The next token, if it is wanted."""
        token = self.peek()
        if wanted and token not in wanted:
            return ""
        if not token:
            raise ValueError(f"something is missing after {' '.join(self.tokens)}")
        self.at += 1
        return token

    def must(self, *wanted: str) -> None:
        """The next tokens are these."""
        for token in wanted:
            if not self.take(token):
                raise ValueError(f"{token!r} is missing in {' '.join(self.tokens)}")

    def name(self) -> str:
        """A letter with its hat, its index, and what else belongs to a name."""
        name = self.take()
        if name in (r"\hat", r"\tilde"):
            name += f" {self.take()}"
        elif not re.fullmatch(r"[a-zA-Z]'?|\\mathrm\{\w+\}|\\[a-z]+", name):
            raise ValueError(f"{name!r} is no name, in {' '.join(self.tokens)}")
        if self.take("_"):
            index = ""
            if self.take("{"):
                while not self.take("}"):
                    index += self.take()
            name += f"_{index or self.take()}"
        if self.peek() == "^" and (self.peek(1) == "*" or f"{name}^{self.peek(1)}" in FUNCTIONALS):
            name += self.take() + self.take()
        return name
