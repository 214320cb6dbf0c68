"""Which runs there are, in the order in which they are made: seed by seed, so that what is finished is balanced."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from experiments.precision_recall.methods import METHODS, tried
from experiments.precision_recall.records import Settings

BACKENDS = ("torch", "keras")
SEEDS = (0, 1, 2)
TUNING_SEED = 100  # of the runs that settings were chosen by: of none that counts


class Sizes(NamedTuple):
    """What all methods have alike on a data set: the budget, and the networks."""

    rounds: int
    batch: int
    latent: int
    architecture: str
    width: int
    n: int
    tuning: int  # rounds


SIZES: Mapping[str, Sizes] = {
    "ring": Sizes(6000, 128, 2, "mlp", 128, 4096, tuning=1500),
    "fashion-mnist": Sizes(5000, 64, 16, "dcgan", 16, 5000, tuning=300),
    "digits": Sizes(400, 64, 8, "dcgan", 8, 150, tuning=100),  # the short form of the tests
}
DATA = ("ring", "fashion-mnist")


def plan(
    data: Collection[str] = DATA,
    methods: Collection[str] = METHODS,
    backends: Collection[str] = BACKENDS,
    seeds: Collection[int] = SEEDS,
    rounds: int | None = None,
    n: int | None = None,
) -> Iterator[Settings]:
    """The runs that count; `rounds` and n of the data set's sizes where they are not given."""
    for seed in seeds:
        for name in data:
            for method in methods:
                for backend in backends:
                    yield _settings(name, method, 0, backend, seed, rounds or SIZES[name].rounds, n)


def tuning(data: Collection[str] = DATA, methods: Collection[str] = METHODS) -> Iterator[Settings]:
    """Short runs of every setting that was tried, in one framework, of a seed of their own."""
    for name in data:
        for method in methods:
            for i in range(len(tried(name)[method])):
                yield _settings(name, method, i, BACKENDS[0], TUNING_SEED, SIZES[name].tuning, None)


def _settings(data: str, method: str, i: int, backend: str, seed: int, rounds: int, n: int | None) -> Settings:
    sizes, setting = SIZES[data], tried(data)[method][i]
    return Settings(
        data=data,
        method=method,
        hyper=dict(setting.hyper),
        rate=setting.rate,
        backend=backend,
        seed=seed,
        rounds=rounds,
        batch=sizes.batch,
        latent=sizes.latent,
        architecture=sizes.architecture,
        width=sizes.width,
        n=n or sizes.n,
    )
