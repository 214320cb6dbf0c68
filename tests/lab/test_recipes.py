"""Recipes: what they say of a run, and what comes before them."""

import re

import numpy as np
import pytest
from tests.conformance.toy import Toy

import diptych
from diptych import CATALOGUE
from diptych.optimizers import Adam
from diptych.schedules import Linear
from diptych_lab import recipes, train
from diptych_lab.choices import Settings, configure
from diptych_lab.dataset import Dataset
from diptych_lab.recipes import KINDS, Recipe, recipe_of
from diptych_lab.recipes.recipe import read
from diptych_lab.toys import ring

TABLE = {
    "rounds": 70,
    "batch": 32,
    "learning-rate": 0.5,
    "ema": 0.9,
    "set": {"weight": 3.0},
    "critic": {"learning-rate": 0.25, "clip-norm": 2.0},
}


@pytest.fixture
def recipe():
    return read(TABLE)


def test_a_recipe_is_read_and_written_alike(recipe):
    assert read(recipe.table()) == recipe
    assert recipe.table() == TABLE
    assert read() == Recipe()
    assert Recipe().settings() == {}
    assert recipe.rounds == 70


def test_a_methods_table_comes_before_its_familys_entry_by_entry():
    found = read(
        {"batch": 8, "set": {"a": 1, "b": 2}, "critic": {"ema": 0.5}}, {"set": {"b": 3}, "critic": {"ema": 0.6}}
    )
    assert found.settings() == {"batch": 8, "hyper": {"a": 1, "b": 3}, "players": {"critic": {"ema": 0.6}}}


def test_what_a_user_gives_comes_before_a_recipe(recipe):
    given = {
        "batch": None,
        "ema": 0.5,
        "learning_rate": 0.125,
        "hyper": {"critic_steps": 2},
        "players": {"critic": {"ema": 0.75}},
    }
    assert recipe.completed(given) == {
        "batch": 32,
        "ema": 0.5,
        "learning_rate": 0.125,  # of the critic, too
        "hyper": {"weight": 3.0, "critic_steps": 2},
        "players": {"critic": {"clip_norm": 2.0, "ema": 0.75}},
    }
    assert recipe.completed({"hyper": {"weight": 1.0}})["hyper"] == {"weight": 1.0}
    assert recipe.completed({"players": {"critic": {"learning_rate": 2.0}}})["players"]["critic"] == {
        "learning_rate": 2.0,
        "clip_norm": 2.0,
    }


def test_a_schedule_that_is_given_as_an_object_is_the_schedule():
    found = read({"schedule": "cosine", "warm-up": 5, "learning-rate": 1.0}).completed(
        {"learning_rate": Linear(1.0, 0.0, 10)}
    )
    assert found == {"learning_rate": Linear(1.0, 0.0, 10)}


def test_what_is_no_setting_is_refused_by_who_reads_the_settings_and_not_here(recipe):
    assert recipe.completed({"hyper": 3, "players": "critic"})["hyper"] == 3


def test_what_of_a_run_is_the_recipes_is_told(recipe):
    assert recipe.told({"ema": 0.5, "hyper": {"weight": 1.0}}, None) == (
        "rounds 70, learning-rate 0.5, batch 32, critic-learning-rate 0.25, critic-clip-norm 2.0"
    )
    assert recipe.told({"learning_rate": 1.0, "batch": 8}, 10) == "ema 0.9, weight 3.0, critic-clip-norm 2.0"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"bach": 3}, "unknown field `bach`"),
        ({"batch": "3"}, "Expected `int | null`, got `str`"),
        ({"critic": {"batch": 3}}, "unknown field `batch`"),
        ({"rounds": 0}, "Expected `int` >= 1"),
    ],
)
def test_a_recipe_that_is_none_is_refused(table, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        read(table)


def test_a_short_run_is_the_beginning_of_the_recipes(recipe):
    assert recipe.length({}, 10) == 70
    assert recipe.length({"schedule": None}, 100) == 100
    assert recipe.length({"schedule": "linear"}, 10) == 10
    assert Recipe().length({}, 10) == 10


# --- those that come with diptych


@pytest.mark.parametrize("method", CATALOGUE)
def test_the_recipes_are_settings_of_their_method(method):
    found = recipe_of("plane", method)
    assert found != Recipe()
    settings = {k: v for k, v in found.completed({}).items() if k in Settings.__annotations__}
    assert settings == found.completed({})
    config = configure(method, points(ring()), schedule_rounds=found.rounds, **settings)
    chosen = {name: tuple(v) if isinstance(v, list) else v for name, v in settings.get("hyper", {}).items()}
    assert {**config.hyper} == {**diptych.make(method).hyper, **chosen}


def test_a_family_alone_gives_no_method_a_recipe():
    assert recipe_of("images", "ns-gan").latent == 64
    assert recipe_of("images", "wgan-gp") == Recipe()  # which was not measured there


def test_every_table_of_a_file_is_of_a_family_or_of_a_method():
    families = {diptych.make(name).family for name in CATALOGUE}
    for kind in KINDS:
        assert set(recipes._file(kind)) <= families | {*CATALOGUE}


def points(x, **more):
    return Dataset("x", np.asarray(x, np.float32), **more)


def test_who_has_no_recipe():
    here = points(ring())
    assert recipes.recipe("wgan-gp", here)[0] == recipe_of("plane", "wgan-gp") != Recipe()
    assert recipes.recipe("wgan-gp", here, "none") == (Recipe(), "")
    for other in (points(np.ones((300, 3))), points(np.ones((300, 28, 28, 1))), points(np.ones((300, 8, 8, 1)))):
        assert recipes.recipe("wgan-gp", other) == (Recipe(), "")
    assert recipes.recipe(diptych.methods.wgan_gp(), here) == (Recipe(), "")
    assert recipes.recipe("mine", here) == (Recipe(), "")
    assert recipe_of("plane", "mine") == Recipe()
    with pytest.raises(ValueError, match="recipe must be one of 'auto', 'none', got 'plane'"):
        recipes.recipe("vae", here, "plane")


@pytest.mark.parametrize(("factor", "spread"), [(100.0, "200"), (0.01, "0.02"), (0.0, "0")])
def test_a_recipe_is_for_data_of_its_scale(factor, spread):
    found, reason = recipes.recipe("gmmn", points(factor * ring()))
    assert found == Recipe()
    assert f"here it is {spread}; scale the data" in reason


def test_a_recipes_batch_is_no_larger_than_the_rows_trained_on():
    assert recipes.recipe("ns-gan", points(ring()[:50]))[0].batch == 50
    assert recipes.recipe("ns-gan", points(ring()[:50]), held_out=0.2)[0].batch == 40
    with pytest.raises(ValueError, match="held_out must be"):
        recipes.recipe("ns-gan", points(ring()[:50]), held_out=2.0)


# --- in a run


def test_a_run_that_is_made_in_parts_is_the_whole_run(tmp_path):
    """Its learning rates fall over the recipe's rounds, not over those of its first part."""
    common = {
        "data": "ring",
        "backend": Toy(),
        "width": 4,
        "dtype": "float64",
        "batch": 8,
        "say": lambda line: None,
    }
    whole = train("ns-gan", out=tmp_path / "whole", rounds=4, **common)
    train("ns-gan", out=tmp_path / "parts", rounds=2, **common)
    parts = train("ns-gan", out=tmp_path / "parts", rounds=4, resume=True, **common)
    for name, array in whole.model.state().items():
        np.testing.assert_array_equal(parts.model.state()[name], array, err_msg=name)


def test_a_run_that_began_without_a_recipe_goes_on_without(tmp_path):
    """As one of before there were any."""
    common = {"data": "ring", "backend": Toy(), "width": 4, "dtype": "float64", "out": tmp_path}
    train("ns-gan", rounds=1, recipe="none", say=lambda line: None, **common)
    said = []
    run = train("ns-gan", rounds=2, resume=True, say=said.append, **common)
    assert (run.round, run.config.batch) == (2, 64)
    assert not [line for line in said if line.startswith("recipe")]
    with pytest.raises(ValueError, match=r"holds another run, .*seed 1 here, 0 there"):
        train("ns-gan", rounds=3, resume=True, seed=1, say=said.append, **common)


def test_a_run_has_its_recipe_and_says_so(tmp_path):
    said = []
    run = train(
        "ns-gan",
        data="ring",
        backend=Toy(),
        out=tmp_path / "a",
        rounds=1,
        width=4,
        dtype="float64",
        say=said.append,
    )
    found = recipe_of("plane", "ns-gan")
    assert run.config.batch == found.batch
    assert run.config.optimizers["critic"].ema == found.ema
    (line,) = [line for line in said if line.startswith("recipe:")]
    assert f"batch {found.batch}" in line
    assert "rounds" not in line
    said.clear()
    plain = train(
        "ns-gan",
        data="ring",
        backend=Toy(),
        out=tmp_path / "b",
        rounds=1,
        recipe="none",
        dtype="float64",
        width=4,
        say=said.append,
    )
    assert plain.config.batch == 64
    assert plain.config.optimizers["critic"] == Adam(2e-4, beta1=0.5)
    assert not [line for line in said if line.startswith("recipe:")]
    few = train(
        "ns-gan",
        data=30 * ring()[:100],
        backend=Toy(),
        out=tmp_path / "c",
        rounds=1,
        dtype="float64",
        width=4,
        say=said.append,
    )
    assert few.config.batch == 64
    assert [line for line in said if "here it is 60; scale the data" in line]
