"""The settings of every method of the catalogue, at its defaults but for `hyper`, from papers and authors' code."""

from typing import Any

from diptych_conformance.references.formulas.f_gan import LIMITS
from diptych_conformance.references.formulas.settings import (
    BETWEEN,
    DATA,
    LATENT,
    Draws,
    Plays,
    Setting,
    Z,
    adam,
    autoencoder,
    constant,
    first,
    five,
    game,
    hybrid,
    matching,
    normal,
    often,
    rmsprop,
    then,
    three,
    uniform,
)

CRITIC = Plays(("critic",), adam(5e-4, 0.5))
FAST = adam(1e-3, 0.5)
CODES = {"code noise": (16,)}
BASES = {**CODES, "basis noise": (24,), "code parts": (9, *LATENT)}
OWN_F_GANS = ("kl", "js-weighted", "alpha")  # one of the table; those with a parameter
F_GANS = (*OWN_F_GANS, "reverse-kl", "pearson", "neyman", "hellinger", "jeffrey", "js", "tv", "gan")
BOUNDS: tuple[dict[str, Any], ...] = ({"hyper": {}}, {"hyper": {"bound": "f-gan"}, "reach": 40.0})
WIDTHS: tuple[tuple[tuple[str, ...], dict[str, Draws], dict[str, tuple[int, ...]], dict[str, Any]], ...] = (
    (("encoder",), {"epsilon": normal(4), "z": Z}, {"code noise": (4,)}, {"noise": 4}),
    (
        ("encoder", "basis"),
        {"epsilon": normal(3, 4), "u": Z},
        {"code noise": (4,), "basis noise": (7,), "code parts": (4, *LATENT)},
        {"adaptive_contrast": True, "noise": 4, "bases": 3},
    ),
)
WIDE = normal(*LATENT, scale=lambda t: 2.0)
UNIFORM = uniform(-1.0, 1.0, *LATENT)


def fading(t: int) -> float:
    """From 0.4 to 0 over 600 rounds."""
    return 0.4 * max(0.0, 1 - t / 600)


SMOOTH = {"smooth_p": normal(*DATA, scale=fading), "smooth_q": normal(*DATA, scale=fading)}
ANNEALED = {"smoothing": 0.4, "anneal": 600}
WITHOUT_AND_WITH_NOISE: tuple[tuple[dict[str, Draws], dict[str, Any]], ...] = (({}, {}), (SMOOTH, ANNEALED))


def apart(encoder: tuple[str, ...] = ("encoder",)) -> dict[str, Plays]:
    return {"critic": CRITIC, "regulariser": Plays(encoder, FAST)}


SETTINGS: tuple[Setting, ...] = (
    game("gan"),
    game("ns-gan"),
    *(game(name, noise=SMOOTH, hyper=ANNEALED) for name in ("gan", "ns-gan", "lsgan", "hinge")),
    *(game(name, steps=three, hyper={"critic_steps": 3}) for name in ("gan", "ns-gan", "lsgan", "hinge")),
    game("lsgan"),
    game("hinge"),
    *(game(f"fgan-{key}", simultaneous=True, reach=LIMITS[f"fgan-{key}"][-1]) for key in F_GANS),
    *(
        game(
            f"fgan-{key}",
            noise=SMOOTH,
            hyper=ANNEALED,
            simultaneous=True,
            reach=LIMITS[f"fgan-{key}"][-1],
        )
        for key in OWN_F_GANS
    ),
    game("roth-gan", slopes=("critic",)),
    game("roth-gan", steps=three, slopes=("critic",), hyper={"critic_steps": 3}),
    game(
        "roth-gan",
        noise={"gamma_roth": constant(lambda t: 2.0 * 0.01 ** min(1.0, t / 600))},
        slopes=("critic",),
        hyper={"anneal": 600},
    ),
    game("roth-gan", noise=SMOOTH, slopes=("critic",), hyper={"smoothing": 0.4, "smoothing_anneal": 600}),
    game("wgan", rmsprop(5e-5), steps=five, clip={"critic": 0.01}),
    game("wgan", rmsprop(5e-5), steps=often, clip={"critic": 0.01}, hyper={"early_steps": 100}),
    game("wgan", rmsprop(5e-5), steps=five, clip={"critic": 0.01}, noise=SMOOTH, hyper=ANNEALED),
    *(
        game(name, adam(1e-4, 0.5, 0.9), steps=five, noise={"e": BETWEEN, **noise}, slopes=("critic",), hyper=hyper)
        for name in ("wgan-gp", "wgan-lp")
        for noise, hyper in WITHOUT_AND_WITH_NOISE
    ),
    *(matching("gmmn", 256, UNIFORM, hyper=hyper, **noise) for noise, hyper in WITHOUT_AND_WITH_NOISE),
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
            noise=noise,
            hyper=hyper,
        )
        for steps, noise, hyper in ((five, {}, {}), (often, {}, {"early_steps": 100}), (five, SMOOTH, ANNEALED))
    ),
    *(
        game(
            "mmd-gan-gp",
            adam(1e-4, 0.5, 0.9),
            critic=("features",),
            steps=five,
            noise={"e": BETWEEN, **noise},
            sizes={"features": (16,)},
            slopes=("features",),
            hyper=hyper,
        )
        for noise, hyper in WITHOUT_AND_WITH_NOISE
    ),
    *(matching("sinkhorn", 200, hyper=hyper, **noise) for noise, hyper in WITHOUT_AND_WITH_NOISE),
    *(
        matching("sliced-wasserstein", 256, hyper=hyper, theta=normal(*DATA), **noise)
        for noise, hyper in WITHOUT_AND_WITH_NOISE
    ),
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
    *(
        autoencoder(
            "avb",
            128,
            adam(1e-4, 0.5),
            others={"critic": Plays(("critic",), adam(2e-4, 0.5))},
            noise={"epsilon": normal(16), "z": Z},
            sizes=CODES,
            simultaneous=True,
            **bound,
        )
        for bound in BOUNDS
    ),
    *(
        autoencoder(
            "avb",
            128,
            adam(1e-4, 0.5),
            encoder=("encoder", "basis"),
            others={"critic": Plays(("critic",), adam(2e-4, 0.5))},
            noise={"epsilon": normal(8, 16), "u": Z},
            sizes=BASES,
            simultaneous=True,
            **{**bound, "hyper": {"adaptive_contrast": True, **bound["hyper"]}},
        )
        for bound in BOUNDS
    ),
    *(
        autoencoder(
            "avb",
            128,
            adam(1e-4, 0.5),
            encoder=encoder,
            others={"critic": Plays(("critic",), adam(2e-4, 0.5))},
            noise=noise,
            sizes=sizes,
            simultaneous=True,
            hyper=hyper,
        )
        for encoder, noise, sizes, hyper in WIDTHS
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
    autoencoder("wae-mmd", 100, FAST, noise={"z": Z}, tolerance=4.0),
    autoencoder("wae-mmd", 100, FAST, noise={"z": WIDE}, prior=WIDE, hyper={"prior_scale": 2.0}, tolerance=4.0),
    autoencoder("wae-gan", 100, FAST, others={"critic": CRITIC}, noise={"z": Z}),
    Setting(
        "wae-gan",
        {
            "pretraining": Plays(("encoder",), FAST, first(4)),
            "autoencoder": Plays(("encoder", "decoder"), FAST, then(4)),
            "critic": Plays(("critic",), adam(5e-4, 0.5), then(4)),
        },
        100,
        {"z": WIDE},
        WIDE,
        family="primal",
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
