"""The settings that a user chooses for a run: completed by defaults, and checked."""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from math import inf, prod
from typing import Any, Unpack, cast, get_args

import numpy as np

import diptych
from diptych import CATALOGUE, checks
from diptych.method import Method
from diptych.networks import Network, check
from diptych.networks.architectures import ARCHITECTURES
from diptych.noise import Shape
from diptych.suggestion import suggestion
from diptych_lab.augmentation import Augmentation
from diptych_lab.columns import Columns, scaled
from diptych_lab.config import Config, DType, composition_of
from diptych_lab.dataset import Dataset
from diptych_lab.held_out import count, split
from diptych_lab.own_networks import Made, own_network
from diptych_lab.rows import Stream, blocks
from diptych_lab.rules import Choice, rules
from diptych_lab.settings import read_settings

_CONVOLVED = 16  # pixels of a side


class Settings(Choice, total=False):
    """What a user may choose besides method and data; the rest are the method's own defaults."""

    hyper: Mapping[str, Any]
    seed: int
    batch: int | None
    latent: int | None
    architecture: str | None
    width: int | None
    dtype: DType
    held_out: float
    players: Mapping[str, Choice]
    schedule_rounds: int
    flip: bool
    shift: int
    networks: Mapping[str, Any] | None


def configure(
    method: str | Method,
    data: Dataset,
    *,
    hyper: Mapping[str, Any] | None = None,
    seed: int = 0,
    batch: int | None = None,
    latent: int | None = None,
    architecture: str | None = None,
    width: int | None = None,
    dtype: DType = "float32",
    held_out: float = 0.0,
    flip: bool = False,
    shift: int = 0,
    players: Mapping[str, Choice] | None = None,
    schedule_rounds: int | None = None,
    networks: Mapping[str, Any] | None = None,
    **common: Unpack[Choice],
) -> Config:
    """The config of `method`, named or composed, on `data`; complete and checked.

    Not given: batch and optimisers are the method's, the latent has 8 dimensions (fewer where the data have), the
    architecture is `dcgan` for images whose sides have 16 pixels and more, else `mlp`, the width is the
    architecture's. `held_out` is the share of the rows that the run is not trained on, drawn by its seed. In every
    batch images are mirrored by chance (`flip`), and moved by up to `shift` pixels.
    `common` is of the rules of all players, `players` of some of them, by name: an optimizer is a name or a rule
    (`Adam(1e-4)`), a schedule ``cosine:2000`` or ``cosine``, which then has `schedule_rounds` rounds.
    `networks` of your own, by role, take the place of the architecture's: `diptych_lab.own_networks`.
    Raises ValueError, naming the setting and what it may be.
    """
    if not isinstance(hyper, Mapping | None):
        raise ValueError(f"hyper must map names to values, got {hyper!r}")
    record = _named(method, hyper or {}) if isinstance(method, str) else _composed(method, hyper)
    named = record.name in CATALOGUE
    recorded, unrecorded = (None, "") if named else composition_of(record)
    architecture = ("dcgan" if convolved(data.event) else "mlp") if architecture is None else architecture
    if architecture not in ARCHITECTURES:
        raise ValueError(f"unknown architecture {architecture!r}{suggestion(str(architecture), ARCHITECTURES)}")
    dtype = dtype_name(dtype)
    if data.x.dtype != dtype and not data.columns:
        raise ValueError(f"the data are in {data.x.dtype}, the run in {dtype}; load them in the run's dtype")
    entries = prod(data.event)
    usual_width = inspect.signature(ARCHITECTURES[architecture]).parameters["width"].default
    config = Config(
        method=record.name,
        hyper=dict(record.hyper),
        data=data.source,
        fingerprint=data.fingerprint,
        event=data.event,
        seed=checks.whole("seed", seed, 0),
        batch=checks.whole("batch", record.batch if batch is None else batch),
        latent=checks.whole("latent", min(8, entries) if latent is None else latent),
        architecture=architecture,
        width=checks.whole("width", usual_width if width is None else width),
        dtype=dtype,
        scaling=data.scaling,
        held_out=checks.fraction("held_out", held_out),
        preparation=data.preparation,
        columns=_columns(data, held_out, seed),
        augmentation=Augmentation.chosen(data.event, flip, shift),
        optimizers=rules(record, common, players, schedule_rounds),
        composed=None if named else record,
        composition=recorded,
        unrecorded=unrecorded,
    )
    _check_domain(record, scaled(data, config.columns, dtype) if config.columns else data)
    if isinstance(data.x, Stream) and config.held_out:
        raise ValueError(
            f"{data.source}: no rows of a stream can be held out: evaluate the run by other data, --data"
        )
    there = len(data.x) - count(len(data.x), config.held_out)
    if config.batch > there and not isinstance(data.x, Stream):
        rows = "1 row is" if there == 1 else f"{there} rows are"
        raise ValueError(
            f"{data.source}: {rows} too few for a batch of {config.batch}; "
            f"pass batch={there} (--batch {there}) or less, or more data"
        )
    config = replace(config, own=_own(config, networks))
    check(record, config.networks, config.shapes)
    return config


def _own(config: Config, given: Mapping[str, Any] | None) -> dict[str, Network | Made]:
    """The networks of a user's own."""
    method = config.make()
    if given is None:
        return {}
    checks.by_name("networks", given, "a network by role, such as {'critic': [Dense(64), ...]}")
    checks.known("networks of roles", given, method.roles)
    return {
        role: own_network(role, own, *method.signature(role, config.shapes), seed=config.seed, dtype=config.dtype)
        for role, own in given.items()
    }


def _named(name: str, hyper: Mapping[str, Any]) -> Method:
    factory = CATALOGUE.get(name)
    return diptych.make(name, **(read_settings(hyper, factory, f"method {name!r}") if factory else {}))


def _composed(method: Method, hyper: Mapping[str, Any] | None) -> Method:
    if not isinstance(method, Method):
        raise TypeError(f"a method is a name of the catalogue or a diptych.Method, not {method!r}")
    preset, made = CATALOGUE.get(method.name), method.construction
    if preset and not (made and made.constructor is preset):
        raise ValueError(
            f"{method.name!r} is a name of the catalogue, and this method was changed since it was made: "
            "give it a name of its own, dataclasses.replace(method, name=...)"
        )
    if hyper:
        raise ValueError(f"the method {method.name!r} has its hyper-parameters already; pass none")
    return method


def convolved(event: Shape) -> bool:
    """Are these images, and large enough to have parts alike?"""
    return len(event) == 3 and min(event[:2]) >= _CONVOLVED


def _columns(data: Dataset, held_out: float, seed: int) -> Columns | None:
    """Of a table its columns, and what they are scaled by: the rows trained on decide."""
    if not data.columns:
        return None
    return Columns.fit(data.columns, split(data.x, held_out, seed)[0])


def _check_domain(method: Method, data: Dataset) -> None:
    """Raise ValueError where an entry of the data lies outside the domain of the method's cost."""
    low, high = method.domain
    if (low, high) == (-inf, inf):
        return
    row = 0
    for block in blocks(data.x):
        if not (low <= block.min() and block.max() <= high):
            at = tuple(int(i) for i in np.argwhere((block < low) | (block > high))[0])
            raise ValueError(
                f"{data.source}: {block[at]:g} at row {row + at[0]}, position {at[1:]}, but the cost of "
                f"{method.composition or method.name} is one for data in [{low:g}, {high:g}] only; scale them"
            )
        row += len(block)


def dtype_name(value: Any) -> DType:
    """``float32`` or ``float64``, in whatever case, or NumPy's own. ValueError where it is neither."""
    name = value.lower() if isinstance(value, str) else value
    if isinstance(value, type | np.dtype):
        name = np.dtype(value).name
    return cast(DType, checks.choice("dtype", name, get_args(DType)))
