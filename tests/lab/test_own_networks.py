"""Networks of a user's own: described in a config layer by layer, or made by a function that is named again."""

import inspect
import json
import random
import sys
from dataclasses import replace

import numpy as np
import pytest

from diptych.networks import Activation, Dense, Network, Reshape
from diptych_lab import load, train
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.config import Config
from diptych_lab.own_networks import Made, from_record, own_network, record

BRIEF = {"data": "ring", "batch": 16, "latent": 2, "width": 8, "rounds": 3, "recipe": "none"}
CRITIC = [
    {"type": "SpectralNorm", "layer": {"type": "Dense", "units": 6}},
    {"type": "Residual", "body": [{"type": "Dense", "units": 6}, {"type": "Activation", "name": "tanh"}]},
    {"type": "Dense", "units": 1},
    {"type": "Reshape", "shape": []},
]
MODULES = """
from diptych.networks import Dense, Network

def described(inputs, output):
    return Network(inputs, (Dense(3), Dense(*output)))

def torch_critic(inputs):
    from torch import nn
    return nn.Sequential(nn.Linear(inputs[0][0], 6), nn.Tanh(), nn.Linear(6, 1), nn.Flatten(0))

other_critic = torch_critic

def keras_critic(inputs, dtype):
    import keras
    layers = [keras.Input(inputs[0]), keras.layers.Dense(6, "tanh", name="a", dtype=dtype)]
    layers += [keras.layers.Dense(1, name="b", dtype=dtype), keras.layers.Reshape((), name="c", dtype=dtype)]
    return keras.Sequential(layers, name="critic")

def unnamed():
    import keras
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(6, "tanh"), keras.layers.Dense(1)])

shared = None

def same():
    global shared
    shared = shared or torch_critic(((2,),))
    return shared

def broken():
    raise RuntimeError("no such weather")

def nothing():
    pass

number = 3
"""


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """A folder to be in, with a module `mine` of these functions."""
    (tmp_path / "mine.py").write_text(MODULES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    yield tmp_path
    sys.modules.pop("mine", None)


def read(given, role="critic", inputs=((2,),), output=(), seed=0):
    return own_network(role, given, inputs, output, seed=seed, dtype="float32")


def test_a_network_in_words_is_the_network():
    found = read({"layers": CRITIC, "std": 0.1})
    assert (found.inputs, found.output, found.std, len(found.layers)) == (((2,),), (), 0.1, 4)
    assert found.layers[1].body == (Dense(6), Activation("tanh"))
    assert read(CRITIC) == read({"layers": CRITIC}) == replace(found, std=None)
    assert read([Dense(1), Reshape(())]) == Network(((2,),), (Dense(1), Reshape(())))
    assert from_record("critic", json.loads(json.dumps(record(found)))) == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"layers": [{"type": "Dens", "units": 3}]},
            "layer 0: it needs a type, such as Dense, got 'Dens'; did",
        ),
        ({"layers": [{"units": 3}]}, "layer 0: it needs a type, such as Dense, got None"),
        ({"layers": [{"type": ["Dense"], "units": 3}]}, "layer 0: it needs a type, such as Dense, got ['Dense']"),
        ({"layers": [*CRITIC, 5]}, "layer 4: "),
        ({"layers": [{"type": "Dense", "unit": 3}]}, "layer 0: its table: Dense has no argument 'unit'"),
        ({"layers": [{"type": "Dense", "units": "3"}]}, "layer 0: units of Dense is of another type: '3'"),
        (
            {"layers": [{"type": "Dense", "units": 0}]},
            "layer 0: units of Dense must be a whole number of at least 1",
        ),
        ({"layers": [{"type": "Dense"}]}, "missing 1 required positional argument: 'units'"),
        ({"layers": [{"type": "Conv2D", "filters": 3, "kernel": 3}]}, "Conv2D"),
        ({"layers": 3}, "layers must be a list, got 3"),
        ({"std": 0.1}, "it needs its layers"),
        ({"layers": CRITIC, "sd": 0.1}, "it has no 'sd'; did you mean 'std'"),
        ({"layers": CRITIC, "std": -1}, "std"),
        ("mine", "it must be layers, package.module:function, or a function, got 'mine'"),
        ("mine:broken", "mine:broken: no such weather"),
        ("mine:nothing", "mine:nothing gives nothing"),
        ("builtins:dict", "builtins:dict: no signature found"),
        ("mine:number", "mine:number: mine has no function 'number'"),
        ("no_such_module:f", "no_such_module:f: No module named 'no_such_module'"),
        (3, "it must be layers"),
    ],
)
def test_refused(modules, given, said):
    with pytest.raises((ValueError, ImportError), match=r"^network 'critic':") as refusal:
        read(given)
    assert said in str(refusal.value)


@pytest.mark.torch
def test_a_module_is_handed_in_by_what_makes_it():
    from torch import nn

    with pytest.raises(ValueError, match="a module is handed in by the function that makes it"):
        read(nn.Linear(2, 1))


@pytest.mark.torch
def test_a_function_draws_by_the_seed_and_leaves_the_generators_as_they_were(modules):
    import torch

    def weights(seed):
        return read("mine:torch_critic", seed=seed).module[0].weight.detach().numpy()

    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    first = weights(0)
    after = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]
    torch.manual_seed(5)
    np.testing.assert_array_equal(first, weights(0))
    assert not np.array_equal(first, weights(1))


def test_a_function_that_describes_is_recorded_as_data(modules):
    found = read("mine:described", "generator", ((2,),), (2,))
    assert found == Network(((2,),), (Dense(3), Dense(2)))


def test_a_described_network_is_trained_and_resumed_and_moves(modules, backend):
    settings = {**BRIEF, "backend": backend, "networks": {"critic": CRITIC}}
    whole = train("hinge", **settings, out="whole")
    train("hinge", **{**settings, "rounds": 2}, out="parts")
    train("hinge", **settings, out="parts", resume=True)
    for name in ("checkpoint.safetensors", "metrics.jsonl", "config.json"):
        assert (modules / "whole" / name).read_bytes() == (modules / "parts" / name).read_bytes(), name
    assert whole.config.networks["critic"] == read(CRITIC)
    assert {"0.u", "1.body.0.kernel"} <= whole.model.weights()["critic"].keys()
    assert load("whole").config == whole.config


@pytest.mark.torch
@pytest.mark.keras
def test_a_described_network_goes_to_the_other_framework(modules):
    run = train("hinge", **BRIEF, backend="torch", out="run", networks={"critic": CRITIC})
    other = load("run", backend="keras")
    np.testing.assert_allclose(other.sample(5), run.sample(5), rtol=1e-5, atol=1e-6)
    train("hinge", **{**BRIEF, "rounds": 4}, backend="keras", out="run", networks={"critic": CRITIC}, resume=True)


def test_a_module_is_trained_and_resumed_to_the_bit(modules, backend):
    path = f"mine:{backend}_critic"
    settings = {**BRIEF, "backend": backend, "networks": {"critic": path}, "ema": 0.9}
    whole = train("hinge", **settings, out="whole")
    train("hinge", **{**settings, "rounds": 2}, out="parts")
    train("hinge", **settings, out="parts", resume=True)
    for name in ("checkpoint.safetensors", "metrics.jsonl"):
        assert (modules / "whole" / name).read_bytes() == (modules / "parts" / name).read_bytes(), name
    assert json.loads((modules / "whole" / "config.json").read_text())["own"] == {"critic": path}
    found = load("whole", networks={"critic": path})
    np.testing.assert_array_equal(found.sample(4), whole.sample(4))
    for role, tensors in whole.model.weights().items():
        for name, array in tensors.items():
            np.testing.assert_array_equal(found.model.weights()[role][name], array)


@pytest.mark.keras
def test_a_module_whose_tensors_have_other_names_each_time_is_refused(modules):
    with pytest.raises(ValueError, match=r"mine:unnamed names its tensors anew each time.* give model and layers"):
        train("hinge", **BRIEF, backend="keras", out="run", networks={"critic": "mine:unnamed"})
    assert not (modules / "run").exists()


@pytest.mark.torch
def test_a_module_that_is_the_same_each_time_is_refused(modules):
    """The next run in this process would begin with weights that this one has trained."""
    with pytest.raises(ValueError, match="network 'critic': mine:same gives the same module each time"):
        train("hinge", **BRIEF, backend="torch", out="run", networks={"critic": "mine:same"})
    assert not (modules / "run").exists()


@pytest.mark.torch
def test_a_function_without_a_path_is_handed_over_again(modules):
    def critic(inputs):
        from torch import nn

        return nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))

    train("hinge", **BRIEF, backend="torch", out="run", networks={"critic": critic})
    with pytest.raises(ValueError, match=r"hand it over again from Python, networks=\{'critic': that function\}"):
        load("run")
    assert load("run", networks={"critic": critic}).round == 3
    with pytest.raises(ValueError, match="networks must be functions by role"):
        load("run", networks=["critic"])


@pytest.mark.torch
def test_a_file_names_no_code(modules, run):
    """A run's folder says what made its critic; nothing imports that before who reads the run names it."""
    settings = {**BRIEF, "backend": "torch", "networks": {"critic": "mine:torch_critic"}}
    train("hinge", **settings, out="run")
    del sys.modules["mine"]
    for words in (
        ("sample", "run", "--out", "a.npy"),
        ("evaluate", "run", "--metrics", "sliced-w1"),
        ("interpolate", "run", "--out", "a.npy"),
        ("export", "run", "--to", "torch", "--out", "a.pt2"),
    ):
        refused = run(*words)
        assert "name it again, --critic mine:torch_critic" in refused.output, refused.output
        assert "mine" not in sys.modules
    with pytest.raises(ValueError, match=r"networks=\{'critic': 'mine:torch_critic'\}"):
        load("run")
    assert run("sample", "run", "--out", "a.npy", "--critic", "mine:torch_critic").exit_code == 0
    assert run("export", "run", "--to", "torch", "--out", "a.pt2", "--critic=mine:torch_critic").exit_code == 0
    with pytest.raises(
        ValueError, match="the run's critic is made by mine:torch_critic, and not by mine:other_critic"
    ):
        load("run", networks={"critic": "mine:other_critic"})
    with pytest.raises(ValueError, match="the run's generator is not made by a function of your own"):
        load("run", networks={"critic": "mine:torch_critic", "generator": "mine:described"})
    with pytest.raises(ValueError, match=r"network critic none here, mine:torch_critic there"):
        train("hinge", **{**settings, "networks": None}, out="run", resume=True)


def torch_features(inputs, output):
    from torch import nn

    return nn.Linear(inputs[0][0], *output)


@pytest.mark.torch
def test_the_role_of_features_beside_the_features_of_evaluations(modules, run):
    """Both are called so. `--features` alone was taken for those of evaluations, and the network left as it was."""
    (modules / "mine.py").write_text(inspect.getsource(torch_features))
    words = ("mmd-gan", "--data", "ring", "--backend", "torch", "--rounds", 2, "--width", 8, "--recipe", "none")
    refused = run("train", *words, "--out", "run", "--features", "mine:torch_features")
    assert "features are of what is evaluated: --evaluate" in refused.output
    assert "--features-network package.module:function" in refused.output
    assert run("train", *words, "--out", "run", "--features-network", "mine:torch_features").exit_code == 0
    assert json.loads((modules / "run" / "config.json").read_text())["own"] == {"features": "mine:torch_features"}
    seen = ("evaluate", "run", "--metrics", "sliced-w1", "--n", 20)
    assert "name it again, --features-network mine:torch_features" in run(*seen).output
    assert run(*seen, "--features-network=mine:torch_features").exit_code == 0


@pytest.mark.torch
def test_a_path_without_a_function_is_told(modules, run):
    words = ("hinge", "--data", "ring", "--backend", "torch", "--out", "run")
    refused = run("train", *words, "--critic", "mine.torch_critic").output
    assert "No such option '--critic'; where it is a role, its network is package.module:function" in refused


@pytest.mark.torch
def test_a_module_is_not_exported(modules, run):
    train("hinge", **BRIEF, backend="torch", out="run", networks={"generator": torch_generator})
    said = run("sample", "run", "--out", "a.npy", "--generator", "mine:torch_critic")
    assert "and not by mine:torch_critic" in said.output
    from diptych_lab.exporting import exported

    with pytest.raises(
        ValueError, match=r"generator is a module of your own: export run.model.module\('generator'\)"
    ):
        exported(load("run", networks={"generator": torch_generator}), "torch")


def torch_generator():
    from torch import nn

    return nn.Linear(2, 2)


@pytest.mark.torch
def test_checkpoints_of_modules_are_checked(modules):
    settings = {**BRIEF, "backend": "torch", "networks": {"critic": "mine:torch_critic"}}
    run = train("hinge", **settings, out="run")
    content = run.checkpoint
    for lost in ("0.bias", "extra"):
        weights = {role: dict(own) for role, own in content.weights.items()}
        if lost == "extra":
            weights["critic"][lost] = np.zeros(3, np.float32)
        else:
            del weights["critic"][lost]
        (modules / "run" / "checkpoint.safetensors").write_bytes(replace(content, weights=weights).content())
        with pytest.raises(ValueError, match=f"critic.*{lost}"):
            load("run", networks={"critic": "mine:torch_critic"})
    odd = {**content.state, "critic.odd.critic.0.bias": np.zeros(6, np.float32)}
    (modules / "run" / "checkpoint.safetensors").write_bytes(replace(content, state=odd).content())
    with pytest.raises(ValueError, match=r"damaged checkpoint: it cannot be read .unknown tensor"):
        Checkpoint.load(modules / "run" / "checkpoint.safetensors")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"critic": {"constructor": "optimizers.Adam", "arguments": {}}},
            "must be one, got a Adam",
        ),
        ({"critic": {"constructor": "os.system", "arguments": {}}}, "diptych has no constructor 'os.system'"),
        ({"critc": "a:b"}, "needs networks for"),
        ({"critic": 3}, "own"),
    ],
)
def test_records_are_checked(change, said):
    from diptych_lab import configure, load_data

    config = configure("hinge", load_data("ring"), networks={"critic": CRITIC}, latent=2)
    assert Config.from_record(json.loads(config.text())) == config
    with pytest.raises(ValueError, match=said):
        Config.from_record({**config.record(), "own": change})


def test_settings_that_differ_are_told():
    from diptych_lab import configure, load_data

    ours, theirs = (configure("hinge", load_data("ring"), latent=2, networks=n) for n in ({"critic": CRITIC}, None))
    (told,) = ours.differences(theirs)
    assert told.startswith("network critic SpectralNorm(layer=Dense(units=6, bias=True)), Residual(")
    assert told.endswith(" here, none there")
    assert ours.own["critic"] != Made("a:b")
    with pytest.raises(ValueError, match="network 'critic' of method 'hinge' must map"):
        configure("hinge", load_data("ring"), latent=2, networks={"critic": [Dense(3)]})
    with pytest.raises(ValueError, match="there is no 'encoder' among"):
        configure("hinge", load_data("ring"), latent=2, networks={"encoder": [Dense(3)]})


FILE = """
method = "hinge"
data = "ring"
backend = "torch"
rounds = 2
width = 8
batch = 16
latent = 2

[networks.critic]
layers = [
  {type = "Dense", units = 6}, {type = "Activation", name = "tanh"},
  {type = "Dense", units = 1}, {type = "Reshape", shape = []},
]

[networks.generator]
factory = "mine:described"
"""


@pytest.mark.torch
def test_a_file_describes_networks(modules, run):
    (modules / "run.toml").write_text(FILE)
    said = run("train", "--config", "run.toml", "--out", "a")
    assert said.exit_code == 0, said.output
    networks = load("a").config.networks
    assert networks["generator"].layers == (Dense(3), Dense(2))
    assert networks["critic"].layers == (Dense(6), Activation("tanh"), Dense(1), Reshape(()))
    printed = run("train", "--config", "run.toml", "--out", "b", "--print-config").stdout
    (modules / "again.toml").write_text(printed)
    assert run("train", "--config", "again.toml").exit_code == 0
    assert (modules / "a" / "config.json").read_text() == (modules / "b" / "config.json").read_text()
    assert run("train", "--config", "run.toml", "--out", "c", "--critic", "mine:torch_critic").exit_code == 0
    assert json.loads((modules / "c" / "config.json").read_text())["own"]["critic"] == "mine:torch_critic"
    for before, after, text in (
        ("units = 6", "unit = 6", "network 'critic': layer 0: its table: Dense has no argument 'unit'"),
        ('"mine:described"', '"mine.described"', "network 'generator': it must be layers"),
        ("networks.critic", "networks.critc", "there is no 'critc' among ['critic', 'generator']"),
    ):
        (modules / "bad.toml").write_text(FILE.replace(before, after, 1))
        refused = run("train", "--config", "bad.toml", "--out", "d")
        assert (refused.exit_code, text in refused.output, (modules / "d").exists()) == (2, True, False)
    twice = run("train", "--config", "run.toml", "--out", "d", "--critic", "mine:a", "--critic=mine:b")
    assert "Option '--critic' is given twice." in twice.output
