"""What the page says of each result, in its order."""

from collections.abc import Mapping

from experiments.known.sections import distances, games, learned
from experiments.known.sections.section import Section

SECTIONS: Mapping[str, Section] = {**games.SECTIONS, **distances.SECTIONS, **learned.SECTIONS}
