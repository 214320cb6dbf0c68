"""Mistakes that somebody wrote down, a text for another in one file: are they caught as mutants are?

The file is a JSON list of {"path", "before", "after", "why"}; `path` is relative to the root, and the file there
has `before` once.
"""

import ast
import json
from pathlib import Path

from .mutants import Mutant
from .sources import ROOT


def planted(file: Path, root: Path = ROOT) -> list[Mutant]:
    """The mistakes of a file as mutants.  ValueError, with its number in the list, where its text is not there."""
    return [_mutant(root, number, entry) for number, entry in enumerate(json.loads(file.read_text()), 1)]


def _mutant(root: Path, number: int, entry: dict[str, str]) -> Mutant:
    path, before, after = entry["path"], entry["before"], entry["after"]
    source = (root / path).read_text()
    if source.count(before) != 1:
        raise ValueError(f"mistake {number}: {path} has its `before` {source.count(before)} times, not once")
    mutated = source.replace(before, after)
    ast.parse(mutated)
    apart = (i for i, (a, b) in enumerate(zip(before, after + "\n", strict=False)) if a != b or i == len(after))
    same = next(apart, len(before))  # where something is added behind it, all of it stays
    line = source[: source.index(before) + same].count("\n") + 1
    scope, function = _place(ast.parse(source), line)
    return Mutant(path, line, scope, "planted", _joined(before), _joined(after), function, mutated)


def _place(tree: ast.Module, line: int) -> tuple[str, int]:
    """The innermost definition around a line, and the first line of the innermost function whose body meets it."""
    scope, function, body = "", 0, list[ast.AST](tree.body)
    while around := [n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef) and _holds(n, line)]:
        scope, body = f"{scope}.{around[0].name}".lstrip("."), list(around[0].body)
        if isinstance(around[0], ast.FunctionDef) and line >= around[0].body[0].lineno:
            function = min([around[0].lineno, *(d.lineno for d in around[0].decorator_list)])
    return scope, function


def _holds(node: ast.FunctionDef | ast.ClassDef, line: int) -> bool:
    assert node.end_lineno is not None
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]) <= line <= node.end_lineno


def _joined(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines())
