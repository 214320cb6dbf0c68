"""Two runs of the same settings, round by round: how far apart are they?"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Curves:
    """The losses of one player in two runs, in the same rounds, and how far apart they are."""

    a: Sequence[float]
    b: Sequence[float]

    @property
    def relative(self) -> list[float]:
        """|a - b| / max(|a|, |b|), and 0 where both are 0."""
        return [abs(a - b) / (max(abs(a), abs(b)) or 1.0) for a, b in zip(self.a, self.b, strict=True)]

    @property
    def largest(self) -> tuple[int, float, float]:
        """The place where they are furthest apart, the absolute and the relative difference there."""
        relative = self.relative
        t = max(range(len(relative)), key=relative.__getitem__)
        return t, abs(self.a[t] - self.b[t]), relative[t]

    @property
    def median(self) -> float:
        """The relative difference that half of the rounds stay below."""
        return median(self.relative)

    @property
    def largest_early(self) -> float:
        """The largest relative difference of the first hundred rounds."""
        return max(self.relative[:100])
