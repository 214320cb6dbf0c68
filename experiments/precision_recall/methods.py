"""The methods, by family, and the settings of each that are tried in short runs; `tuning` says which is used.

Some weights and scales follow from the data: the modes of the ring have a width of 0.1, pixels lie in [0, 1].
"""

from collections.abc import Mapping
from typing import NamedTuple

from experiments.precision_recall.records import Hyper

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "dual": ("ns-gan", "wgan-gp", "mmd-gan-gp"),
    "primal": ("vae", "wae-mmd", "wae-gan", "avb"),
    "hybrid": ("vae-gan", "ae-gan"),
}
FAMILY = {method: family for family, methods in FAMILIES.items() for method in methods}
METHODS = tuple(FAMILY)


class Setting(NamedTuple):
    """Hyper-parameters off the method's defaults; the learning rate of all players, the method's own if None."""

    hyper: Hyper
    rate: float | None = None


RING: Mapping[str, tuple[Setting, ...]] = {
    "ns-gan": (Setting({}, 1e-3), Setting({})),
    "wgan-gp": (Setting({"weight": 1.0}, 5e-4), Setting({}), Setting({"weight": 0.1}, 5e-4)),
    "mmd-gan-gp": (Setting({}, 5e-4), Setting({})),
    "vae": (Setting({"scale": 0.1}), Setting({"scale": 0.2}), Setting({"scale": 0.4})),
    "wae-mmd": (Setting({}), Setting({}, 3e-3), Setting({"weight": 1.0}, 3e-3)),
    "wae-gan": (Setting({"weight": 1.0}), Setting({"weight": 1.0}, 3e-3), Setting({})),
    "avb": (Setting({"scale": 0.2}, 1e-3), Setting({"scale": 0.2}), Setting({"scale": 0.4}, 1e-3)),
    "vae-gan": (Setting({}), Setting({"gamma": 1.0}), Setting({"gamma": 1.0}, 1e-3)),
    "ae-gan": (Setting({}), Setting({"weight": 0.1})),
}
IMAGES: Mapping[str, tuple[Setting, ...]] = {
    "ns-gan": (Setting({}), Setting({}, 5e-4)),
    "wgan-gp": (Setting({"critic_steps": 2}, 5e-4), Setting({"critic_steps": 2}, 2e-4)),
    "mmd-gan-gp": (Setting({"critic_steps": 2}, 5e-4), Setting({"critic_steps": 2}, 2e-4)),
    "vae": (Setting({"scale": 0.2}), Setting({}), Setting({"scale": 0.1})),
    "wae-mmd": (Setting({"weight": 100.0}), Setting({})),
    "wae-gan": (Setting({"weight": 10.0}), Setting({"weight": 100.0})),
    "avb": (Setting({"scale": 0.2}, 5e-4), Setting({"scale": 0.2}), Setting({}, 5e-4)),
    "vae-gan": (Setting({}), Setting({"gamma": 1.0})),
    "ae-gan": (Setting({}), Setting({"weight": 10.0})),
}


def tried(data: str) -> Mapping[str, tuple[Setting, ...]]:
    """The settings that are tried on this data, by method."""
    return RING if data == "ring" else IMAGES
