"""The data that a run was trained on, found again."""

from diptych_lab.config import Config
from diptych_lab.data import read_data
from diptych_lab.dataset import Dataset


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
    return data
