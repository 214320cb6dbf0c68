"""The mutants of a module: one change each, where a change can matter to what is computed.

Left alone, as no business of a conformance suite: what refuses bad input (a `raise`, the condition that leads only
to one, a function that can do nothing else, a call of `diptych.checks`), annotations, decorators, docstrings,
cards, the rank of a preset, protocols, imports.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import operators

Function = ast.FunctionDef | ast.Lambda
LABELS = frozenset({"name", "composition", "tolerance_reason"})  # words for people
NO_CONTEXT = "__import__('contextlib').nullcontext()"
UNSEEN = (ast.Raise, ast.Assert, ast.Import, ast.ImportFrom, ast.JoinedStr, ast.ExceptHandler)


@dataclass(frozen=True)
class Mutant:
    """`before` and `after` are the lines it changes, without indentation; `function` is the first line of the
    innermost function whose run meets the change, 0 where that is the module's import."""

    path: str
    line: int
    scope: str
    operator: str
    before: str
    after: str
    function: int
    source: str

    @property
    def id(self) -> str:
        return f"{self.path}:{self.line} in {self.scope or 'module'}: {self.before}  ->  {self.after}"


def mutants(
    path: str, source: str, guards: frozenset[str] = frozenset(), least: Mapping[str, int] | None = None
) -> list[Mutant]:
    """Every mutant of a module, in the order of its lines.

    `guards`: functions that only refuse (see `guard_names`); `least`: of other modules, what calls cannot be
    without (see `required`).
    """
    tree, lines, found = ast.parse(source), source.splitlines(keepends=True), {}
    known = operators.Known(_bound(tree), _defaults(tree), {**(least or {}), **required(tree)})
    for node, operator, text, scope, function in _walk(tree, guards | guard_names(tree), known):
        mutated = _replaced(lines, node, text)
        if mutated != source and mutated not in found:
            before = _joined(lines[node.lineno - 1 : node.end_lineno])
            last = len(mutated.splitlines()) - (len(lines) - node.end_lineno)
            after = _joined(mutated.splitlines()[node.lineno - 1 : last])
            found[mutated] = Mutant(path, node.lineno, scope, operator, before, after, function, mutated)
    return sorted(found.values(), key=lambda mutant: mutant.line)


def guard_names(tree: ast.Module) -> frozenset[str]:
    """Functions that give nothing and change nothing, but may raise."""
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(part, ast.Raise) for part in ast.walk(node))
        and not any(_acts(part) for part in ast.walk(node))
    )


def required(tree: ast.Module) -> dict[str, int]:
    """Functions and records of a module -> how many positional arguments they cannot be without."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = len(node.args.posonlyargs) + len(node.args.args) - len(node.args.defaults)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = sum(isinstance(part, ast.AnnAssign) and part.value is None for part in node.body)
    return found


def _defaults(tree: ast.Module) -> dict[str, str]:
    """The fields of a module's records that have a constant or an empty default, where all give the same."""
    found: dict[str, set[str]] = {}
    for record in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for part in record.body:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                plain = isinstance(part.value, ast.Constant | ast.Tuple)
                found.setdefault(part.target.id, set()).add(ast.unparse(part.value) if plain and part.value else "")
    return {name: text for name, (text, *others) in found.items() if text and not others}


def _acts(node: ast.AST) -> bool:
    match node:
        case ast.Return(value=value):
            return value is not None
        case ast.Assign(targets=targets):
            return not all(isinstance(target, ast.Name | ast.Tuple) for target in targets)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))):
            return not (isinstance(owner, ast.Call) and _name(owner.func) == "super")
        case _:
            return isinstance(node, ast.Yield | ast.YieldFrom | ast.With)


def _walk(
    tree: ast.Module, guards: frozenset[str], known: operators.Known
) -> Iterator[tuple[ast.AST, str, str, str, int]]:
    def visit(node: ast.AST, scope: str, function: int, ops: bool) -> Iterator[tuple[ast.AST, str, str, str, int]]:
        if _left_alone(node, guards):
            return
        for operator, text in operators.changes(node, known):
            yield node, operator, text, scope, function
        for operator, text in operators.held(node) if ops else ():
            yield node, operator, text, scope, function
        for place, operator, text in _by_place(node):
            yield place, operator, text, scope, function
        inner, inside = scope, function
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            inner = f"{scope}.{node.name}".lstrip(".")
        if isinstance(node, ast.FunctionDef):
            inside = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        elif isinstance(node, ast.Lambda):
            inside = node.lineno
        body, outside = _children(node)
        for child in outside:
            yield from visit(child, scope, function, ops)
        for child in body:
            yield from visit(child, inner, inside, (ops or _takes_ops(node)) and not _stops(node))

    yield from visit(tree, "", 0, False)


def _stops(node: ast.AST) -> bool:
    """Is its argument held already?"""
    return isinstance(node, ast.Call) and _name(node.func) == "stop"


def _takes_ops(node: ast.AST) -> bool:
    """Is it a function that is handed `ops`?"""
    return isinstance(node, Function) and any(argument.arg == "ops" for argument in node.args.args)


def _children(node: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """What runs when the node does, and what runs when it is met: a function's body, and its defaults."""
    match node:
        case ast.FunctionDef() | ast.Lambda():
            body = node.body if isinstance(node.body, list) else [node.body]
            return body, [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        case ast.ClassDef():
            return node.body, []
        case ast.AnnAssign():
            return [node.value] if node.value else [], []
        case _:
            return list(ast.iter_child_nodes(node)), []


def _left_alone(node: ast.AST, guards: frozenset[str]) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=func)) if _name(func) in guards:
            return True
        case ast.Assign(value=value) | ast.Expr(value=value) if _is_check(value):
            return True
        case ast.FunctionDef(name=name):
            return name in guards
        case ast.ClassDef(bases=bases):
            return any(_name(base) == "Protocol" for base in bases)
        case ast.Call(func=func):
            return _name(func) == "Card" or _is_check(node)
        case ast.Assign(targets=[ast.Name(id="__all__" | "RANK")]):
            return True
        case ast.If(body=body, orelse=[]):
            return all(isinstance(part, ast.Raise) for part in body)
        case ast.keyword(arg=name):
            return name in LABELS
        case _:
            return isinstance(node, UNSEEN)


def _is_check(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="checks"), attr=name)):
            return name != "is_schedule"  # which decides, and refuses nothing
        case ast.Tuple(elts=elements):
            return all(_is_check(element) for element in elements)
        case _:
            return False


def _by_place(node: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """What may be done to a part of `node` because of where it stands."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            tests, texts = [test], []
        case ast.comprehension(ifs=ifs):
            tests, texts = ifs, []
        case ast.Compare(left=left, comparators=comparators):
            tests, texts = (
                [],
                [left, *(e for c in comparators for e in (c.elts if isinstance(c, ast.Tuple) else [c]))],
            )
        case ast.keyword(value=value):
            tests, texts = [], [value]
        case ast.With(items=items):
            for item in items:
                if item.optional_vars is None:
                    yield item.context_expr, "drop context", NO_CONTEXT
            return
        case ast.FunctionDef(args=arguments):
            tests, texts = [], [*arguments.defaults, *arguments.kw_defaults]
        case _:
            return
    for test in tests:
        yield from ((test, *change) for change in operators.negation(test))
    for text in texts:
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield from ((text, *change) for change in operators.text_constant(text))


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _bound(tree: ast.Module) -> frozenset[str]:
    """The bare names a module's functions may use."""
    names = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    return frozenset(
        names | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} | {"min", "max"}
    )


def _replaced(lines: list[str], node: ast.AST, text: str) -> str:
    first, last = node.lineno - 1, node.end_lineno - 1  # the columns count bytes
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    text = f" {text}" if head[-1:].isalnum() else text  # as after `return`, which a sign may follow at once
    text = f"{text} " if tail[:1].isalnum() or tail[:1] == "." else text  # 0.item is no attribute
    return "".join([*lines[:first], head + text + tail, *lines[last + 1 :]])


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)
