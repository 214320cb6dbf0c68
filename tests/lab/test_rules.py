"""What a user chooses of rules: in the config, on the command line, in a run that goes on or is made longer."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from tests.conformance.toy import Toy

import diptych
from diptych.optimizers import SGD, Adam, AdamW
from diptych.schedules import Cosine, Geometric, Linear, Staircase, WarmUp
from diptych_lab import Config, Dataset, configure, load, train
from diptych_lab.phases import unreached
from diptych_lab.rules import length, scheduled

POINTS = Dataset("points", np.random.default_rng(0).uniform(size=(300, 2)).astype("float32"))
RUN = {"data": np.random.default_rng(0).uniform(size=(40, 3)), "width": 2, "latent": 1, "batch": 10}
RUN |= {"dtype": "float64", "checkpoint_every": 3, "say": lambda line: None, "optimizer": "adamw"}
SET = {"learning_rate": 0.02, "warm_up": 2, "clip_norm": 0.1, "ema": 0.7}


def trained(out, rounds, backend=None, **more):
    return train("ns-gan", out=out, rounds=rounds, backend=backend or Toy(), **{**RUN, **SET, **more})


def test_a_choice_for_all_and_another_for_one():
    rules = configure(
        *("wgan-gp", POINTS),
        learning_rate=1e-3,
        clip_norm=2.0,
        players={"critic": {"learning_rate": 4e-3, "ema": 0.9}, "generator": {"optimizer": "adamw"}},
    ).optimizers
    assert rules["critic"] == Adam(4e-3, beta1=0.5, beta2=0.9, clip_norm=2.0, ema=0.9)
    assert rules["generator"] == AdamW(1e-3, beta1=0.5, beta2=0.9, clip_norm=2.0)
    decayed = configure("vae", POINTS, optimizer="adamw", weight_decay=0.1).optimizers["autoencoder"]
    assert decayed == AdamW(1e-3, weight_decay=0.1)
    assert configure("vae", POINTS, optimizer=SGD(0.1, ema=0.5), clip_norm=3).optimizers == {
        "autoencoder": SGD(0.1, clip_norm=3.0, ema=0.5)
    }


@pytest.mark.parametrize(
    ("text", "warm_up", "expected"),
    [
        ("constant", 0, 0.5),
        ("constant", 4, WarmUp(4, 0.5)),
        ("cosine", 0, Cosine(0.5, 0.0, 100)),
        ("cosine:40:0.1", 10, WarmUp(10, Cosine(0.5, 0.05, 30))),
        ("linear:40", 0, Linear(0.5, 0.0, 40)),
        ("step:30", 0, Staircase(0.5, 0.1, 30)),
        ("step:30:0.5", 5, WarmUp(5, Staircase(0.5, 0.5, 30))),
    ],
)
def test_a_schedule_as_one_writes_it(text, warm_up, expected):
    assert scheduled(0.5, text, warm_up, 100) == expected


def test_the_end_of_a_schedule_is_in_the_round_that_is_named():
    made = scheduled(0.5, "cosine:40:0.1", 10, None)
    assert [made.at(t) for t in (0, 9, 10, 40, 1000)] == [0.05, 0.5, 0.5, 0.05, 0.05]
    assert length({"critic": Adam(made), "generator": Adam(Staircase(0.1, 0.5, 2))}) == 40
    assert length({"critic": Adam(0.1)}) is None
    (line,) = unreached(diptych.make("ns-gan"), {"critic": Adam(made)}, 30)
    assert line.startswith("critic learns by WarmUp(rounds=10, ")
    assert line.endswith(": these 30 rounds end before it does")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"schedule": "cosin"}, r"schedule must be constant, linear\[:ROUNDS\[:END\]\], .*, got 'cosin'"),
        ({"schedule": "cosine:x"}, "schedule 'cosine:x': could not convert string to float: 'x'"),
        (
            {"schedule": "cosine:2.5"},
            "'cosine:2.5': a number of rounds must be a whole number of at least 1, got 2.5",
        ),
        ({"schedule": "cosine"}, "schedule 'cosine': it needs its length: cosine:2000"),
        ({"schedule": "linear:9", "warm_up": 9}, "'linear:9': its 9 rounds, of which 9 are warm-up, leave none"),
        ({"schedule": "step:9:2"}, r"schedule 'step:9:2': factor of Staircase must be in \(0, 1\), got 2"),
        ({"warm_up": -1}, "warm_up must be a whole number of at least 0, got -1"),
        ({"learning_rate": Linear(1, 0, 9), "warm_up": 2}, "is a schedule already: leave schedule and warm_up out"),
        ({"weight_decay": 0.1}, "weight_decay is of the rule adamw, and not of adam: take the optimizer adamw"),
        ({"clip_norm": 0.0}, "clip_norm of Adam must be positive and finite, got 0"),
        ({"ema": 1.0}, r"ema of Adam must be in \[0, 1\), got 1"),
        ({"optimizer": "adamx"}, "unknown optimizer 'adamx'; did you mean 'adam'"),
        ({"players": {"critik": {}}}, "method 'ns-gan' has no player 'critik'; it has critic, generator"),
        ({"players": {"critic": {"lr": 1}}}, "settings of player 'critic': there is no 'lr' among"),
        ({"players": {"critic": 3}}, "settings of player 'critic' must be a mapping"),
        ({"players": 3}, "players must be settings by player"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        configure("ns-gan", POINTS, **wrong)


def test_a_record_holds_schedules_and_nothing_that_is_not_chosen():
    config = configure("ns-gan", POINTS, schedule="cosine:40", warm_up=3, ema=0.9)
    record = json.loads(config.text())
    assert Config.from_record(record) == config
    assert record["optimizers"]["critic"]["learning_rate"]["constructor"] == "schedules.WarmUp"
    plain = configure("ns-gan", POINTS).record()["optimizers"]["critic"]
    assert plain == {"rule": "adam", "learning_rate": 2e-4, "beta1": 0.5, "beta2": 0.999, "epsilon": 1e-8}
    other = configure("ns-gan", POINTS, schedule="cosine:50", warm_up=3, ema=0.8)
    assert sorted(config.differences(other)) == sorted(
        f"{name} of {player} {ours} here, {theirs} there"
        for player in ("critic", "generator")
        for name, ours, theirs in (("ema", 0.9, 0.8), ("learning_rate.then.rounds", 37, 47))
    )


@pytest.mark.parametrize(
    ("rate", "message"),
    [
        ({"constructor": "os.system", "arguments": {}}, "diptych has no constructor 'os.system'"),
        ({"constructor": "noise.Normal", "arguments": {"scale": 1.0}}, "learning_rate of Adam must be positive"),
        (
            {"constructor": "schedules.Cosine", "arguments": {"start": -1.0, "end": 0.0, "rounds": 3}},
            "start of Cos",
        ),
    ],
)
def test_a_record_names_no_other_code(rate, message):
    record = json.loads(configure("ns-gan", POINTS, schedule="cosine:40").text())
    record["optimizers"]["critic"]["learning_rate"] = rate
    with pytest.raises(ValueError, match=message):
        Config.from_record(record)


def test_a_schedule_of_ones_own_has_no_record(tmp_path):
    own = SimpleNamespace(at=lambda t: 0.1)
    with pytest.raises(
        ValueError, match=r"learning_rate of optimizers\.AdamW: this SimpleNamespace was made by no"
    ):
        trained(tmp_path / "run", 2, learning_rate=own, warm_up=0)
    assert not (tmp_path / "run").exists()


def test_a_run_that_goes_on_has_the_same_bits_and_a_longer_one_keeps_its_schedule(tmp_path):
    trained(tmp_path / "cut", 3, schedule="cosine:8")
    trained(tmp_path / "cut", 12, schedule="cosine:8", resume=True)
    straight = trained(tmp_path / "straight", 12, schedule="cosine:8")
    content = [(tmp_path / name / "checkpoint.safetensors").read_bytes() for name in ("cut", "straight")]
    assert content[0] == content[1]
    trained(tmp_path / "longer", 8, schedule="cosine")
    longer = trained(tmp_path / "longer", 12, schedule="cosine", resume=True)
    assert longer.checkpoint.content() == content[0]
    shown, live = straight.model.averages(), straight.model.weights()
    assert np.abs(shown["generator"]["0.kernel"] - live["generator"]["0.kernel"]).max() > 1e-4
    np.testing.assert_array_equal(load(tmp_path / "cut", backend=Toy()).sample(5), straight.sample(5))
    with pytest.raises(ValueError, match=r"learning_rate.then.rounds of critic 7 here, 6 there"):
        trained(tmp_path / "cut", 20, schedule="cosine:9", resume=True)


def test_the_folder_says_geometric_rates_too(tmp_path):
    """Any schedule of diptych's, handed in from Python."""
    made = trained(tmp_path / "run", 2, learning_rate=Geometric(0.1, 0.01, 5), warm_up=0)
    assert load(tmp_path / "run", backend=Toy()).config.optimizers == made.config.optimizers


@pytest.mark.torch
@pytest.mark.keras
def test_a_run_moves_between_frameworks_with_schedules_and_averages(tmp_path):
    folder = tmp_path / "run"
    for rounds, backend in ((3, "torch"), (6, "keras"), (9, "torch")):
        moved = trained(folder, rounds, backend, schedule="cosine:8", resume=rounds > 3)
    straight = trained(tmp_path / "straight", 9, "torch", schedule="cosine:8")
    for name, array in straight.checkpoint.state.items():
        np.testing.assert_allclose(moved.checkpoint.state[name], array, rtol=1e-9, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(moved.sample(4), straight.sample(4), rtol=1e-9)


def test_options_of_one_player(run, tmp_path):
    words = ("train", "wae-gan", "--data", "ring", "--backend", "tests.conformance.toy:Toy", "--rounds", 2)
    words += ("--dtype", "float64", "--width", 2, "--learning-rate", 1e-3, "--recipe", "none")
    result = run(*words, "--out", tmp_path / "run", "--critic-learning-rate=4e-3", "--autoencoder-ema", 0.9)
    assert result.exit_code == 0, result.output
    rules = load(tmp_path / "run", backend=Toy()).config.optimizers
    assert [rules[name].learning_rate for name in ("autoencoder", "critic")] == [1e-3, 4e-3]
    assert [rules[name].ema for name in ("autoencoder", "critic")] == [0.9, None]


def test_wrong_options_of_one_player(refused):
    def told(*more):
        return refused("train", "ns-gan", "--data", "ring", "--backend", "torch", "--out", "run", *more)

    assert told("--critik-ema", 0.9).endswith("method 'ns-gan' has no player 'critik'; it has critic, generator")
    assert "'--critic-learning-rate': 'fast' is not a valid float" in told("--critic-learning-rate", "fast")
    assert "'--critic-warm-up': '1.5' is not a valid integer" in told("--critic-warm-up=1.5")
    assert told("--critic-schedule").endswith("Option '--critic-schedule' requires an argument.")
    assert "is given twice" in told("--critic-ema", 0.9, "--critic-ema", 0.8)
    assert "No such option" in told("--critic-speed", 3)


def test_a_run_with_several_ends_of_schedules_goes_on_by_the_same_call(tmp_path):
    """The longest end was taken for the length that the run began with, and the resume refused."""
    of_critic = {"critic": {"schedule": "cosine:20"}}
    for players in (of_critic, {"critic": {"warm_up": 9, "schedule": "constant"}, "generator": {"warm_up": 0}}):
        out = tmp_path / str(len(list(tmp_path.iterdir())))
        more = {"warm_up": 0, "schedule": "cosine", "players": players}
        begun = trained(out, 6, **more)
        assert trained(out, 9, **more, resume=True).config == begun.config
        assert begun.config.optimizers["generator"].learning_rate == Cosine(0.02, 0.0, 6)


def test_a_rule_that_is_named_keeps_what_it_shares_with_the_methods_own():
    """The betas became the rule's usual ones without a word."""
    own = diptych.make("wgan-gp").optimizers()
    assert configure("wgan-gp", POINTS, optimizer="adam").optimizers == own
    for rule in configure("wgan-gp", POINTS, optimizer="adamw", weight_decay=0.0).optimizers.values():
        assert (rule.beta1, rule.beta2, rule.weight_decay) == (0.5, 0.9, 0.0)


def test_a_refused_choice_names_the_player():
    with pytest.raises(ValueError, match=r"^generator: weight_decay is of the rule adamw, and not of adam"):
        configure("wgan-gp", POINTS, weight_decay=0.1, players={"critic": {"optimizer": "adamw"}})


def test_rounds_after_the_end_of_a_schedule_are_told():
    method, rules = diptych.make("vae"), {"autoencoder": Adam(Cosine(0.1, 0.0, 6))}
    (line,) = unreached(method, rules, 12)
    assert line.startswith("autoencoder learns by ")
    assert line.endswith(": its rate is 0 from round 6 on")
    assert not list(unreached(method, rules, 6))
    assert not list(unreached(method, {"autoencoder": Adam(Cosine(0.1, 0.01, 6))}, 12))
