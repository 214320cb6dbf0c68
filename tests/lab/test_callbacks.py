"""What callbacks are told, in which order, and what becomes of a run in which one raises."""

import sys

import pytest
from click.testing import CliRunner

from diptych_lab import command_line, load, metrics, train
from diptych_lab.callbacks import Callbacks

from .recorded import DATA, Recorder

RUN = {"data": DATA, "rounds": 7, "batch": 5, "latent": 2, "width": 4, "log_every": 2, "checkpoint_every": 3}


class Told:
    def __init__(self):
        self.events = []

    def on_round(self, losses):
        self.events.append(("round", losses["round"], sorted(losses)))

    def on_checkpoint(self, path, run):
        assert path.is_file()
        self.events.append(("checkpoint", run.round))

    def on_evaluate(self, row):
        self.events.append(("evaluate", row.round, sorted(row.numbers)))

    def on_end(self, run):
        self.events.append(("end", run.round))


class Failing:
    def __init__(self, event):
        setattr(self, event, self.fail)

    def fail(self, *_):
        raise KeyError("mine")


def test_what_is_told_in_its_order(tmp_path):
    told = Told()
    watched = {"held_out": 0.4, "evaluate": "sliced-w1", "evaluate_every": 3}
    train("ns-gan", backend=Recorder(), out=tmp_path, callbacks=[told], **RUN, **watched)
    names = ["critic", "generator", "round"]
    of_rounds = [("round", t, names) for t in range(7)]
    evaluated = [("evaluate", t, ["sliced-w1"]) for t in (3, 6)]
    assert told.events == [
        *of_rounds[:3],
        ("checkpoint", 3),
        evaluated[0],
        *of_rounds[3:6],
        ("checkpoint", 6),
        evaluated[1],
        of_rounds[6],
        ("checkpoint", 7),
        ("end", 7),
    ]


@pytest.mark.parametrize("event", ["on_round", "on_checkpoint", "on_evaluate", "on_end"])
def test_what_raises_ends_the_run_and_nothing_is_lost(tmp_path, event):
    told = Told()
    watched = {"held_out": 0.4, "evaluate": "sliced-w1", "evaluate_every": 3}
    with pytest.raises(KeyError, match="mine"):
        train("ns-gan", backend=Recorder(), out=tmp_path, callbacks=[Failing(event), told], **RUN, **watched)
    done = {"on_round": 2, "on_end": 7}.get(event, 3)
    assert load(tmp_path, backend=Recorder()).round == done
    assert [row["round"] for row in metrics.read(tmp_path / "metrics.jsonl")] == list(range(done))
    assert told.events[-1] == ("end", done)
    assert [each[1] for each in told.events if each[0] == "round"] == list(range(done)), "it misses none"
    assert ("checkpoint", done) in told.events
    assert train("ns-gan", backend=Recorder(), out=tmp_path, resume=True, **RUN, **watched).round == 7


def test_a_run_that_fails_is_told_its_end(tmp_path):
    told = Told()

    def stop():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train("ns-gan", backend=Recorder(), out=tmp_path, callbacks=[told, Failing("on_end")], stop=stop, **RUN)
    assert told.events[-1] == ("end", 1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (print, "callbacks must be a list of objects"),
        ([Told], r"a callback of type Told is to be made: pass Told\(\), not the class"),
        ([object()], "a callback of type object is no callback: it has none of on_round"),
        ([type("Mine", (), {"on_rounds": print})()], "type Mine has on_rounds, which nothing calls; did you mean"),
    ],
)
def test_what_is_no_callback(given, said):
    with pytest.raises(ValueError, match=said):
        Callbacks(given)


def test_each_has_losses_of_its_own():
    class Clearing(Told):
        def on_round(self, losses):
            losses.clear()

    told, record = Told(), {"round": 3, "critic": 0.5}
    callbacks = Callbacks([Clearing(), told])
    callbacks.tell("on_round", record)
    assert callbacks.failure is None
    assert told.events == [("round", 3, ["critic", "round"])]
    assert record == {"round": 3, "critic": 0.5}
    nobody = Callbacks(None)
    nobody.tell("on_end", None)
    assert nobody.failure is None


def test_tensorboard_has_every_loss_and_evaluation_once(tmp_path):
    """Also of a run that went on."""
    pytest.importorskip("tensorboardX")
    from diptych_lab.tensorboard import TensorBoard

    folder, watched = tmp_path / "tensorboard", {"held_out": 0.4, "evaluate": "sliced-w1", "evaluate_every": 3}
    for rounds in (4, 7):
        settings = {**RUN, **watched, "rounds": rounds, "resume": rounds == 7}
        train("ns-gan", backend=Recorder(), out=tmp_path / "run", callbacks=[TensorBoard(folder)], **settings)
    found = scalars(folder)
    losses = list(metrics.read(tmp_path / "run/metrics.jsonl"))
    for player in ("critic", "generator"):
        assert found[f"loss/{player}"] == {row["round"]: pytest.approx(row[player], rel=1e-6) for row in losses}
    assert found["evaluation/sliced-w1"].keys() == {3, 6}
    assert found.keys() == {f"loss/{p}" for p in ("critic", "generator")} | {
        f"evaluation/sliced-w1{part}" for part in ("", "/low", "/high")
    }


class Tracker:
    """In trackio's place: what it was told."""

    def __init__(self):
        self.asked, self.told, self.ended = [], [], 0

    def init(self, **asked):
        print("View dashboard by ...")
        self.asked.append(asked)
        return self

    def log(self, numbers, step):
        self.told.append((step, numbers))

    def finish(self):
        print("Run finished.")
        self.ended += 1


def test_trackio_has_every_loss_and_evaluation(tmp_path, monkeypatch, capsys):
    from diptych_lab.tracking import Trackio

    tracker = Tracker()
    monkeypatch.setitem(sys.modules, "trackio", tracker)
    watched = {"held_out": 0.4, "evaluate": "sliced-w1", "evaluate_every": 3}
    for rounds in (4, 7):
        settings = {**RUN, **watched, "rounds": rounds, "resume": rounds == 7}
        train("ns-gan", backend=Recorder(), out=tmp_path / "run", callbacks=[Trackio("p", "run")], **settings)
    losses = list(metrics.read(tmp_path / "run/metrics.jsonl"))
    expected = [(row["round"], {f"loss/{p}": row[p] for p in ("critic", "generator")}) for row in losses]
    assert [each for each in tracker.told if "loss/critic" in each[1]] == expected
    evaluated = {step: numbers for step, numbers in tracker.told if "loss/critic" not in numbers}
    names = {f"evaluation/sliced-w1{part}" for part in ("", "/low", "/high")}
    assert {step: numbers.keys() for step, numbers in evaluated.items()} == {3: names, 6: names}
    assert [(each["project"], each["name"], each["resume"]) for each in tracker.asked] == [
        ("p", "run", "allow")
    ] * 2
    assert tracker.ended == 2
    assert "dashboard" not in capsys.readouterr().out
    with pytest.raises(ValueError, match="trackio keeps runs by project"):
        Trackio(" ", "run")


def test_trackio_itself_keeps_them(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "kept"))
    pytest.importorskip("trackio")
    from trackio.sqlite_storage import SQLiteStorage

    from diptych_lab.tracking import Trackio

    train(
        "ns-gan", backend=Recorder(), out=tmp_path / "run", callbacks=[Trackio("p", "run")], **{**RUN, "rounds": 4}
    )
    losses = list(metrics.read(tmp_path / "run/metrics.jsonl"))
    kept = SQLiteStorage.get_logs("p", "run")
    assert [(row["step"], row["loss/critic"]) for row in kept] == [(row["round"], row["critic"]) for row in losses]


@pytest.mark.parametrize(("option", "extra"), [("--tensorboard", "tensorboard"), ("--trackio=p", "trackio")])
def test_an_extra_that_is_not_there(tmp_path, monkeypatch, option, extra):
    monkeypatch.setitem(sys.modules, "trackio", None)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    words = ["train", "vae", "--data", "ring", "--backend", "torch", option, "--out", str(tmp_path / "run")]
    found = CliRunner().invoke(command_line.main, words)
    assert (found.exit_code, f'pip install "diptych[{extra}]"' in found.output) == (2, True)
    assert not (tmp_path / "run").exists()


def scalars(folder):
    """tag -> step -> value of all event files."""
    from tensorboardX.proto.event_pb2 import Event

    found = {}
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        while data:
            length = int.from_bytes(data[:8], "little")
            event, data = Event.FromString(data[12 : 12 + length]), data[16 + length :]
            for value in event.summary.value:
                steps = found.setdefault(value.tag, {})
                assert event.step not in steps
                steps[event.step] = value.simple_value
    return found
