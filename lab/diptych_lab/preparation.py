"""What a user chooses of how files become rows: the size of pictures, the columns of a table. A run records it."""

from collections.abc import Iterable
from typing import Any, Literal, TypedDict, cast

import msgspec

from diptych import checks
from diptych_lab.records import Count, Strict

Crop = Literal["", "center", "none"]
Kind = Literal["pictures", "table", "array"]
_OF: dict[Kind, tuple[str, ...]] = {"pictures": ("size", "crop", "channels"), "table": ("columns", "drop_missing")}
_NOUN = {"pictures": "pictures", "table": "tables, CSV or Parquet"}


class Options(TypedDict, total=False):
    """What `chosen` takes."""

    size: Any
    crop: str | None
    channels: int | None
    columns: str | Iterable[str] | None
    drop_missing: bool


class Preparation(Strict, frozen=True, omit_defaults=True):
    """`size` is (height, width) of pictures, `channels` 1 or 3; None and () leave the data as they are."""

    size: tuple[Count, Count] | None = None
    crop: Crop = ""
    channels: Literal[1, 3] | None = None
    columns: tuple[str, ...] = ()
    drop_missing: bool = False

    def record(self) -> dict[str, Any]:
        """What was chosen, as JSON values."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in msgspec.structs.asdict(self).items()
            if value
        }

    def of(self, kind: Kind) -> "Preparation":
        """The part that concerns data of this kind."""
        return Preparation(**{name: getattr(self, name) for name in _OF.get(kind, ())})

    def joined(self, asked: "Preparation") -> "Preparation":
        """This one, of a run, and what it leaves open as is asked. Raises ValueError where they contradict."""
        own, other = msgspec.structs.asdict(self), msgspec.structs.asdict(asked)
        for name, value in own.items():
            if value and other[name] and value != other[name]:
                raise ValueError(
                    f"{_option(name)} {other[name]}, but the run's data had {value}; others are prepared alike: "
                    "leave it out"
                )
        return Preparation(**{name: value or other[name] for name, value in own.items()})

    def check(self, source: str, kind: Kind) -> None:
        """Raise ValueError where something was chosen that is nothing to data of this kind."""
        for other, names in _OF.items():
            for name in names:
                if other != kind and getattr(self, name):
                    raise ValueError(f"{_option(name)} is for {_NOUN[other]}, and {source} is none: leave it out")


UNPREPARED = Preparation()


def chosen(
    size: Any = None,
    crop: str | None = None,
    channels: int | None = None,
    columns: str | Iterable[str] | None = None,
    drop_missing: bool = False,
) -> Preparation:
    """The record of these choices.

    `size` is a number of pixels for both sides, or ``28x50``, or (28, 50): height, then width. With a size pictures
    are cut about the center to its proportions, where `crop` is not "none". `columns` are names, or a text with
    commas between them. Raises ValueError, naming the option and what it may be.
    """
    if crop and size is None:
        raise ValueError("--crop (crop=) says how pictures come to a size: give --size (size=) with it")
    if channels is not None and (isinstance(channels, bool) or channels not in (1, 3)):
        raise ValueError(f"channels must be 1, gray, or 3, colour, got {channels!r}")
    names = columns.split(",") if isinstance(columns, str) else () if columns is None else columns
    if not isinstance(names, Iterable):
        raise _no_names(columns)
    cut = checks.choice("crop", crop or "center", ("center", "none"))
    return Preparation(
        size=None if size is None else _sides(size),
        crop="" if size is None else cast(Crop, cut),
        channels=channels,  # type: ignore[arg-type]
        columns=tuple(_name(name) for name in names),
        drop_missing=checks.flag("drop_missing", drop_missing),
    )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')} ({name}=)"


def _sides(size: Any) -> tuple[int, int]:
    parts = size.lower().split("x") if isinstance(size, str) else size if isinstance(size, tuple | list) else [size]
    try:
        sides = [int(part) if isinstance(part, str) else checks.whole("size", part) for part in parts]
    except (ValueError, TypeError):
        sides = []
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise ValueError(f"size must be a number of pixels, 32, or height x width, 28x50, got {size!r}")
    return sides[0], sides[-1]


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip():
        raise _no_names(name)
    return name.strip()


def _no_names(got: Any) -> ValueError:
    return ValueError(f"columns must be names, such as --columns height,weight, got {got!r}")
