"""Files of a run that were changed by hand, links, pipes, other runs: one clear refusal, nothing believed."""

import json
import os
import shutil
import sys
import threading

import numpy as np
import pytest
from filelock import FileLock
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save
from tests.conformance.toy import Toy

import diptych
from diptych import atomic
from diptych.method import Steps
from diptych.optimizers import SGD, Adam
from diptych_lab import checkpoint, load, metrics, train
from diptych_lab.folder import RunFolder
from diptych_lab.phases import unreached

IMAGES = np.random.default_rng(0).uniform(size=(40, 4, 4))
SETTINGS = {"data": IMAGES, "width": 2, "latent": 1, "batch": 10, "dtype": "float64", "log_every": 1}
SETTINGS |= {"checkpoint_every": 2, "say": lambda line: None}


def trained(out, rounds=3, method="ae", backend=None, **more):
    return train(method, out=out, rounds=rounds, **{**SETTINGS, "backend": backend or Toy(), **more})


def resumed(out, **more):
    return trained(out, resume=True, **more)


@pytest.fixture
def run(tmp_path):
    trained(tmp_path / "run")
    return tmp_path / "run"


def forge(run, header=None, tensors=None):
    """A checkpoint with these changes, and a right checksum."""
    path = run / "checkpoint.safetensors"
    content = path.read_bytes()
    arrays = load_tensors(content) | (tensors or {})
    size = int.from_bytes(content[:8], "little")
    record = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["diptych"]) | (header or {})
    del record["checksum"]
    record["checksum"] = checkpoint._checksum(record, arrays)
    path.write_bytes(save(arrays, {"diptych": json.dumps(record)}))


# --- code ------------------------------------------------------------------------------------------------


def test_a_checkpoint_names_no_code(run, tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text("raise SystemExit('evil runs')")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("evil:main", "evil", "torch:nn", "../evil"):
        forge(run, {"backend": name})
        with pytest.raises(
            ValueError,
            match=r"not registered here; name the one to load it with: load\(run, backend=...\) \(--backend\)",
        ):
            load(run)
    assert "evil" not in sys.modules
    assert load(run, backend=Toy()).round == 3


def test_what_was_trained_by_a_callable_is_loaded_by_it(tmp_path):
    trained(tmp_path / "run", backend="tests.conformance.toy:Toy")
    with pytest.raises(ValueError, match="trained by the backend 'toy', which is not registered"):
        load(tmp_path / "run")
    assert load(tmp_path / "run", backend="tests.conformance.toy:Toy").round == 3


# --- records ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [-1, 0, 1.5, "3", True, None, 10**30, [3]])
def test_a_round_that_is_none(run, value):
    forge(run, {"round": value})
    for reading in (lambda: load(run, backend=Toy()), lambda: resumed(run)):
        with pytest.raises(ValueError, match=r"checkpoint.safetensors: damaged checkpoint: .*round"):
            reading()


@pytest.mark.parametrize("value", [np.nan, np.inf, "float32", "int64"])
def test_tensors_of_another_kind(run, value):
    name = "decoder/0.kernel"
    whole = load_tensors((run / "checkpoint.safetensors").read_bytes())[name]
    forge(run, tensors={name: whole.astype(value) if isinstance(value, str) else np.full(whole.shape, value)})
    for reading in (lambda: load(run, backend=Toy()), lambda: resumed(run)):
        with pytest.raises(ValueError, match=f"damaged checkpoint: .*{name}"):
            reading()


def test_another_runs_checkpoint(run, tmp_path):
    trained(tmp_path / "other", method="wae-mmd")
    shutil.copy(tmp_path / "other" / "checkpoint.safetensors", run)
    for reading in (lambda: load(run, backend=Toy()), lambda: resumed(run)):
        with pytest.raises(ValueError, match="belongs to another run: method 'ae' here, 'wae-mmd' there"):
            reading()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"method": 3}, r"Expected `str`, got `int` - at `\$.method`"),
        ({"batch": True}, r"\$.batch"),
        ({"event": [4, -4]}, r"\$.event"),
        ({"more": 1}, "unknown field `more`"),
        ({"architecture": "os"}, "no architecture 'os'; there are mlp"),
        ({"hyper": {"pretrain": 1}}, "no hyper-parameter 'pretrain'"),
        ({"optimizers": {"autoencoder": {"rule": "os"}}}, "has the rule 'os'; there are sgd"),
        ({"optimizers": {"autoencoder": {"rule": "sgd", "beta": 1.0}}}, "unexpected keyword"),
        ({"optimizers": {"player": {"rule": "sgd", "learning_rate": 1.0}}}, "has the players autoencoder"),
    ],
)
def test_configs_of_other_types(run, change, said):
    path = run / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=said) as caught:
        load(run, backend=Toy())
    assert f"{path}: damaged (" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 10**5, "nested too deeply"), ('{"seed": 1, "seed": 2}', "the key 'seed' stands twice"),
        ('{"seed": NaN}', "NaN is no finite number"), ("[]", "it holds no object, but a list"),
    ],
)  # fmt: skip
def test_what_is_no_record(run, text, said):
    (run / "config.json").write_text(text)
    with pytest.raises(ValueError, match=f"config.json: damaged .*{said}"):
        load(run, backend=Toy())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[1:], "line 1: damaged: it is of round 1, in the place of round 0"),
        (lambda rows: [rows[0], *rows[2:]], "line 2: damaged: it is of round 2, in the place of round 1"),
        (lambda rows: rows[:2], "its rows end with round 1 of 3 that were kept"),
        (lambda rows: [*rows, rows[2]], "line 4: damaged: it is of round 2, in the place of round 3"),
        (lambda rows: rows[::-1], "line 1: damaged: it is of round 2"),
        (
            lambda rows: [row.replace("autoencoder", "critic") for row in rows],
            "fields critic, round, round 0 has auto",
        ),
        (lambda rows: ['{"round": 0, "autoencoder": 1, "autoencoder": 2}\n', *rows[1:]], "a field stands twice"),
        (lambda rows: [rows[0].replace("0", "0.0", 1), *rows[1:]], "it is of round 0.0"),
        (lambda rows: [rows[0].replace("0", "false", 1), *rows[1:]], "no row of numbers"),
        (lambda rows: ['{"missing": 9}\n'], "line 1: damaged"),
        (lambda rows: ["x" * (1 << 20), "\n"], "a row of more than"),
    ],
)
def test_metrics_that_are_not_those_of_the_run(run, change, said):
    path = run / "metrics.jsonl"
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=said) as caught:
        resumed(run, rounds=4)
    assert "put back a copy, or remove the file to go on without these rows" in str(caught.value)
    assert path.read_bytes() == before


def test_metrics_that_were_removed_begin_later_and_say_so(run):
    lines = []
    (run / "metrics.jsonl").unlink()
    resumed(run, rounds=4, say=lines.append)
    assert any("its rows begin with round 3" in line for line in lines)
    resumed(run, rounds=5)
    first, *rest = metrics.read(run / "metrics.jsonl")
    assert (first, [row["round"] for row in rest]) == ({"missing": 3}, [3, 4])


def test_a_session_that_is_none(run):
    with (run / "sessions.jsonl").open("a") as file:
        file.write('{"backend": 3}\n')
    with pytest.raises(ValueError, match=r"sessions.jsonl, line 2: damaged \("):
        resumed(run, rounds=4)


# --- files -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_private_file_stays_private_and_a_link_is_not_followed(tmp_path):
    private, victim = tmp_path / "private", tmp_path / "victim"
    private.write_text("old")
    private.chmod(0o600)
    atomic.write(private, "new")
    assert (private.read_text(), private.stat().st_mode & 0o777) == ("new", 0o600)
    victim.write_text("precious")
    link = tmp_path / "link"
    link.symlink_to(victim)
    atomic.write(link, "new")
    assert (link.read_text(), link.is_symlink(), victim.read_text()) == ("new", False, "precious")
    link.unlink()
    link.symlink_to(victim)
    for change in (lambda: atomic.append(link, "x"), lambda: atomic.truncate(link, 0)):
        with pytest.raises(OSError, match="it is a link, or no plain file"):
            change()
    assert victim.read_text() == "precious"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_file_that_others_may_write_stays_so(tmp_path):
    """Though new files are made without that."""
    shared = tmp_path / "shared"
    shared.write_text("old")
    shared.chmod(0o666)
    before = os.umask(0o022)
    try:
        atomic.write(shared, "new")
    finally:
        os.umask(before)
    assert shared.stat().st_mode & 0o777 == 0o666


def test_what_lies_at_the_temporary_name_is_neither_written_nor_removed(tmp_path, monkeypatch):
    """Whoever guessed it."""
    monkeypatch.setattr("secrets.token_hex", lambda n: 2 * n * "0")
    victim, laid = tmp_path / "victim", tmp_path / f".diptych-{16 * '0'}.part"
    victim.write_text("precious")
    for lay in (lambda: laid.symlink_to(victim), lambda: laid.write_text("another's")):
        lay()
        before = laid.read_text()
        with pytest.raises(OSError, match="file: cannot be written: File exists"):
            atomic.write(tmp_path / "file", "new")
        assert (laid.read_text(), victim.read_text()) == (before, "precious")
        assert not (tmp_path / "file").exists()
        laid.unlink()


def test_names_of_unfinished_files_cannot_be_guessed(tmp_path, monkeypatch):
    names = set()
    monkeypatch.setattr("os.fsync", lambda descriptor: names.update(tmp_path.glob(".diptych-*.part")))
    for _ in range(3):
        atomic.write(tmp_path / "file", "new")
    assert len(names) == 3
    assert all(map(atomic.is_leftover, names))


def test_two_threads_write_one_path(tmp_path):
    texts = [str(i) * 10000 for i in range(8)]
    threads = [threading.Thread(target=atomic.write, args=(tmp_path / "file", text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
@pytest.mark.parametrize("name", ["config.json", "checkpoint.safetensors", "metrics.jsonl", "sessions.jsonl"])
def test_a_named_pipe_is_not_waited_for(run, name):
    (run / name).unlink()
    os.mkfifo(run / name)
    with pytest.raises(ValueError, match=f"{name}: .*(no|not a regular) file"):
        resumed(run)


def test_what_lies_in_a_folder_is_looked_at_under_its_lock(tmp_path, monkeypatch):
    """Another run comes, and ends, between the first look and the lock."""
    acquire = FileLock.acquire

    def late(lock, *arguments, **more):
        monkeypatch.undo()
        trained(tmp_path / "run", seed=1)
        return acquire(lock, *arguments, **more)

    monkeypatch.setattr(FileLock, "acquire", late)
    with pytest.raises(FileExistsError, match="already holds a run of ae"):
        trained(tmp_path / "run")
    assert RunFolder(tmp_path / "run").read_config().seed == 1


def test_a_folder_put_in_the_place_of_the_runs_is_left_alone(tmp_path):
    def replaced(progress):
        if progress.done == 3:
            (tmp_path / "run").rename(tmp_path / "moved")
            shutil.copytree(tmp_path / "moved", tmp_path / "run")

    with pytest.raises(FileNotFoundError, match="was moved, removed or replaced while this run trained in it"):
        trained(tmp_path / "run", rounds=6, watch=replaced)
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == (tmp_path / "moved" / "metrics.jsonl").read_bytes()
    resumed(tmp_path / "moved", rounds=6)


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_in_which_nothing_but_a_leftover_lies_is_taken_up(tmp_path, resume):
    (tmp_path / "run").mkdir()
    for name in (".lock", ".diptych-0123456789abcdef.part"):
        (tmp_path / "run" / name).write_text("{")
    trained(tmp_path / "run", resume=resume)
    assert not list((tmp_path / "run").glob("*.part"))


def test_pictures_that_a_kill_kept_away_are_drawn_on_resuming(run, tmp_path):
    """Of a run that has ended too."""
    trained(tmp_path / "whole", rounds=5)
    for rounds, name in ((3, "samples-0000003.png"), (3, "reconstructions-0000003.png")):
        before = (run / name).read_bytes()
        (run / name).unlink()
        resumed(run, rounds=rounds)
        assert (run / name).read_bytes() == before
    other = tmp_path / "other"
    trained(other, rounds=4)
    (other / "samples-0000004.png").unlink()
    resumed(other, rounds=5)
    for path in (tmp_path / "whole").glob("*.png"):
        assert (other / path.name).read_bytes() == path.read_bytes()


def test_a_killed_sitting_has_its_line(run):
    """Written when it begins: as many lines as sittings, whatever became of them."""

    def killed(folder, rows):
        raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunFolder, "append", killed)
        with pytest.raises(SystemExit):
            resumed(run, rounds=6)
    resumed(run, rounds=4)
    rounds = [json.loads(line)["rounds"] for line in (run / "sessions.jsonl").read_text().splitlines()]
    assert rounds == [[0, 3], [3, 3], [3, 4]]


def test_weights_that_are_not_finite_are_no_checkpoint(run):
    """The losses may be finite still; the checkpoint before stays, and can be taken up."""

    class Overflows(Toy):
        def weights(self, nets):
            return {
                role: {n: np.full_like(a, np.inf) for n, a in own.items()} for role, own in nets.weights.items()
            }

    with pytest.raises(FloatingPointError, match=r"encoder/.* is not finite after round 4: .* of round 3 is kept"):
        resumed(run, rounds=4, backend=Overflows())
    assert load(run, backend=Toy()).round == 3


# --- arguments -------------------------------------------------------------------------------------------


def test_objects_are_taken_where_names_are(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    model = trained("~/run", optimizer=Adam(1e-3), dtype=np.float64, rounds=np.int64(1), seed=np.int8(2))
    assert model.config.optimizers == {"autoencoder": Adam(1e-3)}
    assert load("~/run", backend=Toy()).round == 1
    model = trained(tmp_path / "b", dtype="FLOAT64", rounds=1, optimizer=SGD(0.1), learning_rate=0.2)
    assert model.config.optimizers == {"autoencoder": SGD(0.2)}
    assert not (tmp_path / "~").exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"out": 3}, "out must be a path, got 3"), ({"out": ""}, "out must be a path"),
        ({"backend": 3}, "a backend is a name, such as 'torch'"), ({"backend": Toy}, "gives, not <class"),
        ({"optimizer": 3}, "optimizer must be of type"), ({"optimizer": Adam}, "Adam, which is to be called"),
        ({"dtype": 3}, "dtype must be one of"), ({"rounds": "7"}, "rounds must be a whole number"),
        ({"watch": 3}, "watch must be a function, got 3"), ({"resume": "yes"}, "resume must be True or False"),
        ({"hyper": 3}, "hyper must map names to values"), ({"execution": 3}, "execution must be a name"),
        ({"architecture": 3}, "unknown architecture 3"), ({"width": 10**6}, "GiB, this machine has"),
    ],
)  # fmt: skip
def test_arguments_of_other_types(tmp_path, wrong, said):
    with pytest.raises(ValueError, match=said):
        train("ae", **{**SETTINGS, "backend": Toy(), "out": tmp_path / "run", "rounds": 1, **wrong})
    assert list(tmp_path.iterdir()) == []


# --- players who do not come to play ---------------------------------------------------------------------


def test_a_first_phase_longer_than_the_run_is_told_before_and_after(tmp_path):
    lines = []
    settings = {"method": "gmmn-ae", "hyper": {"pretrain": 5}, "say": lines.append}
    model = trained(tmp_path / "run", rounds=3, **settings)
    before, after = lines
    assert "generator has no step in these 3 rounds, its first is in round 5, and generator" in before
    assert "no player has moved generator yet: what comes of it is untrained" in after
    assert model.unmoved == load(tmp_path / "run", backend=Toy()).unmoved == ("generator",)
    lines.clear()
    assert resumed(tmp_path / "run", rounds=7, **settings).unmoved == ()
    assert lines == []


def test_what_changes_with_the_round_beyond_the_run_is_told():
    (line,) = unreached(diptych.make("wgan", early_steps=100), {}, 20)
    assert "the first phase of critic, of 100 steps a round, ends with round 24" in line
    method = diptych.make("vae", warm_up=50)
    (line,) = unreached(method, {}, 20)
    assert "rounds=50): these 20 rounds end before it does" in line
    assert list(unreached(method, {}, 50)) == []


@pytest.mark.parametrize(
    "steps", [(1, 1, 0, 0), (1, 100, 25, 500), (0, 1, 4, 0), (2, 0, 3, 0), (1, 0, 0, 3), (0, 2, 0, 4)]
)
def test_steps_before_a_round_are_counted(steps):
    usual, early, until, every = steps
    record = Steps(usual, early=early, until=until, every=every)
    for t in range(60):
        assert record.before(t) == sum(map(record.at, range(t)))
    assert record.at(record.first)
    assert not any(map(record.at, range(record.first)))
