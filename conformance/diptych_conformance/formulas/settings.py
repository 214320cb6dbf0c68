"""What a method fixes beside its losses, written out a second time: who owns what, when each player moves and by
which rule, the laws of the noise, the sizes within. At the catalogue's defaults but for `hyper`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diptych_conformance.formulas.basics import Array

Rule = tuple[str, float, float, float, float] | tuple[str, float, float, float]
Draws = Callable[[np.random.Generator, int, int], Array]  # (generator, rows, round) -> noise
Count = Callable[[int], int]  # round -> steps

SHAPES = {"data": (4, 3), "latent": (2,)}
DATA, LATENT = SHAPES["data"], SHAPES["latent"]


@dataclass(frozen=True)
class Plays:
    owns: tuple[str, ...]
    rule: Rule
    steps: Count = lambda t: 1
    clip: Mapping[str, float] = field(default_factory=dict)  # role -> bound after a step


@dataclass(frozen=True)
class Setting:
    """`sizes` are the named events beside data and latent. `slopes`: roles whose slope enters a loss, so that they
    may not hold batch norm and a backend must differentiate twice."""

    method: str
    players: Mapping[str, Plays]
    batch: int
    noise: Mapping[str, Draws]
    prior: Draws
    simultaneous: bool = False
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    slopes: tuple[str, ...] = ()
    hyper: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join((self.method, *(f"{key}={value}" for key, value in self.hyper.items())))


def adam(rate: float, beta1: float = 0.9, beta2: float = 0.999) -> Rule:
    return "Adam", rate, beta1, beta2, 1e-8


def rmsprop(rate: float) -> Rule:
    return "RMSprop", rate, 0.99, 1e-8


def normal(*event: int, scale: Callable[[int], float] = lambda t: 1.0) -> Draws:
    return lambda random, n, t: scale(t) * random.standard_normal((n, *event))


def uniform(low: float, high: float, *event: int) -> Draws:
    return lambda random, n, t: low + (high - low) * random.random((n, *event))


def constant(value: Callable[[int], float]) -> Draws:
    return lambda random, n, t: np.full(n, value(t))


def often(t: int) -> int:
    """A hundred steps in rounds 0 to 24 and in every 500th."""
    return 100 if t < 25 or t % 500 == 0 else 5


def five(t: int) -> int:
    return 5


Z = normal(*LATENT)
BETWEEN = uniform(0.0, 1.0, 1, 1)
DCGAN = adam(2e-4, 0.5)


def game(
    method: str,
    rule: Rule = DCGAN,
    *,
    critic: tuple[str, ...] = ("critic",),
    steps: Count = lambda t: 1,
    clip: Mapping[str, float] | None = None,
    noise: Mapping[str, Draws] | None = None,
    **more: Any,
) -> Setting:
    """A critic, then a generator, in batches of 64."""
    players = {"critic": Plays(critic, rule, steps, clip or {}), "generator": Plays(("generator",), rule)}
    return Setting(method, players, 64, {"z": Z, **(noise or {})}, Z, **more)


def matching(method: str, batch: int, z: Draws = Z, **noise: Draws) -> Setting:
    """A generator alone."""
    return Setting(method, {"generator": Plays(("generator",), adam(1e-3))}, batch, {"z": z, **noise}, z)


def autoencoder(
    method: str,
    batch: int,
    rule: Rule,
    *,
    encoder: tuple[str, ...] = ("encoder",),
    noise: Mapping[str, Draws] | None = None,
    others: Mapping[str, Plays] | None = None,
    prior: Draws = Z,
    **more: Any,
) -> Setting:
    """Encoder and decoder in one player, who comes first."""
    players = {"autoencoder": Plays((*encoder, "decoder"), rule), **(others or {})}
    return Setting(method, players, batch, noise or {}, prior, **more)


CRITIC = Plays(("critic",), adam(5e-4, 0.5))
FAST = adam(1e-3, 0.5)
CODES = {"code noise": (16,)}
BASES = {**CODES, "basis noise": (24,), "code parts": (9, *LATENT)}
OWN_F_GANS = ("kl", "js-weighted", "alpha")  # one of the table; those with a parameter
F_GANS = (*OWN_F_GANS, "reverse-kl", "pearson", "neyman", "hellinger", "jeffrey", "js", "tv", "gan")
UNIFORM = uniform(-1.0, 1.0, *LATENT)


def fading(t: int) -> float:
    """From 0.4 to 0 over 600 rounds."""
    return 0.4 * max(0.0, 1 - t / 600)


SMOOTH = {"smooth_p": normal(*DATA, scale=fading), "smooth_q": normal(*DATA, scale=fading)}
ANNEALED = {"smoothing": 0.4, "anneal": 600}


def apart(encoder: tuple[str, ...] = ("encoder",)) -> dict[str, Plays]:
    return {"critic": CRITIC, "regulariser": Plays(encoder, FAST)}


def first(rounds: int) -> Count:
    return lambda t: int(t < rounds)


def then(rounds: int) -> Count:
    return lambda t: int(t >= rounds)


def hybrid(
    method: str, batch: int, rules: tuple[Rule, Rule], *, critic: tuple[str, ...] = ("critic",), **more: Any
) -> Setting:
    """Encoder, decoder and critic, at once."""
    players = {"encoder": Plays(("encoder",), rules[0]), "decoder": Plays(("decoder",), rules[0])}
    players["critic"] = Plays(critic, rules[1])
    return Setting(method, players, batch, **{"noise": {"z": Z}, "prior": Z, "simultaneous": True, **more})


SETTINGS: tuple[Setting, ...] = (
    game("gan"),
    game("gan", noise=SMOOTH, hyper=ANNEALED),
    game("ns-gan"),
    game("ns-gan", noise=SMOOTH, hyper=ANNEALED),
    game("ns-gan", steps=lambda t: 3, hyper={"critic_steps": 3}),
    game("lsgan"),
    game("hinge"),
    *(game(f"fgan-{key}", simultaneous=True) for key in F_GANS),
    *(game(f"fgan-{key}", noise=SMOOTH, hyper=ANNEALED, simultaneous=True) for key in OWN_F_GANS),
    game("roth-gan", slopes=("critic",)),
    game(
        "roth-gan",
        noise={"gamma_roth": constant(lambda t: 2.0 * 0.01 ** min(1.0, t / 600))},
        slopes=("critic",),
        hyper={"anneal": 600},
    ),
    game("wgan", rmsprop(5e-5), steps=five, clip={"critic": 0.01}),
    game("wgan", rmsprop(5e-5), steps=often, clip={"critic": 0.01}, hyper={"early_steps": 100}),
    *(
        game(name, adam(1e-4, 0.5, 0.9), steps=five, noise={"e": BETWEEN}, slopes=("critic",))
        for name in ("wgan-gp", "wgan-lp")
    ),
    matching("gmmn", 256, UNIFORM),
    Setting(
        "gmmn-ae",
        {
            "autoencoder": Plays(("encoder", "decoder"), adam(1e-3), first(1000)),
            "generator": Plays(("generator",), adam(1e-3), then(1000)),
        },
        256,
        {"z": UNIFORM},
        UNIFORM,
        sizes={"codes": (32,)},
    ),
    *(
        game(
            "mmd-gan",
            rmsprop(5e-5),
            critic=("features", "features_decoder"),
            steps=steps,
            clip={"features": 0.01},
            sizes={"features": (100,)},
            hyper=hyper,
        )
        for steps, hyper in ((five, {}), (often, {"early_steps": 100}))
    ),
    game(
        "mmd-gan-gp",
        adam(1e-4, 0.5, 0.9),
        critic=("features",),
        steps=five,
        noise={"e": BETWEEN},
        sizes={"features": (16,)},
        slopes=("features",),
    ),
    matching("sinkhorn", 200),
    matching("sliced-wasserstein", 256, theta=normal(*DATA)),
    autoencoder("ae", 100, adam(1e-3)),
    autoencoder("vae", 100, adam(1e-3), noise={"epsilon": Z}),
    autoencoder(
        "vae",
        100,
        adam(1e-3),
        noise={"epsilon": Z, "weight": constant(lambda t: min(1.0, t / 400))},
        hyper={"warm_up": 400},
    ),
    autoencoder(
        "vae", 100, adam(1e-3), noise={"epsilon": Z}, sizes={"distribution": (4, 6)}, hyper={"scale": "learned"}
    ),
    autoencoder("iwae", 20, adam(1e-3), noise={"epsilon": normal(5, *LATENT)}),
    autoencoder(
        "avb",
        128,
        adam(1e-4, 0.5),
        others={"critic": Plays(("critic",), adam(2e-4, 0.5))},
        noise={"epsilon": normal(16), "z": Z},
        sizes=CODES,
        simultaneous=True,
    ),
    autoencoder(
        "avb",
        128,
        adam(1e-4, 0.5),
        encoder=("encoder", "basis"),
        others={"critic": Plays(("critic",), adam(2e-4, 0.5))},
        noise={"epsilon": normal(8, 16), "u": Z},
        sizes=BASES,
        simultaneous=True,
        hyper={"adaptive_contrast": True},
    ),
    autoencoder("aae", 100, FAST, others=apart(), noise={"z": Z}),
    autoencoder(
        "aae",
        100,
        FAST,
        others=apart(),
        noise={"epsilon": normal(16), "z": Z},
        sizes=CODES,
        hyper={"encoder": "implicit"},
    ),
    autoencoder("aae", 100, FAST, others=apart(), noise={"epsilon": Z, "z": Z}, hyper={"encoder": "gaussian"}),
    autoencoder("wae-mmd", 100, FAST, noise={"z": Z}),
    autoencoder("wae-gan", 100, FAST, others={"critic": CRITIC}, noise={"z": Z}),
    Setting(
        "wae-gan",
        {
            "pretraining": Plays(("encoder",), FAST, first(4)),
            "autoencoder": Plays(("encoder", "decoder"), FAST, then(4)),
            "critic": Plays(("critic",), adam(5e-4, 0.5), then(4)),
        },
        100,
        {"z": normal(*LATENT, scale=lambda t: 2.0)},
        normal(*LATENT, scale=lambda t: 2.0),
        hyper={"pretrain": 4, "prior_scale": 2.0},
    ),
    hybrid(
        "vae-gan",
        64,
        (rmsprop(3e-4), rmsprop(3e-4)),
        critic=("features", "critic"),
        noise={"epsilon": Z, "z": Z},
        sizes={"features": (64,)},
    ),
    hybrid("ae-gan", 64, (FAST, adam(5e-4, 0.5))),
    hybrid("ae-gan", 64, (FAST, adam(5e-4, 0.5)), noise={}, hyper={"fakes": "reconstructions"}),
    hybrid(
        "wae-learned-cost", 100, (FAST, adam(5e-4, 0.5)), critic=("features", "critic"), sizes={"features": (64,)}
    ),
)
