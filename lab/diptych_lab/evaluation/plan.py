"""Which samples are compared with which rows: the data with themselves, rows trained on, and the samples."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache as cached
from functools import partial

import numpy as np

from diptych_lab.evaluation import cache
from diptych_lab.evaluation.extractors import Extractor, check_varied
from diptych_lab.evaluation.measure import Compared
from diptych_lab.evaluation.subjects import Reference, Subject, size
from diptych_lab.rows import Data

MOST = 10_000  # rows, where n is not given
_SEEN = "compared with rows that it may have been trained on; train with --held-out 0.1 to have others"


@dataclass
class Plan:
    """Samples with the rows that each is compared with, `n` on either side."""

    pairs: list[tuple[Subject, Reference]]
    n: int
    dimensions: int = 0  # of the features, once there are any

    @classmethod
    def of(cls, pairs: Sequence[tuple[Subject, Reference]], n: int | None) -> "Plan":
        """References that are the same are shared."""
        distinct: list[Reference] = []
        shared = []
        for subject, rows in pairs:
            found = next((each for each in distinct if each.same(rows)), None)
            if found is None:
                distinct.append(found := rows)
            shared.append((subject, found))
        return cls(shared, size(n, [subject for subject, _ in pairs], distinct, MOST))

    @property
    def references(self) -> list[Reference]:
        return list(dict.fromkeys(rows for _, rows in self.pairs))

    @property
    def count(self) -> int:
        return len(self.pairs) + sum(1 if each.train is None else 2 for each in self.references)

    def comparisons(
        self, extract: Extractor, seed: int, note: Callable[[str], None]
    ) -> Iterator[tuple[str, Compared]]:
        """Of each reference the data with themselves, rows trained on, and the samples, by their names."""

        def turned(what: str, rows: Data) -> np.ndarray:
            found = cache.features(extract, what, rows, note)
            if found.shape[1] != self.dimensions:
                if self.dimensions:
                    raise ValueError(
                        f"features {extract.name} of {what}: {found.shape[1]}, of others {self.dimensions}"
                    )
                self.dimensions = found.shape[1]
            return found

        for each in self.references:
            own = [subject for subject, rows in self.pairs if rows is each]
            of = f" of {own[0].name}" if len(self.references) > 1 else ""
            real, again = each.rows[: self.n], each.rows[self.n : 2 * self.n]
            features = turned(f"{each.name}{of}", real)
            check_varied(extract.name, f"{each.name}{of}", features)
            train = None if each.train is None else cached(partial(turned, f"rows trained on{of}", each.train))
            others = turned(f"{each.name}{of}", again)
            base = Compared(features, others, real, again, train=train, source=each.source)
            yield f"{each.name}{of}", base
            if each.train is not None:
                some = each.train[: self.n]
                name = f"rows trained on{of}"
                yield name, replace(base, fake=turned(name, some), fake_rows=some)
            for subject in own:
                if subject.run and each.train is None:
                    note(f"{subject.name}: {_SEEN}")
                drawn = subject.draw(self.n, seed)
                fake = turned(subject.name, drawn)
                yield subject.name, replace(base, fake=fake, fake_rows=drawn, run=subject.run)
