"""Methods as data: the order of play, what a network must map, what is drawn, and errors that name the thing."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diptych import CATALOGUE, Network, dual, hybrid, make, primal
from diptych.algebra import aggregate
from diptych.costs import squared_l2
from diptych.divergences import non_saturating_gan, wasserstein_clip, wasserstein_gp, with_r1
from diptych.method import Clip, Player, Steps
from diptych.networks import BatchNorm, Dense, Reshape, check, mlp
from diptych.noise import Constant, Draw, Normal, Uniform
from diptych.optimizers import SGD, Adam, RMSprop
from diptych.protocol import Capability
from diptych.schedules import Linear

from .compositions import METHODS

SHAPES = {"data": (4, 3, 2), "latent": (5,)}
ROWS = ("kl", "reverse-kl", "pearson", "neyman", "hellinger", "jeffrey", "js", "tv", "gan", "js-weighted", "alpha")
F_GANS = tuple(f"fgan-{row}" for row in ROWS)
GANS = ("gan", "ns-gan", "lsgan", "hinge", "rp-gan", *F_GANS)


def test_steps() -> None:
    steps = Steps(5, early=100, until=25, every=500)
    assert [steps.at(t) for t in (0, 24, 25, 26, 499, 500, 501, 1000)] == [100, 100, 5, 5, 5, 100, 5, 100]
    assert {Steps(3).at(t) for t in range(10)} == {3}
    assert [Steps(0, early=1, every=3).at(t) for t in range(4)] == [1, 0, 0, 1]
    assert [Steps(1, early=0, until=2).at(t) for t in range(4)] == [0, 0, 1, 1]
    assert [Steps(0, early=2, every=1).at(t) for t in range(4)] == [2, 2, 2, 2]


def test_rounds() -> None:
    gan = dual(wasserstein_gp(), critic_steps=Steps(2, early=4, until=1))
    assert gan.round(0) == (("critic",),) * 4 + (("generator",),)
    assert gan.round(1) == (("critic",),) * 2 + (("generator",),)
    assert dual(non_saturating_gan(), order="simultaneous").round(7) == (("critic", "generator"),)
    assert make("gmmn").round(0) == (("generator",),)
    for name in GANS:
        together = name in F_GANS
        assert make(name).round(0) == ((("critic", "generator"),) if together else (("critic",), ("generator",)))
    assert make("hinge", critic_steps=2).round(0) == (("critic",), ("critic",), ("generator",))
    assert METHODS["wae-gan"]().round(0) == (("autoencoder",), ("critic",))


def test_ownership_and_needs() -> None:
    assert {(m, p.name): p.owns for m in CATALOGUE for p in make(m).players} == {
        **{
            (name, player): (player,)
            for name in (*GANS, "roth-gan", "r3gan", "wgan", "wgan-gp", "wgan-lp")
            for player in ("critic", "generator")
        },
        ("sinkhorn", "generator"): ("generator",),
        ("sliced-wasserstein", "generator"): ("generator",),
        ("gmmn", "generator"): ("generator",),
        ("ae", "autoencoder"): ("encoder", "decoder"),
        ("vae", "autoencoder"): ("encoder", "decoder"),
        ("iwae", "autoencoder"): ("encoder", "decoder"),
        ("avb", "autoencoder"): ("encoder", "decoder"),
        ("avb", "critic"): ("critic",),
        ("aae", "autoencoder"): ("encoder", "decoder"),
        ("aae", "critic"): ("critic",),
        ("aae", "regulariser"): ("encoder",),
        ("wae-mmd", "autoencoder"): ("encoder", "decoder"),
        ("wae-gan", "autoencoder"): ("encoder", "decoder"),
        ("wae-gan", "critic"): ("critic",),
        ("gmmn-ae", "autoencoder"): ("encoder", "decoder"),
        ("gmmn-ae", "generator"): ("generator",),
        ("mmd-gan", "critic"): ("features", "features_decoder"),
        ("mmd-gan", "generator"): ("generator",),
        ("mmd-gan-gp", "critic"): ("features",),
        ("mmd-gan-gp", "generator"): ("generator",),
        ("vae-gan", "encoder"): ("encoder",),
        ("vae-gan", "decoder"): ("decoder",),
        ("vae-gan", "critic"): ("features", "critic"),
        ("ae-gan", "encoder"): ("encoder",),
        ("ae-gan", "decoder"): ("decoder",),
        ("ae-gan", "critic"): ("critic",),
        ("wae-learned-cost", "encoder"): ("encoder",),
        ("wae-learned-cost", "decoder"): ("decoder",),
        ("wae-learned-cost", "critic"): ("features", "critic"),
    }
    contrast = METHODS["avb, adaptive contrast"]()
    assert contrast.player("autoencoder").owns == ("encoder", "basis", "decoder")
    needing = {name for name, build in METHODS.items() if Capability.DOUBLE_BACKWARD in build().needs}
    assert needing == {
        *("roth-gan", "roth-gan, gamma", "roth-gan, annealed"),
        *("r3gan", "r3gan, every setting", "wgan-gp, lazy"),
        *("wgan-gp", "wgan-gp, weight", "wgan-lp", "wgan-lp, weight"),
        *("mmd-gan-gp", "mmd-gan-gp, other settings"),
        *("W1 in latent space", "W1 with R1 and R2", "hybrid of two games"),
        "gradient penalty with annealed noise",
    }


def test_projections() -> None:
    """A divergence's projection comes to the player that trains its critic, in data and in latent space."""
    wgan = make("wgan")
    assert {player.name: player.projection for player in wgan.players} == {"critic": Clip(0.01), "generator": None}
    assert make("wgan", clip=0.2).player("critic").projection == Clip(0.2)
    latent = primal(squared_l2(), latent=aggregate(wasserstein_clip(0.3)))
    assert {player.name: player.projection for player in latent.players} == {
        "autoencoder": None,
        "critic": Clip(0.3),
    }
    charged = dual(with_r1(wasserstein_clip(0.3), 1.0))
    assert charged.player("critic").projection == Clip(0.3)
    assert make("wgan-gp").player("critic").projection is None


def test_a_clip_of_what_a_player_does_not_own_is_refused() -> None:
    """Nothing would be projected, and nothing said."""
    with pytest.raises(ValueError, match=r"player 'critic' clips \['features'\], which it does not own: it owns"):
        Player("critic", lambda nets, x, noise, ops: 0.0, ("critic",), projection=Clip(0.01, ("features",)))


def test_early_steps_of_wgan() -> None:
    steps = make("wgan", early_steps=100).player("critic").steps
    assert [steps.at(t) for t in (0, 24, 25, 499, 500)] == [100, 100, 5, 5, 100]


STEPS = {name: [5, 1] for name in ("wgan", "wgan-gp", "wgan-lp", "mmd-gan", "mmd-gan-gp")} | {"gmmn-ae": [1, 0]}
DEFAULTS: dict[str, tuple[dict[str, Any], int]] = {
    **dict.fromkeys(GANS, ({"critic": Adam(2e-4, 0.5), "generator": Adam(2e-4, 0.5)}, 64)),
    "wgan-gp": ({"critic": Adam(1e-4, 0.5, 0.9), "generator": Adam(1e-4, 0.5, 0.9)}, 64),
    "roth-gan": ({"critic": Adam(2e-4, 0.5), "generator": Adam(2e-4, 0.5)}, 64),
    "r3gan": (dict.fromkeys(("critic", "generator"), Adam(2e-4, 0.0, 0.99)), 64),
    "wgan": ({"critic": RMSprop(5e-5), "generator": RMSprop(5e-5)}, 64),
    "wgan-lp": ({"critic": Adam(1e-4, 0.5, 0.9), "generator": Adam(1e-4, 0.5, 0.9)}, 64),
    "gmmn": ({"generator": Adam(1e-3)}, 256),
    "sinkhorn": ({"generator": Adam(1e-3)}, 200),
    "sliced-wasserstein": ({"generator": Adam(1e-3)}, 256),
    "ae": ({"autoencoder": Adam(1e-3)}, 100),
    "vae": ({"autoencoder": Adam(1e-3)}, 100),
    "iwae": ({"autoencoder": Adam(1e-3)}, 20),
    "avb": ({"autoencoder": Adam(1e-4, 0.5), "critic": Adam(2e-4, 0.5)}, 128),
    "aae": (
        {"autoencoder": Adam(1e-3, 0.5), "critic": Adam(5e-4, 0.5), "regulariser": Adam(1e-3, 0.5)},
        100,
    ),
    "wae-gan": ({"autoencoder": Adam(1e-3, 0.5), "critic": Adam(5e-4, 0.5)}, 100),
    "gmmn-ae": ({"autoencoder": Adam(1e-3), "generator": Adam(1e-3)}, 256),
    "mmd-gan": ({"critic": RMSprop(5e-5), "generator": RMSprop(5e-5)}, 64),
    "mmd-gan-gp": ({"critic": Adam(1e-4, 0.5, 0.9), "generator": Adam(1e-4, 0.5, 0.9)}, 64),
    "vae-gan": (dict.fromkeys(("encoder", "decoder", "critic"), RMSprop(3e-4)), 64),
    "ae-gan": ({"encoder": Adam(1e-3, 0.5), "decoder": Adam(1e-3, 0.5), "critic": Adam(5e-4, 0.5)}, 64),
    "wae-learned-cost": (
        {"encoder": Adam(1e-3, 0.5), "decoder": Adam(1e-3, 0.5), "critic": Adam(5e-4, 0.5)},
        100,
    ),
    "wae-mmd": ({"autoencoder": Adam(1e-3, 0.5)}, 100),
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_defaults(name: str) -> None:
    method = make(name)
    assert ({player.name: player.optimizer for player in method.players}, method.batch) == DEFAULTS[name]
    assert [player.steps.at(0) for player in method.players] == STEPS.get(name, [1] * len(method.players))
    assert [player.steps.at(4321) for player in make("gmmn-ae").players] == [0, 1]


@pytest.mark.parametrize("name", CATALOGUE)
def test_card(name: str) -> None:
    """A title, a paper, and a formula for every player and for nobody else."""
    method = make(name)
    card = method.card
    assert card is not None
    assert method.name == name
    assert all([card.title, card.paper, card.equation, card.conventions])
    assert card.formula.keys() == {player.name for player in method.players}
    assert all(card.formula.values())


CARDS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("gmmn", {"estimator": "unbiased"}, {"generator": r"^\\mathrm\{MMD\}_u\^2\(x, G\(z\)\),"}),
    ("wae-gan", {"log_prior": False}, {"critic": r"f\(E\(x\)\)\)\]$"}),
    ("ae-gan", {"fakes": "reconstructions"}, {"critic": r"f\(\\tilde x\)\)$"}),
    (
        "ae-gan",
        {"fakes": "reconstructions", "through_encoder": True},
        {"encoder": r"softplus\}\(-f\(\\tilde x\)\)", "decoder": r"softplus\}\(-f\(\\tilde x\)\)"},
    ),
    ("avb", {"bound": "f-gan"}, {"autoencoder": r"T\(x, z\) - 1\]", "critic": r"e\^\{T\(x, z'\) - 1\}"}),
    (
        "avb",
        {"adaptive_contrast": True},
        {"autoencoder": r"T\(x, u\) \+ \\log N\(z; \\mu, \\sigma\^2\)", "critic": r"T\(x, u'\)"},
    ),
    ("vae-gan", {"discriminate_reconstructions": False}, {"critic": r"^((?!1 - D\(\\tilde x).)*$"}),
    ("wae-mmd", {"pretrain": 9}, {"pretraining": r"Cov"}),
    ("wae-gan", {"pretrain": 9}, {"pretraining": r"Cov"}),
    ("fgan-kl", {"non_saturating": False}, {"generator": r"h\(V"}),
]


@pytest.mark.parametrize(("name", "hyper", "formula"), CARDS)
def test_a_card_follows_the_hyper_parameters(name: str, hyper: dict[str, Any], formula: dict[str, str]) -> None:
    """Where they change a formula it is another one, of every player; the default's is the default's."""
    method, default = make(name, **hyper), make(name)
    assert method.card is not None
    assert default.card is not None
    assert method.card.formula.keys() == {player.name for player in method.players}
    for player, pattern in formula.items():
        assert re.search(pattern, method.card.formula[player])
        assert not re.search(pattern, default.card.formula.get(player, ""))


def test_what_is_no_composition_does_not_claim_to_be() -> None:
    alone = {name for name in CATALOGUE if not make(name).composition}
    assert alone == {"vae-gan", "gmmn-ae"}
    for name in alone:
        card = make(name).card
        assert card is not None
        assert "stands alone" in card.conventions


def test_no_noise_is_declared_where_its_scale_is_zero() -> None:
    assert make("gan", smoothing=0.0, anneal=100).noise == make("gan").noise
    assert make("gan", smoothing=0.1).noise["smooth_p"] == Draw(Normal(0.1), "data")
    assert make("gan", smoothing=0.1, anneal=9).noise["smooth_q"] == Draw(Normal(Linear(0.1, 0.0, 9)), "data")
    falling = dual(non_saturating_gan(), smoothing=Linear(0.2, 0.1, 5))
    assert falling.noise["smooth_p"] == Draw(Normal(Linear(0.2, 0.1, 5)), "data")
    with pytest.raises(ValueError, match=r"^anneal must be 0 where smoothing is a schedule, got 3"):
        dual(non_saturating_gan(), smoothing=Linear(0.2, 0.1, 5), anneal=3)


def test_weights_that_follow_the_round_are_inputs() -> None:
    falling = Linear(1.0, 0.0, 5)
    method = hybrid(squared_l2(), non_saturating_gan(), game_weight=falling, weight=falling)
    assert method.noise.keys() == {"z", "game_weight"}  # no penalty, no weight of it
    method = hybrid(
        squared_l2(), non_saturating_gan(), latent=aggregate(non_saturating_gan()), weight=falling, game_weight=2.0
    )
    assert method.noise["weight"] == Draw(Constant(falling), "scalar")
    assert method.noise.keys() == {"z", "weight"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_hyper_parameters_remake_the_method(name: str) -> None:
    """What a run writes down is enough to build the same method again."""
    method = make(name)
    again = make(name, **method.hyper)
    assert again.hyper == method.hyper
    assert again.noise == method.noise
    assert again.roles == method.roles


def test_unknown_player() -> None:
    with pytest.raises(KeyError, match=r"'gmmn' has no player 'critic'; it has \['generator'\]"):
        make("gmmn").player("critic")
    assert make("ns-gan").player("critic").name == "critic"


def test_records_that_contradict_themselves() -> None:
    method = make("ns-gan")
    critic, generator = method.players
    with pytest.raises(ValueError, match="'ns-gan': players need distinct names"):
        replace(method, players=(critic, critic))
    with pytest.raises(ValueError, match="players need distinct names"):
        replace(method, players=())
    with pytest.raises(ValueError, match="player 'generator' owns unknown role 'decoder'"):
        replace(method, players=(critic, replace(generator, owns=("decoder",))))
    with pytest.raises(
        ValueError, match="in simultaneous order every player takes one step a round, 'critic' asks"
    ):
        dual(non_saturating_gan(), critic_steps=5, order="simultaneous")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": 0}, r"batch of Method must be a whole number of at least 1, got 0"),
        ({"batch": -3}, r"batch of Method .* got -3"),
        ({"batch": "x"}, r"batch of Method .* got 'x'"),
        ({"batch": True}, r"batch of Method .* got True"),
        ({"tolerance": float("nan")}, r"tolerance of Method must be finite and at least 1, got nan"),
        ({"tolerance": -1.0}, r"tolerance of Method must be finite and at least 1, got -1\.0"),
        ({"order": "together"}, r"order of Method must be one of 'alternating', 'simultaneous', got 'together'"),
    ],
)
def test_method_out_of_range(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(make("ns-gan"), **change)


def test_batch_of_numpy() -> None:
    assert type(replace(make("ns-gan"), batch=np.int64(5)).batch) is int


def test_signature() -> None:
    gan, vae, avb = make("ns-gan"), make("vae"), make("avb")
    assert gan.signature("critic", SHAPES) == (((4, 3, 2),), ())
    assert avb.signature("critic", SHAPES) == (((4, 3, 2), (5,)), ())
    assert avb.signature("encoder", SHAPES) == (((4, 3, 2), (16,)), (5,))
    assert vae.signature("encoder", SHAPES) == (((4, 3, 2),), (10,))
    image = {"data": (8,), "latent": (2, 2, 3)}
    assert gan.signature("generator", image) == (((2, 2, 3),), (8,))
    with pytest.raises(ValueError, match=r"moments need a flat latent event \(k,\), got \(2, 2, 3\)"):
        vae.signature("encoder", image)


def test_check() -> None:
    method = make("wgan-gp")
    networks = mlp(method, **SHAPES, width=3)
    check(method, networks, SHAPES)
    with pytest.raises(ValueError, match=r"needs networks for \['critic', 'generator'\], got \['critic'\]"):
        check(method, {"critic": networks["critic"]}, SHAPES)
    with pytest.raises(ValueError, match=r"needs networks for .*got \['critic', 'extra', 'generator'\]"):
        check(method, {**networks, "extra": networks["critic"]}, SHAPES)
    flat = Network(((5,),), (Dense(24),))
    with pytest.raises(
        ValueError,
        match=r"'generator' of method 'wgan-gp' must map .* to \(4, 3, 2\), this one maps \(\(5,\),\) to \(24,\)",
    ):
        check(method, {**networks, "generator": flat}, SHAPES)
    normed = Network(flat.inputs, (*flat.layers, BatchNorm(), Reshape((4, 3, 2))))
    check(method, {**networks, "generator": normed}, SHAPES)
    critic = Network(((4, 3, 2),), (BatchNorm(), Reshape((24,)), Dense(1), Reshape(())))
    with pytest.raises(ValueError, match=r"'critic' of method 'wgan-gp' may not hold BatchNorm.*use LayerNorm"):
        check(method, {**networks, "critic": critic}, SHAPES)
    gan = make("ns-gan")
    check(gan, {**mlp(gan, **SHAPES), "critic": critic}, SHAPES)


def test_draws() -> None:
    noise = make("wgan-gp").noise
    generator = np.random.default_rng(0)
    assert noise["z"].sample(generator, 7, SHAPES).shape == (7, 5)
    e = noise["e"].sample(generator, 4000, SHAPES)
    assert e.shape == (4000, 1, 1, 1)
    assert e.dtype == np.float64
    assert 0 <= e.min() < 0.01 < 0.99 < e.max() < 1
    assert np.array_equal(
        noise["z"].sample(np.random.default_rng(9), 3, SHAPES),
        noise["z"].sample(np.random.default_rng(9), 3, SHAPES),
    )
    assert {name: sorted(make(name).noise) for name in CATALOGUE} == {
        **{name: ["z"] for name in GANS},
        "roth-gan": ["z"],
        "r3gan": ["z"],
        "wgan": ["z"],
        "wgan-gp": ["e", "z"],
        "wgan-lp": ["e", "z"],
        "sinkhorn": ["z"],
        "sliced-wasserstein": ["theta", "z"],
        "gmmn": ["z"],
        "ae": [],
        "vae": ["epsilon"],
        "iwae": ["epsilon"],
        "avb": ["epsilon", "z"],
        "aae": ["z"],
        "wae-mmd": ["z"],
        "wae-gan": ["z"],
        "gmmn-ae": ["z"],
        "mmd-gan": ["z"],
        "mmd-gan-gp": ["e", "z"],
        "vae-gan": ["epsilon", "z"],
        "ae-gan": ["z"],
        "wae-learned-cost": ["z"],
    }
    assert sorted(METHODS["W1 in latent space"]().noise) == ["e", "epsilon", "z"]


def test_laws() -> None:
    generator = np.random.default_rng(1)
    normal, uniform = Normal(3.0).sample(generator, (20_000,)), Uniform(-2.0, 4.0).sample(generator, (20_000,))
    assert normal.mean() == pytest.approx(0, abs=4 * 3 / np.sqrt(20_000))
    assert normal.std() == pytest.approx(3, rel=0.03)
    assert uniform.mean() == pytest.approx(1, abs=0.05)
    assert -2 <= uniform.min() < -1.99 < 3.99 < uniform.max() < 4
    assert make("wae-mmd", prior_scale=2.0).prior == Draw(Normal(2.0), "latent")
    assert make("gmmn").prior == Draw(Uniform(-1.0, 1.0), "latent")


def test_optimizers_of_a_run() -> None:
    method, sgd = make("ns-gan"), SGD(0.1)
    assert method.optimizers({"critic": sgd}) == {"critic": sgd, "generator": Adam(2e-4, 0.5)}
    assert method.optimizers() == {player.name: player.optimizer for player in method.players}
    with pytest.raises(ValueError, match=r"optimizers name \['crtic'\], which are no players of method 'ns-gan'"):
        method.optimizers({"crtic": sgd})


def test_defaults_of_compositions() -> None:
    game, auto = dual(non_saturating_gan()), METHODS["GAN in latent space, scaled cost"]()
    assert game.optimizers() == {"critic": Adam(2e-4, 0.5), "generator": Adam(2e-4, 0.5)}
    assert auto.optimizers() == {"autoencoder": Adam(1e-3), "critic": Adam(5e-4, 0.5)}
    assert game.prior == auto.prior == Draw(Normal(1.0), "latent")


def test_the_players_of_a_step_are_known_and_distinct() -> None:
    method = make("wgan-gp")
    assert method.moving(("generator", "critic")) == (method.player("generator"), method.player("critic"))
    for names in (("crtic",), ("critic", "critic")):
        with pytest.raises(ValueError, match=r"distinct players among \['critic', 'generator'\], got \['cr"):
            method.moving(names)


def test_a_missing_draw_is_named() -> None:
    make("wgan-gp").check_noise({"z": 0, "e": 0})
    with pytest.raises(ValueError, match=r"a step of 'wgan-gp' needs the noise \['e'\], which is missing"):
        make("wgan-gp").check_noise({"z": 0})
