"""What may be done to one node of a syntax tree: each operator gives (its name, the text in the node's place)."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Change = tuple[str, str]


@dataclass(frozen=True)
class Known:
    """What is known of the names that a node may use.

    `bound`: the bare names that its module defines. `fields`: those of the module's records that have a default,
    and its text. `least`: functions and records -> the positional arguments that they cannot be without.
    """

    bound: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)


ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
FUNCTIONS = {
    "sum": "mean",
    "mean": "sum",
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
    "exp": "expm1",
    "expm1": "exp",
    "log": "log1p",
    "log1p": "log",
    "softplus": "relu",
    "relu": "absolute",
    "absolute": "relu",
    "row_sum": "row_norm",
    "row_norm": "row_sum",
    "zeros_like": "ones_like",
    "ones_like": "zeros_like",
    "zeros": "ones",
    "ones": "zeros",
    "triu": "tril",
    "tril": "triu",
    "logical_and": "logical_or",
    "logical_or": "logical_and",
    "mmd2_biased": "mmd2_unbiased",
    "mmd2_unbiased": "mmd2_biased",
    "gradient_penalty": "one_sided_penalty",
    "one_sided_penalty": "gradient_penalty",
    "add_": "sub_",
    "mul_": "div_",
    "addcmul_": "addcdiv_",
    "addcdiv_": "addcmul_",
    "assign_add": "assign_sub",
    "assign_sub": "assign_add",
}


def changes(node: ast.AST, known: Known) -> Iterator[Change]:
    """Everything that may stand in the place of `node`."""
    match node:
        case ast.BinOp():
            yield from _arithmetic(node)
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield "drop sign", _text(node.operand)
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "and, or", _text(ast.BoolOp(other, node.values))
        case ast.Compare():
            yield from _comparison(node)
        case ast.Constant():
            yield from _constant(node)
        case ast.Call():
            yield from _call(node, known)
        case ast.Attribute(value=ast.Name(), attr=name, ctx=ast.Load()) if name in known.fields:
            yield "field's default", known.fields[name]
        case ast.stmt():
            yield from _statement(node)


def negation(test: ast.expr) -> Iterator[Change]:
    """Of a condition. A single comparison has a negation of its own."""
    if not isinstance(test, ast.Compare) and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
        yield "negate", _text(ast.UnaryOp(ast.Not(), test))


def text_constant(node: ast.Constant) -> Iterator[Change]:
    """Of a string that is compared, or chosen by name."""
    yield "string", repr(f"{node.value}*")


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    kind = type(node.op)
    if kind not in ARITHMETIC or any(_is_string(side) for side in (node.left, node.right)):
        return
    yield "arithmetic", _text(ast.BinOp(node.left, ARITHMETIC[kind](), node.right))
    yield "drop operand", _text(node.left)
    if kind in (ast.Add, ast.Mult):
        yield "drop operand", _text(node.right)


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for i, op in enumerate(node.ops):
        for other in COMPARISONS[type(op)]:
            yield (
                "comparison",
                _text(ast.Compare(node.left, [*node.ops[:i], other(), *node.ops[i + 1 :]], node.comparators)),
            )


def _constant(node: ast.Constant) -> Iterator[Change]:
    match node.value:
        case bool():
            yield "constant", repr(not node.value)
        case int():
            yield "constant", repr(node.value + 1)
        case float():
            yield "constant", repr(node.value * 1.01 if node.value else 1.0)


def held(node: ast.AST) -> Iterator[Change]:
    """What a network gives, or an encoder's code, held constant: of a node that has `ops` in scope."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="nets"))) | ast.Call(func=ast.Name(id="f" | "h")):
            yield "hold", f"ops.stop({ast.unparse(node)})"
        case ast.Attribute(value=ast.Name(id="code"), ctx=ast.Load()):
            yield "hold", f"ops.stop({ast.unparse(node)})"


def _call(node: ast.Call, known: Known) -> Iterator[Change]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    other = FUNCTIONS.get(name)
    if other and (isinstance(node.func, ast.Attribute) or other in known.bound):
        func = ast.Name(other) if isinstance(node.func, ast.Name) else ast.Attribute(node.func.value, other)
        yield "function", _text(ast.Call(func, node.args, node.keywords))
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return
    if node.args and name[:1].islower():
        yield "drop call", _text(node.args[0])
    elif isinstance(node.func, ast.Attribute) and name[:1].islower():
        yield "drop call", _text(node.func.value)
    if len(node.args) > 1:
        first, second, *rest = node.args
        yield "swap arguments", _text(ast.Call(node.func, [second, first, *rest], node.keywords))
    if len(node.args) > max(1, known.least.get(name, len(node.args))):
        yield "drop argument", _text(ast.Call(node.func, node.args[:-1], node.keywords))
    for keyword in node.keywords:
        if keyword.arg not in (None, "xp"):
            kept = [other for other in node.keywords if other is not keyword]
            yield "drop argument", _text(ast.Call(node.func, node.args, kept))


def _statement(node: ast.stmt) -> Iterator[Change]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign():
            yield "drop statement", "pass"
        case ast.Assign(targets=[ast.Name(id=name)]) if _mentions(node.value, name):
            yield "drop statement", "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "drop statement", "pass"


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _text(node: ast.AST) -> str:
    """In brackets where it could otherwise bind to what stands around it."""
    plain = isinstance(node, ast.Name | ast.Constant | ast.Call | ast.Attribute | ast.Subscript)
    text = ast.unparse(node)
    return text if plain and not text.startswith("-") else f"({text})"
