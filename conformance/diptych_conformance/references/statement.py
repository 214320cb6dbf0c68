"""A method stated a second time, from its paper and its authors' code: one record, a function of hyper-parameters.

The functions stand in `methods`, each in the file of the method's name in the spec. Their signatures state what
hyper-parameters are called, and the defaults.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from inspect import signature
from math import inf
from pkgutil import iter_modules
from typing import Any

import numpy as np

from diptych import CATALOGUE, Method
from diptych_conformance.references.cards.reading import Reading
from diptych_conformance.references.formulas.basics import Array, Formula, Noise
from diptych_conformance.references.play import Draws, ReferencePlayer

Sampler = Callable[[Any, Array], Array]  # of the oracle's networks, and z or x: what a person looks at
Encoded = Callable[[Any, Array, Noise], Array]
Simulator = Callable[[Any, Array, Array], tuple[Array, Array]]  # networks, z, noise -> x ~ p(x|z), and its ε


@dataclass(frozen=True)
class Gate:
    """The gate of a step: `costs(nets, x, noise)` decide, and `moves(*costs)` gives player -> does it move?"""

    costs: Callable[..., tuple[float, ...]]
    moves: Callable[..., Mapping[str, bool]]


@dataclass(frozen=True)
class ReferenceMethod:
    """A method at certain hyper-parameters.

    `losses`: player -> loss of the oracle's networks, x and noise, sample by sample. What a loss holds constant it
    has of `nets.held`, the same networks, which differences do not move. `players` come in their order. `sizes` are
    the named events beside data and latent. `slopes`: roles whose slope by a sample enters a loss, so that a
    backend must differentiate twice; they may not hold batch norm, nor may those of `apart`, whose samples are not
    those of the batch. `reach`, `domain`, `tolerance`: as in `Method`; a tolerance has its `reason`.
    """

    family: str
    losses: Mapping[str, Formula]
    players: Mapping[str, ReferencePlayer]
    batch: int
    noise: Mapping[str, Draws]
    prior: Draws
    generate: Sampler
    reconstruct: Sampler | None = None
    encode: Sampler | None = None
    draw_codes: Encoded | None = None  # networks, x and noise -> a draw of Q(z|x) for each row
    bound: Callable[[Any, Array, Array], Array] | None = (
        None  # of networks, x, and draws of the encoder: nats a row
    )
    simulate: Simulator | None = None
    data_noise: Draws | None = None  # that of `simulate`
    gate: Gate | None = None
    simultaneous: bool = False
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    slopes: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    reach: float = inf
    domain: tuple[float, float] = (-inf, inf)
    tolerance: float = 1.0
    reason: str = ""


@dataclass(frozen=True)
class Statement:
    """`state(**hyper)` says what the method `name` of the catalogue is, and which hyper-parameters it has.

    Forms have names, and hyper-parameters other than the defaults. At the defaults and in the forms of `whole` a
    method climbs every level; in those of `others` its losses, gradients, players, noise and samples are looked at.
    """

    name: str
    state: Callable[..., ReferenceMethod]
    card: Reading  # how its card is read
    whole: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def forms(self) -> dict[str, "Form"]:
        """The forms by their names in cases, with the defaults first."""
        named = {"": {}, **self.whole, **self.others}
        made = [Form(self, key, hyper) for key, hyper in named.items()]
        return {form.name: form for form in made}


INNER = ("features", "codes")  # hyper-parameters that are sizes of events within
SIZE = 3  # of these in problems: no formula depends on it


@dataclass(frozen=True)
class Form:
    """A method at the hyper-parameters of a form."""

    statement: Statement
    key: str
    hyper: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.statement.name}-{self.key}".rstrip("-")

    @property
    def whole(self) -> bool:
        """Does the form go through every level?"""
        return self.key not in self.statement.others

    def method(self) -> Method:
        """The method of the spec."""
        return CATALOGUE[self.statement.name](**self.hyper)

    def stated(self) -> ReferenceMethod:
        """The method as it is stated here."""
        return self.statement.state(**self.hyper)

    def but_for(self, **hyper: Any) -> "Form":
        """The form with other hyper-parameters as well."""
        return replace(self, hyper={**self.hyper, **hyper})

    @property
    def small(self) -> "Form":
        """The form with inner events of a few numbers, unless the form sets their size."""
        inner = [key for key in INNER if key in signature(self.statement.state).parameters]
        return replace(self, hyper={**dict.fromkeys(inner, SIZE), **self.hyper})


@dataclass(frozen=True)
class Composition:
    """A method without a name of its own; `near` is what the catalogue has most like it."""

    name: str
    near: str
    method: Callable[[], Method]
    stated: ReferenceMethod


def coded(centre: Callable[[Any, Array], Any]) -> Sampler:
    """The centre of Q(z|x), the code of x."""
    return lambda nets, x: np.asarray(centre(nets, x))


def sampled(decode: Callable[[Any, Array], Any], encode: Callable[[Any, Array], Any] | None = None) -> Sampler:
    """The decoder's output for z; or, with an encoder, for the code of x."""
    return lambda nets, x: np.asarray(decode(nets, encode(nets, x) if encode else x))


def found(package: str, places: Iterable[str], attribute: str) -> Iterator[Any]:
    """The values of this name in all modules of a package."""
    for module in iter_modules(places):
        yield from getattr(import_module(f"{package}.{module.name}"), attribute, ())
