"""A problem: a method with small networks, weights, a batch and noise, all drawn from a seed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zlib import crc32

import numpy as np

from diptych import CATALOGUE, Method, Network, dual, hybrid, initial_weights, make, primal
from diptych import divergences as d
from diptych.costs import squared_l2
from diptych.methods import LearnedCost, aggregate
from diptych.noise import Shape
from diptych.schedules import Linear
from diptych_conformance.core.architectures import ARCHITECTURES

Array = np.ndarray[Any, np.dtype[Any]]
Weights = dict[str, dict[str, Array]]
BATCH = 6
SIZE = 3  # of features and codes within a method
ROUND = 300  # in the middle of what changes with the round; a step of a run is one round later than the one before


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything a player's loss is a function of. `key` names it: equal keys, equal problems."""

    key: str
    method: Method
    networks: Mapping[str, Network]
    weights: Weights
    x: Array
    noise: dict[str, Array]
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    sizes: tuple[int, ...] = (BATCH,)  # of the batches of a run, in turn

    def rounded(self, dtype: str) -> "Problem":
        """The same in numbers that `dtype` holds exactly, kept in float64 for the oracle."""
        if dtype == "float64":
            return self
        return replace(
            self,
            key=f"{self.key}@{dtype}",
            weights={role: {name: rounded(a, dtype) for name, a in t.items()} for role, t in self.weights.items()},
            x=rounded(self.x, dtype),
            noise={name: rounded(a, dtype) for name, a in self.noise.items()},
        )

    def step_data(self, step: int) -> tuple[Array, dict[str, Array]]:
        """The batch and the noise of one step of a recorded run."""
        rows = self.sizes[step % len(self.sizes)]
        return _data(self.method, self.shapes, generator(self.key, "step", step), rows, ROUND + step)


def rounded(array: Any, dtype: str) -> Array:
    """A copy in numbers that `dtype` holds exactly, in float64."""
    return np.asarray(array, dtype=dtype).astype(np.float64)


def view(array: Array, dtype: str = "float64") -> Array:
    """The same numbers laid out otherwise: columns first, rows turned round, closed to writing."""
    turned = np.asfortranarray(array[::-1].astype(dtype))[::-1]
    turned.flags.writeable = False
    return turned


def ring(n: int) -> Array:
    """An order of n rows: each takes the place of the next in a shuffled ring, so that none stays in its own."""
    shuffled = generator("ring", n).permutation(n)
    places = np.empty(n, dtype=int)
    places[shuffled] = np.roll(shuffled, 1)
    return places


def generator(*names: str | int) -> np.random.Generator:
    """A stream of its own for every list of names."""
    key = "/".join(map(str, names)).encode()
    return np.random.Generator(np.random.Philox(key=[crc32(key), crc32(key[::-1])]))


# Between them every way an objective is built: a game, a slope inside a loss, pairs of samples, a likelihood with a
# closed-form penalty, a penalty on codes. Scope `quick` runs these; `standard` runs them on every architecture.
CORE = ("ns-gan", "wgan-gp", "gmmn", "vae", "wae-mmd")

# Beside each method with its defaults: the settings that are another formula.
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "ns-gan": {"ns-gan-smoothed": {"smoothing": 0.4, "anneal": 600}},
    "roth-gan": {"roth-gan-annealed": {"anneal": 600}},
    "gmmn": {"gmmn-unbiased": {"estimator": "unbiased"}},
    "vae": {
        "vae-bernoulli": {"decoder": "bernoulli"},
        "vae-learned": {"scale": "learned"},
        "vae-warm-up": {"warm_up": 400},
    },
    "avb": {"avb-f-gan": {"bound": "f-gan"}, "avb-contrast": {"adaptive_contrast": True}},
    "aae": {"aae-implicit": {"encoder": "implicit"}},
    "wae-gan": {"wae-gan-pretrained": {"pretrain": 4}},
    **{name: {f"{name}-true": {"trick": False}} for name in CATALOGUE if name.startswith("fgan-")},
    "ae-gan": {"ae-gan-through": {"fakes": "reconstructions", "through_encoder": True}},
}
VARIANTS["fgan-alpha"] |= {"fgan-alpha-above": {"alpha": 1.5}}

# Of these the loss and its gradient alone are looked at: the same formulas by other numbers (does every
# hyper-parameter arrive?), and compositions without a name, of what no method of the catalogue has.
OTHERS: dict[str, dict[str, Callable[[], Method]]] = {
    "lsgan": {"lsgan-other": lambda: small("lsgan", a=-1.0, b=0.5, c=0.2)},
    "roth-gan": {
        "r1": lambda: dual(d.with_r1(d.non_saturating_gan(), 3.0)),
        "r2": lambda: dual(d.with_r2(d.non_saturating_gan(), 3.0)),
    },
    "mmd-gan": {"mmd-gan-other": lambda: small("mmd-gan", bandwidths=(1.0, 3.0), decoding=2.0, feasible=3.0)},
    "mmd-gan-gp": {"mmd-gan-gp-other": lambda: small("mmd-gan-gp", alphas=(0.5, 3.0), penalty=2.0, activation=3.0)},
    "wgan-gp": {"wgan-gp-smoothed": lambda: small("wgan-gp", weight=3.0, smoothing=0.4, anneal=600)},
    "sinkhorn": {"sinkhorn-other": lambda: small("sinkhorn", epsilon=2.0, iterations=3, cost_scale=0.5)},
    "sliced-wasserstein": {"sliced-wasserstein-other": lambda: small("sliced-wasserstein", order=1.0)},
    "vae": {"vae-other": lambda: small("vae", beta=2.0, scale=0.5)},
    "avb": {"avb-contrast-f-gan": lambda: small("avb", adaptive_contrast=True, bound="f-gan")},
    "wae-mmd": {
        "wae-mmd-other": lambda: small("wae-mmd", weight=3.0, prior_scale=2.0, scales=(0.5, 2.0), cost_scale=0.5)
    },
    "wae-gan": {
        "wae-gan-other": lambda: small("wae-gan", weight=3.0, log_prior=False, cost_scale=0.5),
        "wae-gan-narrow": lambda: small("wae-gan", prior_scale=0.7),
        "wae-gan-smoothed": lambda: primal(
            squared_l2(0.5), latent=aggregate(d.non_saturating_gan(), smoothing=0.3), weight=3.0
        ),
    },
    "vae-gan": {"vae-gan-samples": lambda: small("vae-gan", gamma=0.5, discriminate_reconstructions=False)},
    "ae-gan": {
        "ae-gan-other": lambda: small("ae-gan", weight=0.7),
        "ae-gan-latent": lambda: hybrid(
            squared_l2(0.5), d.wasserstein_gp(2.0), game_weight=0.7, latent=aggregate(d.hinge_gan()), weight=3.0
        ),
    },
    "wae-learned-cost": {
        "wae-learned-cost-other": lambda: small("wae-learned-cost", weight=3.0, game_weight=0.7, cost_scale=0.5),
        "wae-learned-cost-warm-up": lambda: hybrid(
            LearnedCost(SIZE),
            d.non_saturating_gan(),
            game_weight=Linear(0.0, 1.4, 600),
            fakes="reconstructions",
            latent=aggregate(d.non_saturating_gan(), smoothing=0.3),
            weight=Linear(2.0, 4.0, 600),
        ),
    },
}


def variants(name: str) -> Iterator[tuple[str, Method]]:
    """The method `name` of the catalogue, and its variants, each under the name cases give it."""
    yield name, small(name)
    for variant, hyper in VARIANTS.get(name, {}).items():
        yield variant, small(name, **hyper)


def small(name: str, **hyper: Any) -> Method:
    """The method with inner events of a few numbers, whatever their size by default: no formula depends on it."""
    sizes = {key: SIZE for key in ("features", "codes") if key in make(name).hyper}
    return make(name, **sizes, **hyper)


def all_variants() -> list[tuple[str, str, Method]]:
    """(name in the catalogue, name of the variant, method)"""
    return [(name, variant, method) for name in CATALOGUE for variant, method in variants(name)]


def make_problem(variant: str, method: Method, architecture: str, seed: int) -> Problem:
    build, shapes = ARCHITECTURES[architecture]
    key = f"{variant}/{architecture}/{seed}"
    networks = build(method, shapes)
    method.check(networks, shapes)
    random = generator(key, "weights")
    weights = {role: stirred(tensors, random) for role, tensors in initial_weights(networks, random).items()}
    x, noise = _data(method, shapes, generator(key, "data"))
    return Problem(key, method, networks, weights, x, noise, shapes)


def stirred(tensors: Mapping[str, Array], random: np.random.Generator) -> dict[str, Array]:
    """Initial weights hold zeros and ones, which hide what is lost or swapped: these do not."""
    return {
        name: np.abs(array + 0.2 * random.standard_normal(array.shape))
        if name.endswith("running_variance")
        else array + 0.2 * random.standard_normal(array.shape)
        for name, array in tensors.items()
    }


def _data(
    method: Method, shapes: Mapping[str, Shape], random: np.random.Generator, rows: int = BATCH, t: int = ROUND
) -> tuple[Array, dict[str, Array]]:
    """A batch in [0, 1], which every likelihood takes, and one draw of every noise, as round t has it."""
    x, known = random.uniform(0.0, 1.0, (rows, *shapes["data"])), method.shapes(shapes)
    return x, {name: draw.sample(random, rows, known, t) for name, draw in method.noise.items()}
