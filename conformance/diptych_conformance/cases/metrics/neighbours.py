"""What is counted among nearest neighbours: precision and recall, density and coverage, copies of training rows."""

from collections.abc import Iterator

import numpy as np

from diptych import metrics as m
from diptych_conformance.cases.metrics import samples as s
from diptych_conformance.core.metrics import Metric
from diptych_conformance.core.problem import generator
from diptych_conformance.references.formulas import neighbours

K = 2  # no term's default
COUNTED = (  # the term, its second statement, and what a sample without ties has with itself
    (m.precision_recall, neighbours.precision_recall, (1.0, 1.0)),
    (m.density_coverage, neighbours.density_coverage, ((K + 1) / K, 1.0)),
    (m.clipped_density_coverage, neighbours.clipped_density_coverage, (1.0, 1.0)),
)


def metrics(seed: int) -> Iterator[Metric]:
    for term, reference, own in COUNTED:
        for what, event in s.EVENTS.items():
            samples = s.ordinary("neighbours", event, seed)
            corners = s.corners(samples) | {
                "half of the balls wide": _wide(event),
                "k + 1 rows": s.first(samples, K + 1),
            }
            yield Metric(
                f"{term.__name__}{what}",
                term,
                reference,
                samples,
                settings={"k": K},
                corners=corners,
                stated={"of a sample and itself": (corners["equal"], own)},
                refused=s.refused(samples, K + 1),
            )
        yield Metric(
            f"{term.__name__} of many rows",
            term,
            reference,
            _many(seed),
            settings={"k": 2 * K, "block_size": 270},
            corners={"at two places": _at_two_places()},
        )
    for what, event in s.EVENTS.items():
        yield from _copies(s.ordinary("copies", event, seed), what)


def _wide(event: tuple[int, ...]) -> s.Samples:
    """Balls of two radii, √2 and √18, whose median is √8; a fake row lies √9 from the centre of a wide one."""
    axes = np.eye(4, int(np.prod(event)))
    wide = 100.0 + 3 * axes[:3]
    fake = [wide[0] + 3 * axes[3], axes[0], 500.0 + axes[0], 500.0 + axes[1]]
    return {
        "real": np.concatenate([axes[:3], wide]).reshape(-1, *event),
        "fake": np.reshape(fake, (-1, *event)),
    }


def _many(seed: int) -> s.Samples:
    """More rows than a first guess of how far neighbours are looks at, and than a block has."""
    random = generator("metrics", "many", seed)
    return {"real": random.standard_normal((540, 3)), "fake": 1.1 * random.standard_normal((300, 3)) + 0.4}


def _at_two_places() -> s.Samples:
    """Each row has hundreds at its own distance 0: more than are kept of those that may be near."""
    return {
        "real": np.repeat([[0.0], [1.0]], (300, 100), axis=0),
        "fake": np.repeat([[1.0], [3.0]], (80, 90), axis=0),
    }


def _copies(samples: s.Samples, what: str) -> Iterator[Metric]:
    """Of fakes, four of which lie close to training rows."""
    train, held_out = samples["fake"], samples["real"]
    fake = np.concatenate([train[:4] + 0.05 * held_out[:4], 1.3 * held_out[:5]])
    three = {"train": train, "held_out": held_out, "fake": fake}
    corners = {
        "tiny": s.tiny(three),
        "far": s.far(three),
        "tied": s.tied(three),
        "nearly tied": s.nearly_tied(three),
        "two rows": three | {"train": train[:2]},
        "repeated": three | {"train": np.concatenate([train[:3], train[:4]])},
    }
    refused = {
        "other events": three | {"train": train[:, :1]},
        "train not finite": three | {"train": np.full(train.shape, np.inf)},
    }
    itself = dict.fromkeys(three, train)

    def two(of: s.Samples) -> s.Samples:
        return {name: of[name] for name in ("train", "fake")}

    yield Metric(
        f"authenticity{what}",
        m.authenticity,
        neighbours.authenticity,
        two(three),
        corners={name: two(corner) for name, corner in corners.items()},
        stated={"of the training rows": (two(itself), 0.0)},
        refused={name: two(of) for name, of in refused.items()} | {"one row": two(three | {"train": train[:1]})},
    )
    yield Metric(
        f"memorisation_test{what}",
        m.memorisation_test,
        neighbours.memorisation,
        three,
        corners=corners | {"one training row": three | {"train": train[:1]}},
        stated={"of the training rows": (itself, (0.0, 0.5))},
        refused=refused,
    )
