"""Tables of numbers in files, CSV and Parquet, read and written by pyarrow: the extra ``tables``."""

import csv
from collections.abc import Iterator, Sequence
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from diptych.suggestion import suggestion
from diptych_lab.preparation import UNPREPARED, Preparation
from diptych_lab.reading import check_unpacked, opened, printable, size_of

CSV, PARQUET = (".csv", ".tsv"), (".parquet", ".pq")
_MISSING = ["", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "?", "-"]
_SHOWN = 5  # columns in a message


class Table(NamedTuple):
    """The columns' `names`, their numbers in `x`, (n, d) in float64, and what is to be told."""

    names: tuple[str, ...]
    x: np.ndarray
    notes: list[str]


class _Column(NamedTuple):
    """Numbers, NaN where a value is missing; `other` says what stands there in place of numbers."""

    name: str
    x: np.ndarray
    other: str = ""


def read_table(path: Path, preparation: Preparation = UNPREPARED) -> Table:
    """The table in a file, which its ending says is CSV or Parquet: all columns, or those chosen, in that order.

    A CSV's first line holds the names, unless it holds numbers alone. Raises ValueError, with the file and the
    columns, where there are other things than numbers, missing or infinite values, or no column of that name, and
    ImportError where pyarrow is not installed.
    """
    needed()
    with opened(path) as file:
        if path.suffix.lower() in PARQUET:
            columns, notes = _parquet(file, preparation.columns)
        else:
            columns, notes = _csv(file, path, preparation.columns)
    return _numbers(path, columns, notes, preparation.drop_missing)


def table_bytes(path: Path, names: Sequence[str], x: np.ndarray) -> bytes:
    """The content of a file of the table `x`, (n, d), of the kind that the path's ending says."""
    pa = needed()
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    table, buffer = pa.table(dict(zip(names, x.T, strict=True))), BytesIO()
    if path.suffix.lower() in PARQUET:
        parquet.write_table(table, buffer)
    else:
        arrow_csv.write_csv(table, buffer, arrow_csv.WriteOptions(delimiter=_delimiter(path, "")))
    return buffer.getvalue()


def needed() -> Any:
    """pyarrow. Raises ImportError, with how to install it, where it is not there."""
    try:
        import pyarrow  # here, for only tables need it
    except ImportError as error:
        raise ImportError('tables need pyarrow: python -m pip install "diptych[tables]"') from error
    return pyarrow


def _csv(file: BinaryIO, path: Path, chosen: Sequence[str]) -> tuple[list[_Column], list[str]]:
    """Columns are read as text, and made numbers here: pyarrow would decide on their types by the first rows."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    line = text.readline()
    delimiter = _delimiter(path, line)
    first = next(csv.reader([line], delimiter=delimiter), [])
    text.detach()
    file.seek(0)
    if not first:
        raise ValueError("it is empty; a table has a line of names, and a line for each row")
    headless = all(map(_is_number, first))
    names = [f"x{i}" for i in range(len(first))] if headless else [name.strip() for name in first]
    wanted = _wanted(names, chosen)
    table = arrow_csv.read_csv(
        file,
        arrow_csv.ReadOptions(column_names=[f"{i}" for i in range(len(names))], skip_rows=0 if headless else 1),
        arrow_csv.ParseOptions(delimiter=delimiter),
        arrow_csv.ConvertOptions(
            column_types={f"{i}": pa.string() for i in range(len(names))},
            include_columns=[f"{i}" for i in wanted],
            null_values=_MISSING,
            strings_can_be_null=True,
        ),
    )
    called = f"{names[0]}{f' to {names[-1]}' * (len(names) > 1)}"
    notes = [f"the first line holds numbers, and is taken for a row: columns are called {called}"] * headless
    return [_of_text(names[i], table.column(f"{i}")) for i in wanted], notes


def _delimiter(path: Path, line: str) -> str:
    """What stands between the columns: a tab in a .tsv, else the most frequent of comma, semicolon and tab."""
    return "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=line.count)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _of_text(name: str, column: Any) -> _Column:
    import pyarrow as pa
    from pyarrow import compute

    text = compute.utf8_trim_whitespace(column)
    try:
        return _Column(name, _floats(compute.cast(text, pa.float64())))
    except pa.ArrowInvalid:
        values = text.to_pylist()
        row = next(i for i, value in enumerate(values) if value is not None and not _is_number(value))
        return _Column(name, np.empty(0), f"text, {printable(values[row])[:40]!r} at row {row}")


def _parquet(file: BinaryIO, chosen: Sequence[str]) -> tuple[list[_Column], list[str]]:
    import pyarrow as pa
    from pyarrow import compute, parquet

    source = parquet.ParquetFile(file)
    names = list(source.schema_arrow.names)
    index = [name for name in names if name.startswith("__index_level_") and name not in chosen]
    wanted = [i for i in _wanted(names, chosen) if names[i] not in index]
    check_unpacked(8 * source.metadata.num_rows * len(wanted), size_of(file))
    notes = [f"pandas's index, {', '.join(index)}, is left out"] * bool(index)
    found = []
    for i in wanted:
        column = source.read(columns=[names[i]]).column(0)
        kind = column.type
        if pa.types.is_boolean(kind):
            column = compute.cast(column, pa.uint8())
        elif not (
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_null(kind)
        ):
            found.append(_Column(names[i], np.empty(0), f"{kind}"))
            continue
        found.append(_Column(names[i], _floats(compute.cast(column, pa.float64(), safe=False))))
    return found, notes


def _floats(column: Any) -> np.ndarray:
    return column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)


def _wanted(names: list[str], chosen: Sequence[str]) -> list[int]:
    """The places of the chosen columns, or of all."""
    for name in chosen:
        if name not in names:
            raise ValueError(f"there is no column {name!r}{suggestion(name, names)}")
    wanted = list(chosen or names)
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"--columns (columns=) names a column twice: {', '.join(map(printable, chosen))}")
    if twice := [name for name in wanted if names.count(name) > 1]:
        raise ValueError(f"several columns are called {printable(twice[0])!r}; give each a name of its own")
    if "" in wanted:
        others = ",".join(map(printable, filter(None, names)))
        raise ValueError(f"a column has no name, as pandas writes its index; choose the others: --columns {others}")
    return [names.index(name) for name in wanted]


def _numbers(path: Path, columns: list[_Column], notes: list[str], drop_missing: bool) -> Table:
    """The columns side by side. Raises ValueError for what is no finite number, column by column."""
    good = [printable(column.name) for column in columns if not column.other]
    if bad := [f"{printable(c.name)!r} ({c.other})" for c in columns if c.other]:
        mend = f"choose columns of numbers: --columns {_some(good, ',')} (columns=)" if good else "save numbers"
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


def _counts(columns: list[_Column], found: np.ndarray) -> Iterator[str]:
    for column, flags in zip(columns, found.T, strict=True):
        if flags.any():
            where = f"{int(flags.sum())} of {len(flags)}, the first at row {flags.argmax()}"
            yield f"{printable(column.name)!r} ({where})"


def _some(each: list[str], between: str = ", ") -> str:
    return between.join(each[:_SHOWN]) + f"{between}..." * (len(each) > _SHOWN)
