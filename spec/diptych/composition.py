"""A method as a record of JSON: which constructors made it, of which arguments; and the method of such a record.

    {"constructor": "dual", "arguments": {"divergence": {"constructor": "divergences.wasserstein_gp", ...}, ...}}

Arguments are numbers, words, None, lists and further records. A record holds every argument that its constructor
has. A constructor goes by the place that it is imported from, below `diptych`. It is looked up in `CONSTRUCTORS`
and nowhere else, so that a file names nothing but what is public here. Functions of a user's own have no record.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from math import isfinite
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from diptych import algebra, costs, divergences, kernels, noise, optimizers, schedules
from diptych.algebra import encoders
from diptych.algebra.dual import dual
from diptych.algebra.hybrid import hybrid
from diptych.algebra.primal import primal
from diptych.divergences import FDivergence
from diptych.kernels import Kernel
from diptych.method import Method, Steps
from diptych.methods.catalogue import CATALOGUE
from diptych.networks import layers, network
from diptych.schedules import Schedule
from diptych.suggestion import nearest
from diptych.typing import KernelFunction


def _is_layer(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, layers.Layer) and found is not layers.Layer


_PUBLIC = {
    costs: "bernoulli_nll cross_entropy gaussian_nll l1_distance l2_distance squared_l2",
    kernels: "classical_inverse_multiquadratic energy inverse_multiquadratic laplacian linear multiple plus "
    "polynomial rational_quadratic rbf rbf_from_zero times",
    divergences: " ".join(sorted({*divergences.__all__} - {"Divergence", "FDivergence"})),
    algebra: "LearnedCost adversarial_kl aggregate conditional_kl",
    encoders: "deterministic gaussian implicit separable",
    schedules: "Cosine Geometric Lazy Linear Staircase WarmUp",
    optimizers: "Adam AdamW Momentum RMSprop SGD",
    noise: "Constant Normal Uniform",
    layers: " ".join(sorted(name for name in layers.__all__ if _is_layer(getattr(layers, name)))),
    network: "Network",
}
# name -> a function, the class of a record that holds no functions, or a row of the table of f-divergences
CONSTRUCTORS: Mapping[str, Any] = {
    f"{module.__name__}.{name}".removeprefix("diptych."): getattr(module, name)
    for module, names in _PUBLIC.items()
    for name in names.split()
} | {
    **{f"methods.{preset.__name__}": preset for preset in CATALOGUE.values()},
    "dual": dual,
    "hybrid": hybrid,
    "primal": primal,
    "method.Steps": Steps,
}
_LISTS = (Sequence, tuple)  # annotations of several values of one kind
_NAMES = {id(value): name for name, value in CONSTRUCTORS.items()}
# Of the fields of a method that `dual`, `primal` and `hybrid` take as `settings`, those that a file can hold.
_SETTINGS = {"order": str, "batch": int, "tolerance": float, "tolerance_reason": str}
# The classes that serve where an annotation is a protocol.
_KINDS: Mapping[Any, tuple[type, ...]] = {
    Schedule: tuple(getattr(schedules, name) for name in _PUBLIC[schedules].split()),
    noise.Law: (noise.Normal, noise.Uniform, noise.Constant),
    KernelFunction: (Kernel,),
}


def to_record(method: Method) -> dict[str, Any]:
    """What made `method`, as values of JSON.

    ValueError, naming the argument, where some part was made by no constructor of diptych: a function or a record
    of a user's own, or one changed by `dataclasses.replace`.
    """
    record: dict[str, Any] = written(method, Method, "the method")
    return record


def is_composed(method: Method) -> bool:
    """Has it a record? Then no code of a user's own is in it."""
    try:
        to_record(method)
    except ValueError:
        return False
    return True


def from_record(record: Any) -> Method:
    """The method that has this record.  ValueError, naming constructor and argument, where none can have it."""
    method = read(record, "the composition")
    if not isinstance(method, Method):
        raise ValueError(f"the composition must be of a method, got a {type(method).__name__}")
    return method


def read(record: Any, what: str) -> Any:
    """What `written` wrote: a number, a word, or what a constructor makes.  ValueError, with `what`, for others."""
    try:
        return _read(record, what)
    except RecursionError:
        raise ValueError(f"{what} is nested too deeply") from None


def entries(record: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Constructors, and arguments that are no records, by their path: ``latent.divergence.weight``."""
    yield path or "constructor", record["constructor"]
    for name, value in record["arguments"].items():
        inner = f"{path}.{name}" if path else name
        if isinstance(value, Mapping):
            yield from entries(value, inner)
        else:
            yield inner, value


def written(value: Any, kind: Any, what: str) -> Any:
    """A value of the annotation `kind`, as values of JSON.  ValueError, naming `what`, where it has no record."""
    if isinstance(value, int) and not isinstance(value, bool) and _fits(0.5, kind):
        return float(value)  # 1 and 1.0 are one record
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and isfinite(value)):
        return value
    if isinstance(value, tuple) and get_origin(kind) in _LISTS:
        return [written(each, get_args(kind)[0], what) for each in value]
    constructor, arguments = _made_by(value)
    name = _NAMES.get(id(constructor))
    if name is None:
        part = getattr(value, "__name__", None) or f"this {type(value).__name__}"
        raise ValueError(f"{what}: {part} was made by no function of diptych, or was changed afterwards")
    kinds = _kinds(constructor)
    for argument in arguments:
        if argument not in kinds:
            raise ValueError(f"{argument} of {name} has no record")
    told = {each: written(value, kinds[each], f"{each} of {name}") for each, value in arguments.items()}
    return {"constructor": name, "arguments": told}


def _made_by(value: Any) -> tuple[Any, Mapping[str, Any]]:
    """What gave this value, and its arguments."""
    if isinstance(value, FDivergence) and id(value) in _NAMES:
        return value, {}
    if is_dataclass(value) and id(type(value)) in _NAMES:
        told = {each: getattr(value, each.name) for each in fields(value)}
        # settings that came after the first records are written where they are chosen, so that those stay equal
        return type(value), {f.name: own for f, own in told.items() if not (f.kw_only and own == f.default)}
    made = getattr(value, "construction", None)
    return (made.constructor, made.arguments) if made else (None, {})


def _read(record: Any, what: str) -> Any:
    if record is None or isinstance(record, bool | int | float | str):
        return record
    if isinstance(record, list):
        return tuple(_read(each, what) for each in record)
    if not isinstance(record, Mapping) or record.keys() != {"constructor", "arguments"}:
        raise ValueError(f"{what} must be a number, a word, a list, or a record of constructor and arguments")
    name, given = record["constructor"], record["arguments"]
    if not isinstance(name, str) or name not in CONSTRUCTORS:
        raise ValueError(f"{what}: diptych has no constructor {name!r}{nearest(str(name), CONSTRUCTORS)}")
    if not isinstance(given, Mapping):
        raise ValueError(f"{what}: the arguments of {name} must be given by name")
    constructor, kinds, arguments = CONSTRUCTORS[name], _kinds(CONSTRUCTORS[name]), {}
    for argument, said in given.items():
        if argument not in kinds:
            raise ValueError(f"{what}: {name} has no argument {argument!r}{nearest(str(argument), kinds)}")
        value = arguments[argument] = _read(said, f"{argument} of {name}")
        if not _fits(value, kinds[argument]):
            shown = value if value is None or isinstance(value, int | float | str) else type(value).__name__
            raise ValueError(f"{argument} of {name} is of another type: {shown!r}")
    if isinstance(constructor, FDivergence):
        return constructor
    try:
        return constructor(**arguments)
    except (TypeError, OverflowError) as error:  # an argument is missing, or an integer is no float
        raise ValueError(f"{what}: {error}") from None


def _kinds(constructor: Any) -> dict[str, Any]:
    """The arguments of a constructor, with their types."""
    if isinstance(constructor, FDivergence):
        return {}
    kinds = get_type_hints(constructor)
    if isinstance(constructor, type):
        return {each.name: kinds[each.name] for each in fields(constructor)}
    settings = _SETTINGS if "settings" in kinds else {}
    return {name: kind for name, kind in kinds.items() if name not in ("settings", "return")} | settings


def _fits(value: Any, kind: Any) -> bool:
    """Is it of this annotation?"""
    if get_origin(kind) is Literal:
        return isinstance(value, str) and value in get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) in _LISTS:
        return isinstance(value, tuple) and all(_fits(each, get_args(kind)[0]) for each in value)
    if isinstance(value, bool) and kind is not bool:
        return False
    return isinstance(value, int | float if kind is float else _KINDS.get(kind, kind))
