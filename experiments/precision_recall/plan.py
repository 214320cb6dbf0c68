"""Which runs there are, in the order in which they are made: seed by seed, so that what is finished is balanced."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from experiments.precision_recall.methods import METHODS, Setting, tried
from experiments.precision_recall.records import Settings

BACKENDS = ("torch", "keras")
SEEDS = (0, 1, 2)
TUNING_SEED = 100  # of the runs that settings are chosen by: of none that counts
TUNING_SHARE = 5  # they have a fifth of the rounds


class Sizes(NamedTuple):
    """What all methods have alike on a data set: the budget, the networks, and n rows in a comparison."""

    rounds: int
    batch: int
    latent: int
    architecture: str
    width: int
    n: int


SIZES: Mapping[str, Sizes] = {
    "ring": Sizes(6000, 128, 2, "mlp", 128, 2048),
    "fashion-mnist": Sizes(4000, 64, 16, "conv", 16, 3000),
    "digits": Sizes(400, 64, 8, "conv", 8, 150),  # the short form, of the tests
}
DATA = ("ring", "fashion-mnist")


class Length(NamedTuple):
    """Rounds and n of every run, the data set's own where None."""

    rounds: int | None = None
    n: int | None = None


FULL = Length()


def plan(
    used: Mapping[tuple[str, str], Setting],
    backends: Collection[str] = BACKENDS,
    seeds: Collection[int] = SEEDS,
    length: Length = FULL,
) -> Iterator[Settings]:
    """The runs that count, of the settings that are used by data set and method."""
    for seed in seeds:
        for (data, method), setting in used.items():
            for backend in backends:
                yield _settings(data, method, setting, backend, seed, length)


def tuning(
    data: Collection[str] = DATA, methods: Collection[str] = METHODS, length: Length = FULL
) -> Iterator[Settings]:
    """Short runs of every setting that is tried, in one framework."""
    for name in data:
        rounds = max(1, (length.rounds or SIZES[name].rounds) // TUNING_SHARE)
        for method in methods:
            for setting in tried(name)[method]:
                yield _settings(name, method, setting, BACKENDS[0], TUNING_SEED, Length(rounds, length.n))


def _settings(data: str, method: str, setting: Setting, backend: str, seed: int, length: Length) -> Settings:
    sizes = SIZES[data]
    return Settings(
        data=data,
        method=method,
        hyper=dict(setting.hyper),
        rate=setting.rate,
        backend=backend,
        seed=seed,
        rounds=length.rounds or sizes.rounds,
        batch=sizes.batch,
        latent=sizes.latent,
        architecture=sizes.architecture,
        width=sizes.width,
        n=length.n or sizes.n,
    )
