"""The run's record: defaults, identity, JSON; and hyper-parameters typed as text."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import diptych
from diptych import CATALOGUE
from diptych.algebra import aggregate
from diptych.costs import bernoulli_nll, cross_entropy, squared_l2
from diptych.divergences import maximum_mean_discrepancy, non_saturating_gan
from diptych.kernels import rbf
from diptych.optimizers import SGD, Adam
from diptych_lab import Config, Dataset, configure, records
from diptych_lab.columns import Columns
from diptych_lab.preparation import chosen
from diptych_lab.settings import parse_settings, read_settings, spelled

IMAGES = Dataset("images", np.zeros((300, 8, 8, 1), "float32"))
POINTS = Dataset("points", np.zeros((300, 2), "float32"))


@pytest.mark.parametrize("method", CATALOGUE)
def test_defaults_are_the_methods_own(method):
    config = configure(method, IMAGES)
    record = config.make()
    assert config.batch == record.batch
    assert config.optimizers == {player.name: player.optimizer for player in record.players}
    assert config.hyper == record.hyper
    assert (config.latent, config.width, config.dtype) == (8, 256, "float32")
    assert configure(method, POINTS).latent == 2
    assert configure(method, IMAGES, architecture="conv").width == 32
    assert configure(method, IMAGES, architecture="dcgan").width == 32
    assert configure(method, IMAGES, architecture="resnet").width == 32


def test_optimizers_chosen_by_hand():
    assert configure("ns-gan", POINTS, learning_rate=0.5).optimizers["critic"] == Adam(0.5, beta1=0.5)
    assert configure("ns-gan", POINTS, optimizer="sgd").optimizers["generator"] == SGD(2e-4)
    assert configure("vae", POINTS, optimizer="sgd", learning_rate=1.0).optimizers == {"autoencoder": SGD(1.0)}


@pytest.mark.parametrize("method", CATALOGUE)
def test_json_and_back(method):
    config = configure(method, POINTS, optimizer="momentum", seed=3)
    assert Config.from_record(json.loads(config.text())) == config


def test_another_format_is_refused():
    record = configure("vae", POINTS).record()
    with pytest.raises(ValueError, match="config of format 99, this diptych reads format 1"):
        Config.from_record(record | {"format": 99})
    with pytest.raises(ValueError, match="not a run's config: Object missing required field"):
        Config.from_record({"format": 1})
    with pytest.raises(ValueError, match="not a run's config: Expected `object`, got `int`"):
        Config.from_record(record | {"hyper": 3})
    with pytest.raises(ValueError, match="it holds no object, but a list"):
        records.document("[]")


@pytest.mark.parametrize("value", [-0.5, 1.5])
def test_a_cross_entropy_wants_data_between_0_and_1(value):
    x = np.zeros((300, 2), "float32")
    x[7, 1] = value
    data = Dataset("points", x)
    message = rf"points: {value} at row 7, position \(1,\), but the cost of .*bernoulli.* in \[0, 1\] only; scale"
    with pytest.raises(ValueError, match=message):
        configure("vae", data, hyper={"decoder": "bernoulli"})
    for composed in (diptych.primal(cross_entropy()), diptych.hybrid(bernoulli_nll(), non_saturating_gan())):
        with pytest.raises(ValueError, match="at row 7"):
            configure(composed, data)
    configure("vae", data)


def test_identity_is_all_but_where_the_data_lie():
    config = configure("vae", POINTS)
    assert replace(config, data="elsewhere") == config
    changed = {
        "fingerprint": "0", "event": (3,), "seed": 1, "batch": 7, "latent": 3, "width": 9, "dtype": "float64",
        "method": "gmmn", "hyper": {**config.hyper, "beta": 2.0},
        "architecture": "dcgan", "optimizers": {"autoencoder": Adam(1.0)},
    }  # fmt: skip
    for name, value in changed.items():
        other = replace(config, **{name: value})
        assert other != config
        (difference,) = config.differences(other)
        said = {
            "fingerprint": "the data, points, have changed", "hyper": "beta 1.0 here, 2.0 there",
            "method": "method 'vae' here, 'gmmn' there",
            "optimizers": "learning_rate of autoencoder 0.001 here, 1.0 there",
        }  # fmt: skip
        assert difference.startswith(said.get(name, f"{name} "))
    elsewhere = replace(config, data="ring", fingerprint="0")
    assert config.differences(elsewhere) == ["data points here, ring there"]


def test_numbers_of_numpy_and_text_become_pythons():
    plain = configure(
        "wae-mmd", POINTS, seed=3, latent=2, learning_rate=0.5, hyper={"weight": 3.0, "scales": (1.0, 2.0)}
    )
    same = configure(
        "wae-mmd", POINTS, seed=np.int32(3), latent=np.int64(2), learning_rate=np.float64(0.5),
        hyper={"weight": "3", "scales": np.array([1, 2])},
    )  # fmt: skip
    assert same.text() == plain.text()
    assert configure("wae-mmd", POINTS, hyper={"weight": 3}).text() != configure("wae-mmd", POINTS).text()


def composition(weight=1.0):
    return diptych.primal(squared_l2(), latent=aggregate(maximum_mean_discrepancy(rbf([1.0]))), weight=weight)


def test_a_composed_method():
    method = composition()
    config = configure(method, POINTS)
    assert config.make() is method
    assert config.networks.keys() == method.roles.keys()
    record = json.loads(config.text())
    read = Config.from_record(record)
    assert read == config
    assert read.text() == config.text()
    assert read.given(method) == config
    assert read.make() is not method
    assert read.make().name == method.name
    other = configure(composition(weight=2.0), POINTS)
    assert config != other
    assert config.differences(other) == ["weight 1.0 here, 2.0 there"]
    with pytest.raises(ValueError, match=r"the run is of another 'primal\(.*: weight 1.0 here, 2.0 there"):
        read.given(composition(weight=2.0))
    with pytest.raises(ValueError, match=r"the run is of 'primal\(.*, not of 'other'"):
        read.given(replace(method, name="other"))
    with pytest.raises(ValueError, match=r"the composition is of 'primal\(.*, not of 'primal\(l2'"):
        Config.from_record(record | {"method": "primal(l2"})
    with pytest.raises(ValueError, match=r"has no constructor 'costs.squared_l3'; did you mean 'costs.squared_l2'"):
        Config.from_record(json.loads(config.text().replace("costs.squared_l2", "costs.squared_l3")))


def mine(x, y=None, *, xp=None):
    """A kernel of a user's own."""
    return rbf([1.0])(x, y, xp=xp)


@pytest.mark.parametrize("older", [False, True])
def test_a_composed_method_without_a_record(older):
    """Of a kernel of one's own the config says that it is missing; older configs held the name alone."""
    method = composition() if older else diptych.dual(maximum_mean_discrepancy(mine))
    config = configure(method, POINTS)
    record = json.loads(config.text())
    if older:
        del record["composition"]
    else:
        assert "composition" not in record
        assert record["unrecorded"].startswith("kernel of divergences.maximum_mean_")
    read = Config.from_record(record)
    reason = "an older diptych wrote the name alone" if older else "mine was made by no function of diptych"
    with pytest.raises(ValueError, match=rf"composed method, '.*{reason}.*load\(run, method=...\)"):
        read.make()
    assert read.given(method) == config
    assert read.given(method).make() is method
    if not older:
        recorded = configure(diptych.dual(maximum_mean_discrepancy(rbf([1.0]))), POINTS)
        assert config.differences(recorded) == ["method 'dual(MMD)' has a record there only"]


def test_the_record_of_a_named_method_is_as_it_was():
    """A config that was written before compositions were recorded is read, and written again as it was."""
    text = (Path(__file__).parent / "config-of-0.1.json").read_text()
    config = Config.from_record(json.loads(text))
    assert config.text() == text
    assert config == configure("vae", POINTS, hyper={"beta": 2.0}, width=7)


def test_a_method_of_the_catalogue_may_be_handed_in():
    method = diptych.methods.vae(beta=2.0)
    assert configure(method, POINTS).text() == configure("vae", POINTS, hyper={"beta": 2.0}).text()
    read = configure("vae", POINTS, hyper={"beta": 2.0})
    assert read.given(method) is read
    with pytest.raises(ValueError, match=r"the run is of another 'vae': beta 2.0 here, 1.0 there"):
        read.given(diptych.methods.vae())


def test_what_is_no_composed_method():
    with pytest.raises(ValueError, match="'vae' is a name of the catalogue, and this method was changed"):
        configure(replace(diptych.make("vae", beta=2.0), batch=7), POINTS)
    with pytest.raises(ValueError, match="has its hyper-parameters already"):
        configure(composition(), POINTS, hyper={"weight": 3.0})
    with pytest.raises(TypeError, match=r"a method is a name of the catalogue or a diptych.Method, not 3"):
        configure(3, POINTS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch": 0}, "batch must be a whole number of at least 1, got 0"),
        ({"latent": -1}, "latent must be a whole number of at least 1"),
        ({"latent": 2.5}, "latent must be a whole number of at least 1, got 2.5"),
        ({"seed": None}, "seed must be a whole number of at least 0, got None"),
        ({"width": 0}, "at least 1, got 0"),
        (
            {"batch": 301},
            r"points: 300 rows are too few for a batch of 301; pass batch=300 \(--batch 300\)",
        ),
        ({"architecture": "mpl"}, "unknown architecture 'mpl'; did you mean 'mlp'"),
        ({"architecture": "dcgan"}, "dcgan architecture needs images"),
        ({"architecture": "resnet"}, "resnet architecture needs images"),
        ({"dtype": "float16"}, "dtype must be one of 'float32', 'float64', got 'float16'"),
        ({"dtype": "float64"}, "the data are in float32, the run in float64"),
        ({"optimizer": "adm"}, "unknown optimizer 'adm'; did you mean 'adam'"),
        ({"learning_rate": -1.0}, "learning_rate of .* must be positive and finite"),
        ({"hyper": {"betta": 1}}, "method 'vae' has no hyper-parameter 'betta'; did you mean 'beta'"),
        ({"hyper": {"scale": 0.0}}, "must be .*positive"),
        ({"hyper": {"beta": "x"}}, "hyper-parameter 'beta' of method 'vae' must be a finite number, got 'x'"),
        ({"hyper": {"beta": [1]}}, "'beta' of method 'vae' must be a finite number"),
        ({"hyper": {"beta": True}}, "'beta' of method 'vae' must be a finite number, got True"),
        ({"hyper": {"decoder": 3}}, "must be one of gaussian, bernoulli, got 3"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        configure("vae", POINTS, **settings)


def factory(
    *,
    n: int = 1,
    x: float = 1.0,
    kind: Literal["a", "b"] = "a",
    xs: Sequence[float] = (),
    on: bool = False,
    s: str = "",
    scale: float | Literal["learned"] = 1.0,
    perhaps: int | None = None,
):
    return None


def test_settings_are_read_by_type():
    items = ["n=3", "x = 1e-3", "kind=b", "xs=1,2.5", "on=true", "s=a=b"]
    expected = {"n": 3, "x": 1e-3, "kind": "b", "xs": (1.0, 2.5), "on": True, "s": "a=b"}
    assert parse_settings(items, factory, "it") == expected
    for text, value in (("0.5", 0.5), ("learned", "learned")):
        assert parse_settings([f"scale={text}"], factory, "it") == {"scale": value}
    assert parse_settings(["perhaps=None"], factory, "it") == read_settings({"perhaps": None}, factory, "it")


@pytest.mark.parametrize("method", CATALOGUE)
def test_every_default_survives_being_typed(method):
    hyper = CATALOGUE[method]().hyper
    assert parse_settings(spelled(hyper).split(), CATALOGUE[method], method) == hyper


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("n", "'n' is not of the form name=value"),
        ("n=1.5", "hyper-parameter 'n' of it must be a whole number, got '1.5'"),
        ("x=fast", "'x' of it must be a finite number, got 'fast'"),
        ("x=nan", "must be a finite number"),
        ("x=inf", "must be a finite number"),
        ("kind=c", "must be one of a, b, got 'c'"),
        ("xs=1,,2", "'xs' of it must be a finite number"),
        ("perhaps=x", "'perhaps' of it must be a whole number or None, got 'x'"),
        ("scale=fixed", "'scale' of it must be a finite number or one of learned, got 'fixed'"),
        ("on=maybe", "must be true or false"),
        ("kindd=a", "it has no hyper-parameter 'kindd'; did you mean 'kind'"),
    ],
)
def test_bad_settings_as_text(item, message):
    with pytest.raises(ValueError, match=message):
        parse_settings([item], factory, "it")


def test_a_setting_given_twice():
    with pytest.raises(ValueError, match="'n' of it is given twice"):
        parse_settings(["n=1", "n=2"], factory, "it")


TABLE = Dataset("table", np.random.default_rng(0).normal(size=(300, 2)), columns=("a", "b"))


@pytest.mark.parametrize(
    ("data", "options", "names"),
    [
        (POINTS, {}, ()),
        (replace(IMAGES, preparation=chosen(size=8, channels=1)), {}, ("preparation",)),
        (replace(TABLE, preparation=chosen(columns="a,b", drop_missing=True)), {}, ("preparation", "columns")),
        (IMAGES, {"flip": True, "shift": 3, "held_out": 0.1}, ("augmentation", "held_out")),
    ],
)
def test_what_was_done_to_the_data_is_recorded_where_anything_was(data, options, names):
    config = configure("vae", data, batch=20, **options)
    record = json.loads(config.text())
    assert {"preparation", "columns", "augmentation", "held_out"} & record.keys() == set(names)
    assert Config.from_record(record) == config
    assert not config.differences(Config.from_record(record))


@pytest.mark.parametrize(
    ("data", "name", "value", "message"),
    [
        (
            TABLE,
            "columns",
            {"names": ["a"], "mean": [0.0], "deviation": [1.0]},
            "1 columns of a table, and rows of",
        ),
        (
            TABLE,
            "columns",
            {"names": ["a", "b"], "mean": [0.0], "deviation": [1.0]},
            "a name, a mean and a deviation",
        ),
        (
            TABLE,
            "columns",
            {"names": ["a", "b"], "mean": [0.0, 0.0], "deviation": [1.0, 0.0]},
            "deviations above 0",
        ),
        (IMAGES, "augmentation", {"shift": 8}, "shift must be below the sides of the images, 8 x 8"),
        (POINTS, "augmentation", {"flip": True}, "flip and shift are for images"),
        (IMAGES, "preparation", {"size": [0, 8]}, "Expected `int` >= 1 - at `..preparation.size"),
        (IMAGES, "preparation", {"crop": "middle"}, "Invalid enum value 'middle'"),
        (IMAGES, "preparation", {"code": "x"}, "unknown field `code`"),
    ],
)
def test_such_records_that_no_run_has(data, name, value, message):
    record = json.loads(configure("vae", data, batch=20).text())
    with pytest.raises(ValueError, match=message):
        Config.from_record(record | {name: value})


def test_the_scaling_of_columns_is_part_of_a_run():
    config = configure("vae", TABLE, batch=20)
    other = replace(config, columns=Columns(("a", "b"), (0.0, 0.0), (1.0, 1.0)))
    assert config != other
    assert config.differences(other) == ["the scaling of columns"]
