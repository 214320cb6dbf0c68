"""The command line: what it does, and that bad input is one clear line which leaves nothing behind."""

import json
import subprocess
import sys

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from rich.cells import cell_len

import diptych
from diptych import CATALOGUE
from diptych.divergences import maximum_mean_discrepancy
from diptych.hyper_parameters import hyper_parameters
from diptych.kernels import energy
from diptych_lab import train
from diptych_lab.settings import spelled


def test_methods(run):
    result = run("methods")
    assert result.exit_code == 0
    assert all(name in result.output for name in CATALOGUE)
    lines = result.output.splitlines()
    assert len(lines) <= len(CATALOGUE) + 3  # a heading, and hardly a line broken in two
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("method", CATALOGUE)
def test_cards(run, method):
    record = CATALOGUE[method]()
    lines = run("methods", method).output.splitlines()
    assert max(map(cell_len, lines)) == 80
    output = " ".join(" ".join(lines).replace("│", " ").split())
    assert " ".join(record.card.conventions.split()) in output
    for word in (record.card.title, record.card.paper, *record.roles, *record.noise, *record.hyper):
        assert word in output
    for name, described in hyper_parameters(CATALOGUE[method]).items():
        assert f" {name}={spelled({name: described.default}).partition('=')[2]} {described.description} " in output


def test_methods_as_json(run, monkeypatch):
    """All of them, or one; no colour among it, in whatever terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = run("methods", "--json")
    assert result.exit_code == 0
    assert result.output.isascii()
    found = {method["name"]: method for method in json.loads(result.output)}
    assert list(found) == list(CATALOGUE)
    for name, preset in CATALOGUE.items():
        record, facts = preset(), found[name]
        assert json.loads(run("methods", name, "--json").output) == facts
        assert (facts["family"], facts["batch"], facts["order"]) == (record.family, record.batch, record.order)
        assert facts["formula"] == dict(record.card.formula)
        assert [player["name"] for player in facts["players"]] == [player.name for player in record.players]
        assert facts["formula"].keys() == {player.name for player in record.players}
        assert (facts["roles"].keys(), facts["noise"].keys()) == (record.roles.keys(), record.noise.keys())
        values = {key: each["default"] for key, each in facts["hyper_parameters"].items()}
        assert values == {key: list(v) if isinstance(v, tuple) else v for key, v in record.hyper.items()}
        assert all(
            each["type"] and each["range"] and each["description"] for each in facts["hyper_parameters"].values()
        )


def test_the_help_of_set_leads_to_the_card(run):
    """The hyper-parameters are the method's, of which the help of `train` knows none."""
    assert "`diptych methods METHOD` says which there are" in " ".join(run("train", "--help").output.split())


def test_one_method_as_json(run):
    facts = json.loads(run("methods", "mmd-gan", "--json").output)
    assert facts["hyper_parameters"]["clip"] == {
        "default": 0.01,
        "type": "float",
        "choices": [],
        "range": "positive and finite",
        "description": "bound c of the parameters of φ, which are clipped to [-c, c] after each of the critic's "
        "steps (Algorithm 1); positive and finite",
    }
    assert facts["players"][0] == {
        "name": "critic",
        "owns": ["features", "features_decoder"],
        "steps": {"usual": 5, "early": 5, "until": 25, "every": 500},
        "projection": {"bound": 0.01, "roles": ["features"]},
        "optimizer": {"rule": "rmsprop", "learning_rate": 5e-5, "decay": 0.99, "epsilon": 1e-8},
    }
    normal = {"law": {"name": "Normal", "scale": 1.0}, "like": "latent", "one_per_sample": False, "copies": None}
    assert facts["prior"] == facts["noise"]["z"] == normal
    vae = json.loads(run("methods", "vae", "--json").output)
    assert vae["hyper_parameters"]["decoder"]["choices"] == ["gaussian", "bernoulli"]


def test_backends_tells_which_can_be_used(run):
    """In a table, not by failing: neither framework need be installed."""
    result = run("backends")
    assert result.exit_code == 0
    assert "torch" in result.output
    assert "keras" in result.output


def test_train_sample_reconstruct(run, tmp_path, backend):
    folder, png, npy = tmp_path / "run", tmp_path / "a.png", tmp_path / "a.npy"
    command = ["train", "wae-mmd", "--data", "digits", "--backend", backend, "--out", folder, "--width", 16]
    result = run(*command, "--rounds", 3, "--set", "weight=1", "--set", "scales=1,2", "--learning-rate", 0.01)
    assert result.exit_code == 0, result.output
    assert "round 3 of 3, autoencoder" in result.output
    config = json.loads((folder / "config.json").read_text())
    hyper = {"weight": 1.0, "prior_scale": 1.0, "scales": [1.0, 2.0], "pretrain": 0, "cost_scale": 1.0}
    assert config["hyper"] == hyper
    assert config["optimizers"]["autoencoder"]["learning_rate"] == 0.01

    assert run("sample", folder, "--n", 9, "--out", png).exit_code == 0
    with Image.open(png) as image:
        assert image.size == (3 * 9 * 7 + 7, 3 * 9 * 7 + 7)
    for seed in (0, 1, 0):
        assert run("sample", folder, "--n", 5, "--seed", seed, "--out", npy, "--overwrite").exit_code == 0
        drawn = np.load(npy)
        assert drawn.shape == (5, 8, 8, 1)
        np.save(tmp_path / f"{seed}.npy", drawn)
    assert np.array_equal(drawn, np.load(tmp_path / "0.npy"))
    assert not np.array_equal(drawn, np.load(tmp_path / "1.npy"))
    result = run("sample", folder, "--reconstruct", "--n", 4, "--out", npy, "--overwrite")
    assert "4 reconstructions of round 3" in result.output
    assert np.load(npy).shape == (4, 8, 8, 1)


def test_what_was_done_to_the_data_is_said(run, tmp_path, backend):
    np.save(tmp_path / "x.npy", np.full((20, 4, 4), 200, np.uint8))
    result = run("train", "gmmn", "--data", tmp_path / "x.npy", "--backend", backend, "--batch", 10, "--rounds", 1,
                 "--width", 4, "--out", tmp_path / "run")  # fmt: skip
    assert "x.npy: integer images in 0..255, divided by 255" in result.output


def test_sampling_overwrites_nothing_unasked(run, refused, tmp_path, backend):
    x = np.random.default_rng(0).uniform(size=(40, 4)).astype("float32")
    data, out = tmp_path / "x.npy", tmp_path / "a.npy"
    np.save(data, x)
    train("vae", data=data, backend=backend, out=tmp_path / "run", rounds=1, width=4, batch=20)
    draw = ["sample", tmp_path / "run", "--n", "5", "--out"]
    assert run(*draw, out).exit_code == 0
    assert f"{out} exists; choose another --out, or pass --overwrite" in refused(*draw, out)
    assert run(*draw, out, "--overwrite", "--seed", 1).exit_code == 0
    for more in ((), ("--overwrite",)):
        assert f"{data} is of the data" in refused(*draw, data, *more)
        link = ("--reconstruct", "--data", data, *more)
        assert "is of the data" in refused(*draw, tmp_path / "run" / ".." / "x.npy", *link)
    (tmp_path / "b.npy").mkdir()
    assert "b.npy exists; choose another --out" in refused(*draw, tmp_path / "b.npy", "--overwrite")


def test_reconstructing_data_that_have_moved_or_are_new(run, refused, tmp_path, backend):
    x = np.random.default_rng(0).uniform(size=(40, 4)).astype("float32")
    for name in ("x", "new"):
        np.save(tmp_path / f"{name}.npy", x[:30] if name == "new" else x)
    train("ae", data=tmp_path / "x.npy", backend=backend, out=tmp_path / "run", rounds=1, width=4, batch=20)
    again = ["sample", tmp_path / "run", "--reconstruct", "--out"]
    assert (
        "40 reconstructions of round 1, for the data have no more rows"
        in run(*again, tmp_path / "a.npy", "--n", 99).output
    )
    (tmp_path / "x.npy").unlink()
    line = refused(*again, tmp_path / "b.npy")
    assert "cannot load the run's data; name them by --data (" in line
    assert "x.npy: no such file" in line
    assert run(*again, tmp_path / "b.npy", "--data", tmp_path / "new.npy", "--n", 9).exit_code == 0
    np.testing.assert_allclose(np.load(tmp_path / "b.npy"), np.load(tmp_path / "a.npy")[:9], rtol=1e-5, atol=1e-7)
    np.save(tmp_path / "x.npy", x + 1)
    assert "x.npy has changed since the run was trained" in refused(*again, tmp_path / "c.npy")
    assert "--data is for --reconstruct" in refused("sample", tmp_path / "run", "--data", "ring", "--out", "c.npy")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("conform", "--scope", "quick"), "diptych conform: error: --backend is needed; registered: "),
        (("conform", "--backend", "torch", "--workers", "0"), "diptych conform: error: argument --workers: "),
        (("port", "2d", "--into", "."), "diptych port: error: a name is lower-case letters"),
        (("port",), "usage: diptych port "),
    ],
)
def test_conform_and_port_hand_their_arguments_on_and_call_themselves_by_their_names(command, said):
    done = subprocess.run(
        [sys.executable, "-m", "diptych_lab", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(said)


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.fixture
def train_refused(refused, tmp_path):
    """`train` with one thing wrong."""

    def call(method="vae", data="ring", backend="torch", out=None, *more):
        return refused(
            "train", method, "--data", data, "--backend", backend, "--out", out or tmp_path / "run", *more
        )

    return call


def test_unknown_method(train_refused, refused):
    assert "unknown method 'wae-mdm'; did you mean 'wae-mmd'" in train_refused(method="wae-mdm")
    assert "did you mean 'vae'" in refused("methods", "vaee")
    assert "did you mean 'vae'" in refused("methods", "vaee", "--json")
    assert "unknown method 'WGAN-GP'; did you mean 'wgan-gp'" in refused("methods", "WGAN-GP")


def test_unknown_backend(train_refused):
    for name, meant in (("troch", "torch"), ("Torch", "torch"), ("pytorch", "torch"), ("TensorFlow", "keras")):
        assert f"unknown backend {name!r}; did you mean {meant!r}" in train_refused(backend=name)


def test_what_is_no_backend(train_refused):
    assert "'os:getcwd' makes no backend but '/" in train_refused(backend="os:getcwd")
    for name in ("os:nothing", "os:sep"):
        assert f"backend {name!r} is no module:callable that makes a backend: " in train_refused(backend=name)
    assert "No module named 'nowhere'" in train_refused(backend="nowhere:x")


def test_unknown_command_or_option(refused, train_refused):
    assert "unknown command 'trian'; did you mean 'train'" in refused("trian")
    assert "No such option '--round'" in train_refused("vae", "ring", "torch", None, "--round", 3)
    assert "Missing option '--data'" in refused("train", "vae")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "betta=1",
            "method 'vae' has no hyper-parameter 'betta'; did you mean 'beta'? known: decoder (law of the decoder)",
        ),
        (
            "beta=x",
            "hyper-parameter 'beta' of method 'vae' must be a finite number, got 'x' (beta: weight β of the KL, ",
        ),
        ("decoder=poisson", "must be one of gaussian, bernoulli, got 'poisson'"),
        ("scale=-1", "must be"),
        ("beta=-1", "must be"),
    ],
)
def test_bad_hyper_parameters(train_refused, setting, message):
    assert message in train_refused("vae", "ring", "torch", None, "--set", setting)


@pytest.mark.parametrize(("name", "module"), [("torch", "torch"), ("keras", "keras")])
def test_a_backend_whose_framework_is_not_installed(train_refused, monkeypatch, name, module):
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] in (module, f"diptych_{name}")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    assert f"python -m pip install 'diptych[{name}]'" in train_refused(backend=name)


def test_unknown_data(train_refused):
    assert "unknown data 'digit', and there is no such path; did you mean 'digits'" in train_refused(data="digit")
    assert "nowhere.npy: no such file" in train_refused(data="nowhere.npy")
    assert "apt-get install dataset-fashion-mnist" in train_refused(data="fashion-mnist:nowhere")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((0, 3)), "data are empty"),
        (np.array([["a"]]), "must be real numbers"),
        (
            np.full((200, 2), np.nan),
            "nan at row 0, position (0,) (400 of 400 entries are not finite in float32); remove those rows",
        ),
        (np.zeros((50, 2)), "50 rows are too few for a batch of 100; pass batch=50 (--batch 50) or less"),
        (np.zeros((1, 2)), "1 row is too few for a batch of 100; pass batch=1 (--batch 1) or less"),
    ],
)
def test_bad_data(train_refused, tmp_path, array, message):
    np.save(tmp_path / "x.npy", array)
    line = train_refused(data=tmp_path / "x.npy")
    assert message in line
    assert "x.npy: " in line


def test_a_shape_that_a_network_cannot_take(train_refused):
    assert "use the mlp architecture" in train_refused("vae", "ring", "torch", None, "--architecture", "dcgan")


@pytest.mark.parametrize(
    "option", ["--rounds", "--batch", "--latent", "--width", "--log-every", "--checkpoint-every"]
)
def test_numbers_below_one(train_refused, option):
    line = train_refused("vae", "ring", "torch", None, option, 0)
    assert "at least 1, got 0" in line
    assert option.strip("-").replace("-", "_") in line


def test_a_batch_the_method_cannot_take(run, tmp_path, backend):
    """Only the objective knows, and says so in its first step: still nothing is left behind."""
    out = tmp_path / "run"
    result = run("train", "wae-mmd", "--data", "ring", "--backend", backend, "--out", out, "--batch", 1)
    assert result.exit_code == 2
    assert "this estimator of MMD² needs at least 2 rows in the first sample, got 1" in result.stderr
    assert not out.exists()


def test_a_folder_that_is_not_a_runs(train_refused, tmp_path, backend):
    (tmp_path / "thesis.tex").write_text("x")
    assert "is not an empty folder; choose another" in train_refused(backend=backend, out=tmp_path)
    assert "is there, and is no folder" in train_refused(backend=backend, out=tmp_path / "thesis.tex")


def test_an_execution_or_device_that_is_not_there(train_refused, backend):
    assert "execution" in train_refused("vae", "ring", backend, None, "--execution", "compield")
    assert "nowhere" in train_refused("vae", "ring", backend, None, "--device", "nowhere")


def test_nothing_to_resume(train_refused, backend):
    assert "holds no run" in train_refused("vae", "ring", backend, None, "--resume")


@pytest.fixture
def trained(run, tmp_path, backend):
    command = ["train", "gmmn", "--data", "ring", "--backend", backend, "--out", tmp_path / "run", "--rounds", "2"]
    command += ["--width", "4", "--recipe", "none"]
    assert run(*command).exit_code == 0
    return command


def test_a_composed_run_is_resumed_by_its_name(run, refused, tmp_path, backend):
    method, out = diptych.dual(maximum_mean_discrepancy(energy())), tmp_path / "run"
    train(method, data="ring", backend=backend, out=out, rounds=1, width=4)
    command = ["train", method.name, "--data", "ring", "--backend", backend, "--out", out, "--width", "4"]
    assert run(*command, "--rounds", "2", "--resume").exit_code == 0
    assert run("sample", out, "--out", tmp_path / "samples.npy").exit_code == 0
    assert "leave --set out" in refused(*command, "--resume", "--set", "x=1")
    assert "unknown method 'dual(MMD)'" in refused(*command)


def test_a_folder_that_holds_a_run(refused, trained):
    assert "already holds a run of gmmn; pass resume=True (--resume) to go on with it" in refused(*trained)


def test_resuming_another_run(refused, trained):
    line = refused(*trained, "--resume", "--seed", "1", "--batch", "9")
    assert "seed 1 here, 0 there; batch 9 here, 256 there" in line
    line = refused(*[word if word != "ring" else "digits" for word in trained], "--resume")
    assert "data digits here, ring there; event" in line


def test_resuming_for_fewer_rounds(refused, trained):
    assert "is at round 2 already, beyond the 1 asked for" in refused(*trained, "--rounds", 1, "--resume")


def test_damaged_checkpoints(refused, trained, tmp_path):
    path = tmp_path / "run" / "checkpoint.safetensors"
    whole = path.read_bytes()
    for damaged in (whole[:-10], whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(damaged)
        for command in ((*trained, "--resume"), ("sample", tmp_path / "run", "--out", tmp_path / "a.png")):
            line = refused(*command)
            assert f"{path}: damaged checkpoint" in line
            assert "put back a copy, or remove the file and train again" in line


def test_a_damaged_config(refused, trained, tmp_path):
    path = tmp_path / "run" / "config.json"
    whole = path.read_text()
    for damaged in (whole[:50], "[]", whole.replace('"hyper": {', '"hyper": 3, "was": {')):
        path.write_text(damaged)
        for command in ((*trained, "--resume"), trained, ("sample", tmp_path / "run", "--out", tmp_path / "a.png")):
            line = refused(*command)
            assert f"{path}: damaged (" in line
            assert "put back a copy, or train in another folder" in line


@pytest.mark.parametrize("line", ["garbage", "[]", '{"generator": 1.0}', "\xff"])
def test_damaged_metrics(refused, trained, tmp_path, line):
    path = tmp_path / "run" / "metrics.jsonl"
    path.write_bytes(path.read_bytes() + f"{line}\n".encode("latin1"))
    said = refused(*trained, "--resume", "--rounds", 3)
    assert str(path) in said
    assert "damaged" in said
    if line == "garbage":
        assert f"{path}, line 3: damaged" in said


def test_a_folder_in_place_of_the_checkpoint(refused, trained, tmp_path):
    path = tmp_path / "run" / "checkpoint.safetensors"
    path.unlink()
    path.mkdir()
    for command in ((*trained, "--resume"), ("sample", tmp_path / "run", "--out", tmp_path / "a.png")):
        assert f"{path}: this is a folder, not a checkpoint" in refused(*command)


def test_a_missing_checkpoint_is_said_and_its_metrics_are_kept(run, trained, tmp_path):
    folder = tmp_path / "run"
    for n in (1, 2):
        (folder / "checkpoint.safetensors").unlink()
        before = (folder / "metrics.jsonl").read_bytes()
        result = run(*trained, "--resume", "--rounds", 2 + n)
        assert result.exit_code == 0, result.output
        said = f"no checkpoint in {folder}: beginning again at round 0; what metrics there are become metrics-{n}"
        assert said in result.output
        assert (folder / f"metrics-{n}.jsonl").read_bytes() == before
        assert len((folder / "metrics.jsonl").read_text().splitlines()) == 2 + n


def test_a_folder_in_use(refused, trained, tmp_path):
    with FileLock(tmp_path / "run" / ".lock"):
        line = refused(*trained, "--resume", "--rounds", 3)
    assert f"another process trains in {tmp_path / 'run'}" in line


def test_paths_that_cannot_be(train_refused, tmp_path, backend):
    (tmp_path / "file").write_text("")
    line = train_refused(backend=backend, out=tmp_path / "file" / "run")
    assert f"Not a directory: '{tmp_path / 'file' / 'run'}'" in line


def test_bad_sampling(refused, trained, tmp_path):
    run, out = tmp_path / "run", tmp_path / "a.png"
    assert "--out must end in one of .png, .npy, .npz, .csv" in refused("sample", run, "--out", tmp_path / "a.jpg")
    assert "--n must be at least 1" in refused("sample", run, "--out", out, "--n", 0)
    assert "no such folder for --out" in refused("sample", run, "--out", tmp_path / "no" / "a.png")
    assert "nowhere holds no run" in refused("sample", tmp_path / "nowhere", "--out", out)
    assert "method 'gmmn' has no encoder" in refused("sample", run, "--reconstruct", "--out", out)


def test_a_bug_keeps_its_traceback(run, monkeypatch):
    def bug(name):
        raise KeyError("a bug")

    monkeypatch.setattr("diptych.make", bug)
    assert isinstance(run("methods", "vae").exception, KeyError)


def test_debug_shows_where_an_error_was_raised(run):
    assert isinstance(run("--debug", "methods", "vaee").exception, ValueError)
