"""The data that a run was trained on, found again, and other data treated alike: in the units of its model."""

from typing import Any

import msgspec

from diptych_lab.columns import scaled
from diptych_lab.config import Config
from diptych_lab.data import read_data
from diptych_lab.dataset import Dataset
from diptych_lab.preparation import UNPREPARED, Preparation


def own_data(config: Config) -> Dataset:
    """The run's data. Raises ValueError where they have changed since, or are no longer there."""
    try:
        data = read_data(config.data, config.dtype, scaling="none", preparation=config.preparation)
    except (ValueError, OSError) as error:
        raise ValueError(f"cannot load the run's data; name them by --data ({error})") from error
    if data.fingerprint != config.fingerprint:
        raise ValueError(
            f"{config.data} has changed since the run was trained; put back the data it had, "
            f"or take it as it is: --data {config.data}"
        )
    return model_units(config, data)


def data_like(config: Config, source: Any, asked: Preparation = UNPREPARED) -> Dataset:
    """Data from elsewhere, whatever `load_data` takes, treated as the run's were; what is open there, as `asked`.

    Raises as `load_data` does, and ValueError where the two contradict.
    """
    dtype, preparation = config.dtype, config.preparation.joined(asked)
    if config.columns:  # another table may have more of them; float32 would lose digits before they are scaled
        dtype, preparation = "float64", msgspec.structs.replace(preparation, columns=config.columns.names)
    data = read_data(source, dtype, scaling=config.scaling, preparation=preparation)
    return model_units(config, data)


def model_units(config: Config, data: Dataset) -> Dataset:
    """The data as the run's model is given them: of a table scaled, column by column.

    Raises ValueError where they have other columns.
    """
    if config.columns is None:
        return data
    names = config.columns.names
    if data.columns not in ((), names) or data.event != (len(names),):
        raise ValueError(f"{data.source}: the run's table has the columns {', '.join(names)}; give rows of these")
    return scaled(data, config.columns, config.dtype)
