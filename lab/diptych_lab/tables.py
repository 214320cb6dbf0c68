"""Tables of numbers in files, CSV and Parquet, read and written by pyarrow: the extra ``tables``."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diptych_lab.preparation import UNPREPARED, Preparation
from diptych_lab.reading import opened, printable
from diptych_lab.table_files import PARQUET, Column, delimiter, pyarrow, read_columns

_SHOWN = 5  # columns in a message


class Table(NamedTuple):
    """The columns' `names`, their numbers in `x`, (n, d) in float64, and what is to be told."""

    names: tuple[str, ...]
    x: np.ndarray
    notes: list[str]


def read_table(path: Path, preparation: Preparation = UNPREPARED) -> Table:
    """The table in a file, which its ending says is CSV or Parquet: all columns, or those chosen, in that order.

    A CSV's first line holds the names, unless it holds numbers alone. Raises ValueError, with the file and the
    columns, where there are other things than numbers, missing or infinite values, or no column of that name, and
    ImportError where pyarrow is not installed.
    """
    pyarrow()
    with opened(path) as file:
        columns, notes = read_columns(file, path, preparation.columns)
    return _numbers(path, columns, notes, preparation.drop_missing)


def table_bytes(path: Path, names: Sequence[str], x: np.ndarray) -> bytes:
    """The content of a file of the table `x`, (n, d), of the kind that the path's ending says."""
    pa = pyarrow()
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    table, buffer = pa.table(dict(zip(names, x.T, strict=True))), BytesIO()
    if path.suffix.lower() in PARQUET:
        parquet.write_table(table, buffer)
    else:
        arrow_csv.write_csv(table, buffer, arrow_csv.WriteOptions(delimiter=delimiter(path)))
    return buffer.getvalue()


def _numbers(path: Path, columns: list[Column], notes: list[str], drop_missing: bool) -> Table:
    """The columns side by side. Raises ValueError for what is no finite number, column by column."""
    good = [printable(column.name) for column in columns if not column.other]
    if bad := [f"{printable(c.name)!r} ({c.other})" for c in columns if c.other]:
        mend = f"choose columns of numbers: --columns {_some(good, ',')} (columns=)" if good else "save numbers"
        mend = next((column.mend for column in columns if column.mend), mend)
        raise ValueError(f"{path}: no numbers in {_some(bad)}; {mend}")
    x = np.stack([column.x for column in columns], axis=1)
    missing = np.isnan(x)
    rows = missing.any(axis=1)
    if rows.any():
        count = int(rows.sum())
        if not drop_missing:
            raise ValueError(
                f"{path}: values are missing in {_some(list(_counts(columns, missing)))}; --drop-missing "
                f"(drop_missing=True) leaves out the rows that lack any, {count} of {len(x)}, or choose other "
                "columns: --columns (columns=)"
            )
        if count == len(x):
            raise ValueError(f"{path}: every row has a missing value, in {_some(list(_counts(columns, missing)))}")
        notes = [*notes, f"left out {count} of {len(x)} rows, which have missing values"]
        x = x[~rows]
    if infinite := list(_counts(columns, np.isinf(x))):
        raise ValueError(f"{path}: infinite values in {_some(infinite)}; remove those rows")
    return Table(tuple(column.name for column in columns), x, notes)


def _counts(columns: list[Column], found: np.ndarray) -> Iterator[str]:
    for column, flags in zip(columns, found.T, strict=True):
        if flags.any():
            where = f"{int(flags.sum())} of {len(flags)}, the first at row {flags.argmax()}"
            yield f"{printable(column.name)!r} ({where})"


def _some(each: list[str], between: str = ", ") -> str:
    return between.join(each[:_SHOWN]) + f"{between}..." * (len(each) > _SHOWN)
