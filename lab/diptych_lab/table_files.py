"""The columns of a table in a file, CSV or Parquet, read by pyarrow: numbers, or what stands in their place."""

import csv
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from diptych.suggestion import suggestion
from diptych_lab.reading import check_unpacked, printable, size_of

CSV, PARQUET = (".csv", ".tsv"), (".parquet", ".pq")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
_MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "?", "-")


class Column(NamedTuple):
    """Numbers, NaN where a value is missing; `other` says what stands there in place of numbers, and `mend` what to
    do about it."""

    name: str
    x: np.ndarray
    other: str = ""
    mend: str = ""


def pyarrow() -> Any:
    """The library. Raises ImportError, with how to install it, where it is not there."""
    try:
        import pyarrow  # here, for only tables need it
    except ImportError as error:
        raise ImportError('tables need pyarrow: python -m pip install "diptych[tables]"') from error
    return pyarrow


def read_columns(file: BinaryIO, path: Path, chosen: Sequence[str]) -> tuple[list[Column], list[str]]:
    """The chosen columns, or all, in that order, and what is to be told; the path's ending says of which kind the
    file is. Raises ValueError where there is no column of such a name."""
    return _parquet(file, chosen) if path.suffix.lower() in PARQUET else _csv(file, path, chosen)


def delimiter(path: Path, line: str = "") -> str:
    """What stands between the columns: a tab in a .tsv, else the most frequent of comma, semicolon and tab;
    a semicolon between numbers with decimal commas."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    commas = ";" in line and any(_DECIMAL_COMMA.fullmatch(each.strip()) for each in line.split(";"))
    return ";" if commas else max(",;\t", key=line.count)


def _csv(file: BinaryIO, path: Path, chosen: Sequence[str]) -> tuple[list[Column], list[str]]:
    """Columns are read as text, and made numbers here: pyarrow would decide on their types by the first rows."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    _check_encoding(file)
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    line, more = text.readline(), bool(text.readline())
    between = delimiter(path, line)
    first = next(csv.reader([line], delimiter=between), [])
    text.detach()
    headless = bool(first) and all(map(_is_number, first))
    if not first or not (headless or more):
        found = "there is but a line of names" if first else "its first line is empty" if more else "it is empty"
        raise ValueError(f"{found}; a table has a line of names, and a line for each row")
    names = [f"x{i}" for i in range(len(first))] if headless else [name.strip() for name in first]
    wanted = _wanted(names, chosen)

    def read(fast: bool, refused: Callable[[Any], str]) -> Any:
        file.seek(0)
        columns, skipped = [f"{i}" for i in range(len(names))], 0 if headless else 1
        return arrow_csv.read_csv(
            file,
            arrow_csv.ReadOptions(column_names=columns, skip_rows=skipped, use_threads=fast),
            arrow_csv.ParseOptions(delimiter=between, invalid_row_handler=refused),
            arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in columns}, include_columns=[f"{i}" for i in wanted]
            ),
        )

    try:
        table = read(True, lambda _: "error")
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise ValueError(f"it is not in UTF-8 ({error}); save it as UTF-8") from None
        odd: list[Any] = []

        def refused(row: Any) -> str:
            odd.append(row)
            return "error"

        with suppress(pa.ArrowInvalid):  # a single thread knows which row it is at
            read(False, refused)
        if not odd:
            raise
        at, text_of = odd[0].number - (1 if headless else 2), printable(odd[0].text)[:40]
        raise ValueError(
            f"row {at} has {_columns(odd[0].actual_columns)}, the first line {odd[0].expected_columns}: {text_of!r}"
        ) from None
    called = f"{names[0]}{f' to {names[-1]}' * (len(names) > 1)}"
    notes = [f"the first line holds numbers, and is taken for a row: columns are called {called}"] * headless
    if not headless and any(name and (_is_number(name) or name in _MISSING) for name in names):
        told = ", ".join(map(printable, names))
        notes = [f"the first line is not of numbers alone, and is taken for names: {told}"]
    mend = (
        f"write decimal points: pandas.read_csv({path.name!r}, sep={between!r}, decimal=',')"
        ".to_csv('points.csv', index=False)"
    )
    alone = ""
    if len(names) == 1:
        parted = "tabs, as this file's ending says" if between == "\t" else "commas, semicolons or tabs"
        alone = f"save numbers; it has one column, and columns are parted by {parted}"
    return [_of_text(names[i], table.column(f"{i}"), mend, alone) for i in wanted], notes


def _check_encoding(file: BinaryIO) -> None:
    """Raise ValueError where the text is no UTF-8, as far as its beginning tells."""
    begin = file.read(4096)
    file.seek(0)
    zeros = max(begin[::2].count(0), begin[1::2].count(0))  # of letters, one of their two bytes
    if begin[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) or zeros > len(begin) // 4:
        raise ValueError("it is in UTF-16; save it as UTF-8, by iconv -f UTF-16 -t UTF-8 say")
    try:
        begin[: begin.rfind(b"\n") + 1].decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not in UTF-8 ({error}); save it as UTF-8") from None


def _is_number(text: str) -> bool:
    """Does pyarrow read it as a number? Python takes 1_000 too, and the digits of other scripts."""
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text


def _columns(n: int) -> str:
    return f"{n} column{'s' * (n != 1)}"


def _of_text(name: str, column: Any, mend: str, alone: str) -> Column:
    """`mend` is for decimal commas, `alone` for the one column of a file, which may be several."""
    import pyarrow as pa
    from pyarrow import compute

    text = compute.utf8_trim_whitespace(column)
    text = compute.if_else(compute.is_in(text, value_set=pa.array(_MISSING)), pa.scalar(None, pa.string()), text)
    try:
        return Column(name, _floats(compute.cast(text, pa.float64())))
    except pa.ArrowInvalid:
        values = text.to_pylist()
        row = next(i for i, value in enumerate(values) if value is not None and not _is_number(value))
        said = f"{printable(values[row])[:40]!r} at row {row}"
        if _DECIMAL_COMMA.fullmatch(values[row]) and not (alone and "," in name):
            return Column(name, np.empty(0), f"decimal commas, {said}", mend)
        return Column(name, np.empty(0), f"text, {said}", alone)


def _parquet(file: BinaryIO, chosen: Sequence[str]) -> tuple[list[Column], list[str]]:
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
            found.append(Column(names[i], np.empty(0), f"{kind}"))
            continue
        found.append(Column(names[i], _floats(compute.cast(column, pa.float64(), safe=False))))
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
