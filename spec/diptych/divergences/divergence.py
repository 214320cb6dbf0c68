"""A divergence D(P, Q) between two samples, p from P and q from Q, as the algebra uses it.

In data space P is the data and Q the model; in latent space P is the prior and Q the aggregated posterior. Either
way `witness_loss` is what a witness f minimises to tell p from q (None where D is closed form), and `model_loss`
what Q's networks minimise to bring q to p.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diptych.method import Clip
from diptych.noise import Draw
from diptych.protocol import Capability

Array = Any


@dataclass(frozen=True)
class Divergence:
    """`witness_loss(f, p, q, noise, ops)` and `model_loss(f, p, q, noise, ops)` -> scalar.

    `noise(like)` declares the draws both may use, for events shaped as `like` (``data`` or ``latent``).
    `projection` is applied to the witness after each of its steps.
    """

    name: str
    model_loss: Callable[..., Array]
    witness_loss: Callable[..., Array] | None = None
    noise: Callable[[str], Mapping[str, Draw]] = field(default=lambda like: {})
    batch_norm: bool = True  # may the witness hold batch norm?
    needs: frozenset[Capability] = frozenset()
    projection: Clip | None = None
