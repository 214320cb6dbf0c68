"""Distances by all pairs of two samples: the kernel distance (KID), whole and by subsets, energy, and a test."""

from collections.abc import Iterator

from diptych import metrics as m
from diptych_conformance.cases.metrics import samples as s
from diptych_conformance.core.metrics import Metric
from diptych_conformance.references.formulas import samples as formulas


def metrics(seed: int) -> Iterator[Metric]:
    for what, event in s.EVENTS.items():
        samples = s.ordinary("pairs", event, seed)
        corners = s.corners(samples) | {"two rows": s.first(samples, 2)}
        near = {name: corner for name, corner in corners.items() if name != "far"}  # nothing is left of a cube there
        yield Metric(
            f"kernel_distance{what}",
            m.kernel_distance,
            formulas.kernel_distance,
            samples,
            corners=near,
            refused=s.refused(samples, 2),
            scale=formulas.kernel_scale,
        )
        yield Metric(
            f"kernel_distances_of_subsets{what}",
            m.kernel_distances_of_subsets,
            formulas.kernel_distances_of_subsets,
            samples,
            settings={"subsets": 3, "size": 5, "seed": 7},
            scale=lambda real, fake, **settings: formulas.kernel_scale(real, fake),
            ordered=("real", "fake"),
        )
        yield Metric(
            f"energy_distance{what}",
            m.energy_distance,
            formulas.energy,
            samples,
            corners=corners,
            stated={"of a sample and itself": (corners["equal"], 0.0)},
            refused=s.refused(samples, 1),
            scale=formulas.energy_scale,
        )
