"""Files of samples: what their endings say, and what may be written as what."""

from io import BytesIO
from pathlib import Path

import numpy as np

from diptych_lab.config import Config
from diptych_lab.data import is_inside
from diptych_lab.pictures import comparison, picture
from diptych_lab.table_files import CSV, PARQUET, pyarrow
from diptych_lab.tables import table_bytes

_TABLES = (*CSV, *PARQUET)
ENDINGS = (".png", ".npy", ".npz", *_TABLES)


def check_ending(out: Path, config: Config) -> None:
    """Raise ValueError where samples of this run are not written to such a file, ImportError where pyarrow is
    needed for it and not installed."""
    if out.suffix.lower() not in ENDINGS:
        raise ValueError(f"--out must end in one of {', '.join(ENDINGS)}, got {str(out)!r}")
    if out.suffix.lower() in _TABLES:
        if len(config.event) != 1:
            raise ValueError(f"--out {out}: rows of shape {config.event} are no table; choose .npy or .npz")
        pyarrow()


def content(out: Path, config: Config, y: np.ndarray, x: np.ndarray | None = None) -> bytes:
    """The bytes of a file of samples `y`, or in a picture of `x` beside their reconstructions `y`.

    An array in a .npz is called x, which is what ``--data file.npz`` takes; columns without names are called x0,
    x1, ... Raises ValueError where there is no picture of such rows.
    """
    if out.suffix.lower() == ".png":
        return picture(y) if x is None else comparison(x, y)
    if out.suffix.lower() in _TABLES:
        names = config.columns.names if config.columns else [f"x{i}" for i in range(y.shape[1])]
        return table_bytes(out, names, y)
    return array_bytes(out, y)


def array_bytes(out: Path, y: np.ndarray) -> bytes:
    """The bytes of a .npz, in which the array is called x, or of a .npy."""
    buffer = BytesIO()
    if out.suffix.lower() == ".npz":
        np.savez(buffer, x=y)
    else:
        np.save(buffer, y)
    return buffer.getvalue()


def check_target(out: Path, overwrite: bool, *data: str | None) -> None:
    """Raise unless `out` may be written: it must be no file of `data`, and a new file unless `overwrite`."""
    if not out.parent.is_dir():
        raise FileNotFoundError(f"{out.parent}: no such folder for --out")
    if any(is_inside(out, source) for source in data if source):
        raise FileExistsError(f"{out} is of the data; choose another --out")
    if out.is_dir() or (out.exists() and not overwrite):
        raise FileExistsError(f"{out} exists; choose another --out" + ", or pass --overwrite" * (not out.is_dir()))
