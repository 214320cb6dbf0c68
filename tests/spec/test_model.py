"""A model that one steps: rounds, what it takes and refuses, and its files. Numbers are the suite's to show."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tests.lab.recorded import Recorder

import diptych
from diptych import Model, methods, networks
from diptych.method import Method, Steps
from diptych.optimizers import SGD, Adam

X = np.linspace(0, 1, 12, dtype="float32").reshape(6, 2)


def model(method: Method | None = None, **settings: Any) -> Model:
    """In a backend that computes nothing and keeps what it is handed."""
    method = method or methods.wgan_gp(critic_steps=2)
    ready = networks.mlp(method, data=(2,), latent=(3,), width=4)
    return Model(method, ready, **{"backend": Recorder(), **settings})


def steps(made: Model) -> Any:
    return made.backend.steps  # type: ignore[attr-defined]


def test_rounds_go_on_by_themselves() -> None:
    made = model()
    at = []
    for _ in range(7):
        at.append((made.round, made.turn, made.next_players))
        made.step(X)
    game = [("critic",), ("critic",), ("generator",)]
    assert at == [(i // 3, i % 3, game[i % 3]) for i in range(7)]
    assert [step.players for step in steps(made)] == [players for _, _, players in at]


def test_a_phase_without_steps_is_passed_over() -> None:
    method = methods.gmmn_ae(pretrain=2)
    late = replace(method, players=tuple(p for p in method.players if p.name == "generator"))
    made = model(late)
    assert made.next_players == ("generator",)
    assert made.round == 2


def test_a_method_that_has_come_to_its_end_says_so() -> None:
    method = methods.gmmn()
    once = replace(method, players=(replace(method.players[0], steps=Steps(usual=0, early=1, until=2)),))
    made = model(once)
    made.step(X)
    made.step(X)
    with pytest.raises(ValueError, match=r"method 'gmmn' has no step from round 2 on"):
        made.step(X)


def test_noise_is_the_rounds_and_of_as_many_rows_as_the_batch() -> None:
    one, other = model(), model()
    for rows in (6, 4, 1):
        one.step(X[:rows])
        assert {name: a.shape for name, a in steps(one)[-1].noise.items()} == {"z": (rows, 3), "e": (rows, 1)}
    other.step(X, noise=other.draws(0, 0, 6))
    np.testing.assert_array_equal(steps(one)[0].noise["z"], steps(other)[0].noise["z"])
    assert steps(one)[0].noise["z"].dtype == np.float32
    again = model(seed=1)
    again.step(X)
    assert not np.intersect1d(steps(again)[0].noise["z"], steps(one)[0].noise["z"]).size


@pytest.mark.parametrize("batch", [(X,), [X]])
def test_what_a_loader_gives_is_a_batch(batch: Any) -> None:
    made = model()
    made.step(batch)
    np.testing.assert_array_equal(steps(made)[0].x, X)


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ((X, np.zeros(6)), r"a batch is one array of rows, got 2 entries; of \(rows, labels\) take the rows"),
        ({"x": X}, "a batch is one array of rows, got dict"),
        ("rows", "a batch is one array of rows, got str"),
        ([[0.0, 1.0]], "a batch is one array of rows, got 1 entries"),
        (X[:0], r"x holds no rows: its shape is \(0, 2\)"),
        (np.float32(1), "x must be a batch"),
    ],
)
def test_what_is_no_batch_is_refused_and_nobody_moves(batch: Any, said: str) -> None:
    made = model()
    with pytest.raises(ValueError, match=said):
        made.step(batch)
    assert (made.round, made.turn, steps(made)) == (0, 0, [])


def _refuses(*args: Any, **told: Any) -> Any:
    raise ValueError("no")


def test_a_step_that_is_refused_is_still_to_come() -> None:
    made = model()
    healthy, made.trainer.step = made.trainer.step, _refuses  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="no"):
        made.step(X)
    assert (made.round, made.turn) == (0, 0)
    made.trainer.step = healthy  # type: ignore[method-assign]
    made.step(X)
    assert (made.round, made.turn) == (0, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"backend": "troch"}, "unknown backend 'troch'; did you mean 'torch'"),
        ({"backend": "pytorch"}, "unknown backend 'pytorch'; did you mean 'torch'"),
        ({"backend": Recorder}, "which is to be called"),
        ({"backend": object()}, "which has no name, capabilities"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"seed": 0.5}, "seed must be a whole number of at least 0, got 0.5"),
        ({"latent": (5,)}, r"network '\w+' of method 'wgan-gp' must map"),
        ({"data": 2}, "data must be a tuple of whole numbers"),
        ({"dtype": "float16"}, "dtype must be one of 'float32', 'float64', got 'float16'"),
        ({"optimizers": {"critik": SGD(0.1)}}, r"optimizers name \['critik'\]"),
        ({"optimizers": {"critic": 0.1}}, "optimizer of player 'critic'"),
        ({"optimizers": Adam(0.1)}, "optimizers must be update rules by player, .* got Adam"),
        ({"optimizers": "adam"}, "optimizers must be update rules by player, .* got str"),
        ({"weights": 3}, "weights must be tensors by role and name, .* got int"),
    ],
)
def test_what_a_model_cannot_be_made_of(wrong: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        model(**wrong)


def test_a_model_is_of_a_method_and_all_of_its_networks() -> None:
    method = methods.wgan_gp()
    ready = networks.mlp(method, data=(2,), latent=(3,), width=4)
    with pytest.raises(ValueError, match=r"method must be of type Method, got 'wgan-gp': diptych\.methods"):
        Model("wgan-gp", ready, backend=Recorder())  # type: ignore[arg-type]
    for wrong in ("mlp", [ready]):
        with pytest.raises(ValueError, match="networks must be a network or module for each role"):
            Model(method, wrong, backend=Recorder())  # type: ignore[arg-type]
    for architecture in (networks.mlp, networks.conv, networks.dcgan, networks.sn_dcgan, networks.resnet):
        with pytest.raises(ValueError, match="method must be of type Method, got wgan_gp, which is to be called"):
            architecture(methods.wgan_gp, data=(8, 8, 1), latent=(3,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"needs networks for \['critic', 'generator'\], got \['critic'\]"):
        Model(method, {"critic": ready["critic"]}, backend=Recorder())


def test_modules_tell_no_shapes() -> None:
    """The rows tell theirs; that of a code has to be given."""
    method = methods.wgan_gp()
    with pytest.raises(ValueError, match=r"modules do not tell the shape of 'latent': give Model\(\.\.\., latent="):
        _of_modules(method).step(X)
    made = _of_modules(method, latent=(3,))
    with pytest.raises(ValueError, match=r"shape of 'data': step first, or give Model\(\.\.\., data="):
        made.draws(0, 0, 2)
    made.sample(2)  # takes codes alone
    made.step(X)
    assert steps(made)[0].noise["z"].shape == (6, 3)
    assert made.shapes == {"data": (2,), "latent": (3,)}


def test_a_batch_that_is_refused_tells_no_shape() -> None:
    made = _of_modules(methods.wgan_gp(), latent=(3,))
    healthy, made.trainer.step = made.trainer.step, _refuses  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="no"):
        made.step(np.zeros((6, 5)))
    made.trainer.step = healthy  # type: ignore[method-assign]
    made.step(X)
    assert made.shapes["data"] == (2,)


@pytest.mark.parametrize(
    ("place", "said"), [((-1, 0, 2), "t must be"), ((0, -1, 2), "turn must be"), ((0, 0, 2.5), "n must be")]
)
def test_noise_is_of_a_round_a_turn_and_rows(place: Any, said: str) -> None:
    with pytest.raises(ValueError, match=f"{said} a whole number"):
        model().draws(*place)


class Opaque(Recorder):
    """Takes whatever fills a role."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        return super().build({}, {role: {"w": np.zeros(1)} for role in networks}, **settings)


def _of_modules(method: Method, **shapes: Any) -> Model:
    return Model(method, dict.fromkeys(method.roles, object()), backend=Opaque(), **shapes)


def test_samples_are_of_a_number_or_of_draws() -> None:
    made = model()
    for arguments in ({}, {"n": 2, "z": np.zeros((2, 3))}):
        with pytest.raises(ValueError, match="n, a number of samples, or z, draws of the prior: one of the two"):
            made.sample(**arguments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="n must be a whole number of at least 1, got 0"):
        made.sample(0)
    with pytest.raises(ValueError, match=r"z holds no rows: its shape is \(0, 3\)"):
        made.sample(z=np.zeros((0, 3)))
    for f in (made.encode, made.reconstruct):
        with pytest.raises(ValueError, match="'wgan-gp' has no encoder"):
            f(X)


def test_a_likelihood_is_of_methods_that_have_one() -> None:
    made = model()
    with pytest.raises(ValueError, match="method 'wgan-gp' has no likelihood; vae and iwae have"):
        made.log_likelihood(X)
    with pytest.raises(ValueError, match="draws must be a whole number of at least 1, got 0"):
        model(methods.vae()).log_likelihood(X, draws=0)


def test_a_learning_rate_changes_alone() -> None:
    made = model(optimizers={"critic": SGD(0.5)})
    for _ in range(4):
        made.step(X)
    before = made.state()
    made.learn_at({"generator": 3e-5})
    assert made.optimizers == {"critic": SGD(0.5), "generator": Adam(3e-5, beta1=0.5, beta2=0.9)}
    made.learn_at(0.125)
    assert {rule.learning_rate for rule in made.optimizers.values()} == {0.125}
    after = made.state()
    assert before.keys() == after.keys()
    for name, a in before.items():
        np.testing.assert_array_equal(a, after[name])
    with pytest.raises(ValueError, match=r"there is no 'critik' among \['critic', 'generator'\]"):
        made.learn_at({"critik": 0.1})
    with pytest.raises(ValueError, match="learning_rate of SGD must be positive"):
        made.learn_at(-1.0)
    assert {rule.learning_rate for rule in made.optimizers.values()} == {0.125}


def test_a_state_is_taken_up_whole_or_not_at_all() -> None:
    made, other = model(), model(seed=5)
    for _ in range(4):
        made.step(X)
    state, fresh = made.state(), other.state()
    other.restore(state)
    assert (other.round, other.turn, other.next_players) == (1, 1, ("critic",))
    assert all(np.array_equal(a, state[name]) for name, a in other.state().items())
    spoilt: list[tuple[dict[str, Any], str]] = [
        ({**state, "extra": np.zeros(1)}, "unknown entry 'extra'"),
        ({**state, "weights/nobody/0.kernel": np.zeros(1)}, "unknown entry 'weights/nobody/0.kernel'"),
        ({name: a for name, a in state.items() if name != "turn"}, "'turn' must be a whole number"),
        ({**state, "round": np.asarray(-1)}, "'round' must be a whole number of at least 0"),
        ({**state, "turn": np.asarray(3)}, r"turn 3 of round 1, which has 3 steps"),
    ]
    for wrong, said in spoilt:
        again = model(seed=5)
        with pytest.raises(ValueError, match=said):
            again.restore(wrong)
        assert all(np.array_equal(a, fresh[name]) for name, a in again.state().items())


def test_progress_is_the_state_without_the_weights_and_is_taken_up_in_place() -> None:
    made, other = model(), model(seed=5)
    for _ in range(4):
        made.step(X)
    progress, nets, before = made.progress(), other.nets, other.state()
    assert progress.keys() == {name for name in made.state() if not name.startswith("weights/")}
    for wrong in ({**progress, "weights/critic/0.kernel": np.zeros(1)}, {**progress, "turn": np.asarray(3)}):
        with pytest.raises(ValueError, match=r"unknown entry 'weights/critic/0.kernel'|turn 3 of round 1"):
            other.resume(wrong)
        assert all(np.array_equal(a, before[name]) for name, a in other.state().items())
    other.resume(progress)
    assert other.nets is nets
    assert (other.round, other.turn) == (1, 1)
    assert all(np.array_equal(a, progress[name]) for name, a in other.progress().items())


def test_other_rules_begin_anew_and_the_round_stays() -> None:
    made = model()
    for _ in range(4):
        made.step(X)
    weights = made.weights()
    made.train_by({"critic": SGD(0.125)}, execution="compiled")
    assert (made.round, made.turn, made.execution) == (1, 1, "compiled")
    assert made.optimizers["critic"] == SGD(0.125)
    assert made.optimizers["generator"] == made.method.player("generator").optimizer
    assert int(made.trainer.state()["critic.updates"]) == 0
    np.testing.assert_equal(made.weights(), weights)
    with pytest.raises(ValueError, match="optimizers name"):
        made.train_by({"nobody": SGD(0.1)})
    assert made.optimizers["critic"] == SGD(0.125)


def test_a_file_holds_all_that_training_changes(tmp_path: Path) -> None:
    made, other = model(), model(seed=5)
    for _ in range(4):
        made.step(X)
    made.save(tmp_path / "a.safetensors")
    other.load(str(tmp_path / "a.safetensors"))
    assert all(np.array_equal(a, made.state()[name]) for name, a in other.state().items())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.safetensors"]
    first = (tmp_path / "a.safetensors").read_bytes()
    other.save(tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == first


def test_files_that_are_no_models(tmp_path: Path) -> None:
    made = model()
    file = tmp_path / "a.safetensors"
    with pytest.raises(FileNotFoundError, match=r"a\.safetensors: no such file"):
        made.load(file)
    file.write_bytes(b"not a file of tensors")
    with pytest.raises(ValueError, match=r"a\.safetensors: no model that diptych saved, or damaged"):
        made.load(file)
    save_file({"x": np.zeros(2)}, file)
    with pytest.raises(ValueError, match=r"a\.safetensors: no model that diptych saved, or damaged"):
        made.load(file)
    model(methods.gan()).save(file)
    with pytest.raises(ValueError, match=r"a\.safetensors: .*'gan'.*'wgan-gp'"):
        made.load(file)
    made.save(file)
    state = load_file(file) | {"round": np.asarray(np.nan)}
    header = {"diptych model": json.dumps({"format": 1, "method": "wgan-gp"})}
    save_file(state, file, header)
    with pytest.raises(ValueError, match=r"a\.safetensors: damaged: round is not finite"):
        made.load(file)
    for text in ("[]", "1", "{}", '{"format": 1}', "{"):
        save_file(state, file, {"diptych model": text})
        with pytest.raises(ValueError, match=r"a\.safetensors: no model that diptych saved, or damaged"):
            made.load(file)


def test_a_model_that_diverged_is_not_saved(tmp_path: Path) -> None:
    made = model()
    made.nets["critic"]["0.bias"][0] = np.inf
    with pytest.raises(FloatingPointError, match=r"weights/critic/0\.bias is not finite"):
        made.save(tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_it_needs_nothing_of_the_lab() -> None:
    """No import of it, whatever is called."""
    import subprocess
    import sys

    code = "import diptych, sys; diptych.Model; assert not [m for m in sys.modules if m.startswith('diptych_lab')]"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert diptych.Model is Model
