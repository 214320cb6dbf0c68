"""What a preset says of its hyper-parameters: in its signature, and in the ``Args:`` of its docstring.

An entry is ``name: meaning; range``. The meaning begins with what an error message has room for, up to the first
comma. The range is what the error says that refuses anything else; flags, and words to choose from, have theirs
from the annotation.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from diptych.suggestion import nearest

ENTRY = re.compile(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


@dataclass(frozen=True)
class HyperParameter:
    """One argument of a preset. `kind` is its annotation, evaluated; `description` the whole of its entry."""

    name: str
    default: Any
    kind: Any
    description: str

    @property
    def range(self) -> str:
        """``finite and at least 0``, ``True or False``, ``'gaussian' or 'bernoulli'``."""
        return self.description.partition("; ")[2] or _range(self.kind)

    @property
    def type(self) -> str:
        """The annotation in words: ``float``, ``float or 'learned'``, ``sequence of float``."""
        return _type(self.kind)

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that the annotation allows, among numbers if it allows some."""
        return tuple(word for word in _leaves(self.kind) if isinstance(word, str))

    @property
    def short(self) -> str:
        """``name (what it is)``, for a list in an error message."""
        what = re.split("[,;]", self.description)[0]
        return f"{self.name} ({what})" if what else self.name


def hyper_parameters(preset: Callable[..., Any]) -> dict[str, HyperParameter]:
    """Name -> hyper-parameter, in the order of the signature; of what is not described the description is empty."""
    said = described(preset)
    return {
        name: HyperParameter(name, argument.default, argument.annotation, said.get(name, ""))
        for name, argument in inspect.signature(preset, eval_str=True).parameters.items()
    }


def described(preset: Callable[..., Any]) -> dict[str, str]:
    """Name -> text, in one line, of the entries of the docstring's ``Args:``."""
    _, _, section = (inspect.getdoc(preset) or "").partition("\nArgs:\n")
    section = re.split(r"^\S", section, maxsplit=1, flags=re.MULTILINE)[0]
    return {name: " ".join(text.split()) for name, text in ENTRY.findall(section)}


def no_hyper_parameter(owner: str, name: str, known: Mapping[str, HyperParameter]) -> ValueError:
    """The error where `owner` has none of that name: what may have been meant, and what there is."""
    if not known:
        return ValueError(f"{owner} has no hyper-parameter {name!r}; it has none at all")
    there = ", ".join(each.short for each in known.values())
    return ValueError(f"{owner} has no hyper-parameter {name!r}{nearest(name, known) or ';'} known: {there}")


def _leaves(kind: Any) -> tuple[Any, ...]:
    """The alternatives of an annotation: types, and words."""
    if get_origin(kind) in (UnionType, Union):
        return tuple(leaf for part in get_args(kind) for leaf in _leaves(part))
    return get_args(kind) if get_origin(kind) is Literal else (kind,)


def _type(kind: Any) -> str:
    if get_origin(kind) is Sequence:
        return f"sequence of {_type(get_args(kind)[0])}"
    leaves = _leaves(kind)
    if len(leaves) > 1:
        return " or ".join(repr(leaf) if isinstance(leaf, str) else _type(leaf) for leaf in leaves)
    return "None" if kind is type(None) else kind.__name__


def _range(kind: Any) -> str:
    """Of what needs no other word: a flag, a choice."""
    return "True or False" if kind is bool else _type(kind) if get_origin(kind) is Literal else ""
