"""What `check_loss` says of losses that are right, and of mistakes that shipped elsewhere."""

from typing import Any

import numpy as np
import pytest

import diptych
from diptych.functional import mmd2_unbiased
from diptych.kernels import inverse_multiquadratic
from diptych.networks import Activation, Dense, Network, Reshape
from diptych.protocol import Capability
from diptych_conformance import LossReport, check_loss
from diptych_conformance.core.problem import ring

from . import toy

RANDOM = np.random.default_rng(0)
X, Z, E = RANDOM.uniform(size=(4, 3)), RANDOM.standard_normal((4, 2)), RANDOM.uniform(size=(4, 1))
CRITIC = Network(((3,),), (Dense(4), Activation("tanh"), Dense(1), Reshape(())))
GENERATOR = Network(((2,),), (Dense(4), Activation("tanh"), Dense(3)))
NETS = {"critic": CRITIC, "generator": GENERATOR}
NATIVE = (CRITIC, {t.name: np.ones(t.shape) for t in CRITIC.tensors})
TANH = Network(((3,),), (Activation("tanh"),))  # has no tensors


def on_toy(loss: Any, **more: Any) -> LossReport:
    settings: dict[str, Any] = {"networks": NETS, "x": X, "noise": {"z": Z}, **more}
    if "arrays" in more:
        settings = {"networks": None, "x": None, "noise": None, **more}
    return check_loss(loss, **{"backend": toy.Toy(), **settings})


def softplus(x: Any) -> Any:
    """Overflows far out; that is not what is tested with it."""
    return np.log1p(np.exp(x))


def game(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """E softplus(-f(x)) + E softplus(f(G(z)))"""
    return ops.xp.mean(softplus(-nets.critic(x)) + softplus(nets.critic(nets.generator(noise.z))))


def fooling(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return -game(nets, x, noise, ops)


def legs(report: LossReport) -> set[str]:
    return {record.leg for record in report.faults}


NEAR = {"far": (1.0,)}


def test_a_healthy_loss_passes_every_leg() -> None:
    report = on_toy(game, moves=["critic"], second_order=True, **NEAR)
    assert report, str(report)
    assert {record.leg for record in report.records} == {
        *("value", "purity", "gradient", "second", "ownership", "extremes", "batch", "execution")
    }
    assert report.raise_for_faults() is report
    assert "game in toy: 17 checks passed" in str(report)


@pytest.mark.parametrize("player", ["critic", "generator"])
def test_a_methods_player_equals_itself(player: str) -> None:
    own = diptych.make("wgan-gp").player(player)
    report = on_toy(own, noise={"z": Z, "e": E}, moves=own.owns, equals=own)
    assert report, str(report)


def test_a_step_against_the_intended_direction_is_told() -> None:
    def both(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        """What two backward passes leave in the generator's gradient: -0.5 of its game, and all of the critic's."""
        return -0.5 * game(nets, x, noise, ops) + game(nets, x, noise, ops)

    report = on_toy(both, intended={"generator": fooling}, **NEAR)
    assert legs(report) == {"ownership"}
    assert "the gradient of `generator` points against the intended direction, cosine -1.000" in str(report)
    assert on_toy(fooling, intended={"generator": fooling}, **NEAR)


def test_a_gradient_that_leaks_and_one_that_is_missing_are_told() -> None:
    def critics(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.critic(x))

    report = on_toy(critics, moves=["generator"], spares=["critic"], noise={})
    assert "`generator` receives no gradient" in str(report)
    assert "`critic` receives a gradient, up to 1.05, and should have none" in str(report)


def test_what_is_stopped_is_constant_to_differences_too() -> None:
    def stopped(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        y = nets.critic(x)
        return ops.xp.mean(y * ops.stop(y))

    assert on_toy(stopped, moves=["critic"])


def test_a_value_taken_out_of_the_graph_is_told() -> None:
    def detached(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        y = nets.critic(x)
        return ops.xp.mean(y + np.real(y) ** 2)

    def constant(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(np.real(nets.critic(x)) ** 2)

    report = on_toy(detached, networks={"critic": CRITIC})
    assert legs(report) == {"gradient"}
    assert "a part of the loss is held constant" in str(report)
    assert "where nothing is recorded: a detach" in str(on_toy(constant, networks={"critic": CRITIC}))


def test_a_norm_over_the_batch_is_told() -> None:
    def penalty(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        slope = ops.grad(nets.critic, x)
        return (ops.xp.sqrt(ops.xp.sum(slope * slope)) - 1) ** 2

    linear = Network(((3,),), (Dense(1), Reshape(())))
    tensors = {"0.kernel": np.asarray([[1.0], [0.0], [0.0]]), "0.bias": np.zeros(1)}
    weights = {"critic": dict(zip((t.name for t in linear.tensors), tensors.values(), strict=True))}
    settings: dict[str, Any] = {"networks": {"critic": linear}, "weights": weights, "far": ()}
    report = on_toy(penalty, **settings)
    assert legs(report) == {"batch"}
    assert "grows or shrinks with the batch: 1, 3.34315 taken 2 times, 9 taken 4 times" in str(report)
    assert on_toy(penalty, mean_of_batch=False, **settings)


def test_a_loss_that_depends_on_the_order_is_told() -> None:
    report = on_toy(lambda a: np.mean(a * np.arange(len(a))), arrays={"a": Z[:, 0]}, far=(), mean_of_batch=False)
    assert legs(report) == {"batch"}
    assert "depends on the order of the batch" in str(report)


@pytest.mark.parametrize("n", [2, 3, 4, 8, 9])
def test_a_loss_of_one_row_alone_depends_on_the_order(n: int) -> None:
    assert sorted(ring(n)) == list(range(n))
    assert np.all(ring(n) != np.arange(n))
    for row in range(n):
        report = on_toy(lambda a, row=row: a[row] ** 2, arrays={"a": np.linspace(1, 2, n)}, **NEAR)
        assert legs(report) == {"batch"}
        assert "depends on the order of the batch" in str(report)


def test_that_the_order_matters_is_told_before_that_the_number_does() -> None:
    report = on_toy(lambda a: np.sum(a * np.arange(1, len(a) + 1)), arrays={"a": Z[:, 0]}, far=())
    faults = [line for line in str(report).splitlines() if "FAULT" in line]
    assert ["order of the batch" in faults[0], "grows or shrinks" in faults[1]] == [True, True]


@pytest.mark.parametrize("n", [2, 3, 8])
def test_shapes_that_broadcast_are_told(n: int) -> None:
    a, b = np.linspace(0, 1, n)[:, None], np.linspace(1, 3, n) ** 2

    def paired(a: Any, b: Any) -> Any:
        return np.mean((a - b) ** 2)

    report = on_toy(paired, arrays={"a": a, "b": b}, **NEAR)
    assert report, str(report)
    (said,) = [line for line in str(report).splitlines() if line.startswith("  -")]
    assert "it mixes samples" in said
    assert said.endswith("; per_sample=False if it is meant so, and True makes it a fault")
    judged = on_toy(paired, arrays={"a": a, "b": b}, per_sample=True, **NEAR)
    assert legs(judged) == {"batch"}
    assert "(n, 1) - (n,), which is (n, n)" in str(judged)
    assert "mixes" not in str(on_toy(paired, arrays={"a": a, "b": b}, per_sample=False, **NEAR))
    assert on_toy(paired, arrays={"a": a[:, 0], "b": b}, per_sample=True, **NEAR)


def told_of_replicas(loss: Any, count: int = 2, **more: Any) -> Any:
    report = on_toy(loss, replicas=count, executions=(), **{**NEAR, **more})
    assert report, str(report)  # whatever is told is no fault
    (record,) = (record for record in report.records if record.leg == "replicas")
    return record


@pytest.mark.parametrize("count", [2, 4])
def test_a_mean_over_samples_is_the_mean_over_replicas(count: int) -> None:
    record = told_of_replicas(game, count)
    assert record.status == "passed"
    assert record.allowed == 64
    a, b = RANDOM.normal(size=(8, 2)), RANDOM.normal(size=(8, 2))
    assert told_of_replicas(lambda a, b: np.mean((a - b) ** 2), count, arrays={"a": a, "b": b}).status == "passed"


def test_by_how_much_a_mean_over_replicas_is_another_loss() -> None:
    """(mean a)^2 of 5 numbers, of which the last makes no equal parts; its gradient by each is 2 mean(a) / n."""
    a = np.array([1.0, 2.0, 3.0, 5.0, 100.0])
    record = told_of_replicas(lambda a: np.mean(a) ** 2, arrays={"a": a})
    assert record.status == "not applicable"
    off = np.linalg.norm([1.5 / 2 - 2.75 / 2] * 2 + [4 / 2 - 2.75 / 2] * 2) / np.linalg.norm([2.75 / 2] * 4)
    assert f"each with 2 of 4 samples, is another loss: {(1.5**2 + 4**2) / 2:.6g}, " in record.detail
    assert f"that of all samples {2.75**2:.6g}; its gradient is off by {off:.2g} of the length" in record.detail
    assert "; diptych.Model(..., replicas=2) computes that of all samples" in record.detail


def test_a_mean_over_replicas_of_networks_that_mixes_samples() -> None:
    def moment(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.critic(x)) ** 2

    settings = {"networks": {"critic": CRITIC}, "noise": None, "per_sample": False}
    record = told_of_replicas(moment, **settings)
    assert "is another loss" in record.detail
    same = told_of_replicas(lambda nets, x, noise, ops: ops.xp.mean(nets.critic(x)), **settings)
    assert same.status == "passed"


def test_a_loss_that_refuses_the_part_of_a_replica() -> None:
    def of_pairs(a: Any) -> Any:
        if len(a) < 2:
            raise ValueError("takes two samples")
        return np.mean((a - np.mean(a)) ** 2)

    record = told_of_replicas(of_pairs, 4, arrays={"a": np.arange(4.0)}, per_sample=False)
    assert record.status == "not applicable"
    said = "the loss refuses what a replica would have, 1 of the samples: ValueError: takes two samples"
    assert record.detail.startswith(said)


def test_a_variance_is_told_by_what_was_seen() -> None:
    def variance(a: Any) -> Any:
        return np.sum((a - np.mean(a)) ** 2) / (len(a) - 1)

    report = on_toy(variance, arrays={"a": Z[:, 0]}, far=())
    assert legs(report) == {"batch"}
    assert "perhaps a sum or a norm runs over the samples, a variance divides by n - 1" in str(report)
    assert "mean_of_batch=False if it is rightly no mean" in str(report)


def test_a_loss_of_probabilities_is_told_how_to_leave_extremes_out() -> None:
    def entropy(p: Any) -> Any:
        return -np.mean(np.log(p) + np.log(1 - p))

    def strict(p: Any) -> Any:
        if np.any(np.real(p) < 0) or np.any(np.real(p) > 1):
            raise ValueError("no probability\nat all")
        return -np.mean(p)

    hint = "; far=() if the loss is rightly not defined there"
    assert f"with `p` moved by -30: the loss is nan{hint}" in str(on_toy(entropy, arrays={"p": E}, far=(30.0,)))
    assert "not at the border of where the loss is defined" in str(on_toy(strict, arrays={"p": E / 99}, far=()))
    first, _, rest = on_toy(strict, arrays={"p": 0.4 + E / 5}).faults[0].detail.partition("\n")
    assert first.startswith("ValueError: no probability [")
    assert first.endswith(f"]{hint}")
    assert rest == "at all"


def test_an_extreme_that_overflows_or_saturates_is_told() -> None:
    def overflowing(logits: Any) -> Any:
        return np.mean(np.log(1 + np.exp(logits)))

    def saturating(logits: Any) -> Any:
        return -np.mean(np.log(1 / (1 + np.exp(-logits)) + 1e-30))

    def formula(logits: Any) -> Any:
        return np.mean(np.logaddexp(0, -logits))

    with np.errstate(all="ignore"):
        assert "with `logits` moved by 10000: the loss is inf" in str(
            on_toy(overflowing, arrays={"logits": Z[:, 0]})
        )
        near = on_toy(saturating, arrays={"logits": Z[:, 0]}, equals=formula, far=(30.0,))
        assert near, str(near)
        report = on_toy(saturating, arrays={"logits": Z[:, 0]}, equals=formula, far=(200.0,))
    assert legs(report) == {"extremes"}
    assert "with `logits` moved by -200: the loss is 69.07755279, the formula gives 200.9" in str(report)


def test_a_formula_of_networks_and_a_wrong_value() -> None:
    def wrong(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.sum(nets.critic(x))

    def formula(nets: Any, x: Any, noise: Any) -> Any:
        return np.mean(nets.critic(x))

    report = on_toy(wrong, equals=formula, networks={"critic": CRITIC}, noise={})
    assert {"value", "batch"} <= legs(report)
    assert "the formula gives" in str(report)
    assert on_toy(lambda nets, x, noise, ops: ops.xp.mean(nets.critic(x)), equals=formula)


def test_a_wrong_gradient_beside_a_player_is_told() -> None:
    own = diptych.make("ns-gan").player("critic")

    def half(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        loss = own.objective(nets, x, noise, ops)
        return 0.5 * loss + 0.5 * ops.stop(loss)

    report = on_toy(half, equals=own, moves=["critic"], **NEAR)
    assert "the loss is that of the player 'critic', its gradient is not: the largest entry by critic." in str(
        report
    )
    assert "value" in legs(report)


def test_random_numbers_and_changed_inputs_are_told() -> None:
    draws = np.random.default_rng(1)

    def random(a: Any) -> Any:
        return np.mean(a * draws.standard_normal(a.shape))

    def changing(a: Any) -> Any:
        a *= 2
        return np.mean(a)

    report = on_toy(random, arrays={"a": Z})
    assert legs(report) == {"purity"}
    assert "it draws random numbers of its own" in str(report)
    assert [record.leg for record in report.records] == ["value", "purity"]
    assert "the loss changed what it was given: a" in str(on_toy(changing, arrays={"a": Z}))


def test_the_report_shows_the_worst_and_holds_all() -> None:
    def undefined(a: Any) -> Any:
        return np.mean(np.sqrt(a))

    with np.errstate(all="ignore"):
        report = on_toy(undefined, arrays={"a": np.abs(Z)}, far=(1e1, 1e2, 1e3, 1e4, 1e5))
    assert not report
    assert legs(report) == {"extremes"}
    lines = str(report).splitlines()
    assert [line.split()[1] for line in lines if line.startswith("  FAULT")] == ["extremes"] * 4
    assert "  FAULT  extremes   and 2 more" in lines
    assert len(report.faults) == 5
    assert [line for line in lines if not line.startswith(("  ok", "  -"))] == repr(report).splitlines()


def test_a_loss_that_raises_is_one_fault() -> None:
    def broken(a: Any) -> Any:
        raise RuntimeError("no such thing\nand a long tale")

    report = on_toy(broken, arrays={"a": Z})
    verdict, fault = str(report).splitlines()
    place = f"[{broken.__qualname__}, {__name__} line {broken.__code__.co_firstlineno + 1}]"
    assert verdict == "broken in toy: 1 of 1 checks failed"
    assert fault == f"  FAULT  value      RuntimeError: no such thing {place}"
    with pytest.raises(AssertionError, match="no such thing"):
        report.raise_for_faults()


def test_names_that_are_not_there_are_told_with_the_callers_own() -> None:
    report = on_toy(lambda nets, x, noise, ops: nets.disc(noise.z))
    assert "no 'disc' among ['critic', 'generator']" in str(report)
    report = on_toy(lambda nets, x, noise, ops: nets.critic(noise.y))
    assert "no 'y' among ['z']" in str(report)


def test_what_a_loss_should_equal_is_to_blame_where_it_raises() -> None:
    def formula(nets: Any, x: Any, noise: Any) -> Any:
        return np.mean(nets.judge(x))

    critics = diptych.make("ns-gan").player("critic")
    for settings in ({"networks": {"critic": CRITIC}, "equals": critics}, {"equals": formula}):
        report = on_toy(lambda nets, x, noise, ops: ops.xp.mean(nets.critic(x)), **settings)
        assert [fault.leg for fault in report.faults] == ["value"]
        assert "that it should equal raises AttributeError: " in str(report)


def test_arrays_that_are_no_floats_stay_so_unless_differentiated() -> None:
    kinds = {}

    def entropy(logits: Any, labels: Any, known: Any) -> Any:
        kinds.update(labels=labels.dtype, known=known.dtype)
        chosen = np.sum(np.where(labels[:, None] == np.arange(2), logits, 0), axis=1)
        return np.mean(np.where(known, np.log(np.sum(np.exp(logits), axis=1)) - chosen, 0))

    given = {
        "logits": Z,
        "labels": np.asarray([0, 1, 1, 0], dtype=np.int32),
        "known": np.asarray([True, False] * 2),
    }
    assert on_toy(entropy, arrays=given, by=["logits"], equals=entropy, **NEAR)
    assert kinds == {"labels": np.int32, "known": np.bool_}
    on_toy(lambda a: kinds.update(a=a.dtype) or np.mean(a), arrays={"a": np.arange(4)})
    assert kinds["a"] == np.float64


def test_compiled_is_held_against_eager() -> None:
    class Drifts(toy.Toy):
        def value_and_grads(self, *args: Any, execution: str = "eager", **settings: Any) -> Any:
            loss, grads = super().value_and_grads(*args, **settings)
            return loss + (execution == "compiled"), grads

    report = on_toy(game, backend=Drifts(), executions=("compiled", "xla"), **NEAR)
    assert legs(report) == {"execution"}
    assert "compiled and" in str(report)
    assert "needs xla" in str(report)


def test_a_module_of_the_frameworks_own_fills_a_role() -> None:
    module = (CRITIC, {t.name: RANDOM.standard_normal(t.shape) for t in CRITIC.tensors})

    def mean(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.critic(x))

    assert on_toy(mean, networks={"critic": module}, noise={})


def squashed(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.mean(nets.critic(nets.squash(x)))


def test_a_role_without_tensors_is_no_fault() -> None:
    networks = {"critic": CRITIC, "squash": TANH}
    assert on_toy(squashed, networks=networks, moves=["critic"], noise={}, **NEAR)
    spared = on_toy(squashed, networks=networks, moves=["critic"], spares=["squash"], noise={}, **NEAR)
    assert spared, str(spared)  # it has nothing that a gradient could be of
    report = on_toy(lambda nets, x, noise, ops: ops.xp.mean(nets.squash(x)), networks=networks, moves=["critic"])
    assert "`critic` receives no gradient" in str(report)


def test_roles_without_tensors_alone_are_checked_too() -> None:
    def saturating(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        y = nets.squash(x)
        return ops.xp.mean(y * np.real(y))

    healthy = on_toy(lambda nets, x, noise, ops: ops.xp.mean(nets.squash(x)), networks={"squash": TANH}, **NEAR)
    assert healthy, str(healthy)
    assert {"purity", "gradient", "extremes", "batch", "execution"} <= {record.leg for record in healthy.records}
    assert legs(on_toy(saturating, networks={"squash": TANH}, **NEAR)) == {"gradient"}


@pytest.mark.torch
def test_a_frozen_module_and_tensors_that_require_gradients_are_taken() -> None:
    import torch
    from torch import nn

    networks = {"critic": nn.Linear(3, 1), "squash": nn.Linear(3, 3).requires_grad_(False)}
    x = torch.tensor(X, requires_grad=True)
    report = check_loss(squashed, backend="torch", networks=networks, x=x, moves=["critic"], **NEAR)  # type: ignore[arg-type]
    assert report, str(report)
    with pytest.raises(ValueError, match=r"tensors that are trained, got \['squash'\]"):
        check_loss(squashed, backend="torch", networks=networks, x=x, moves=["squash"])


def test_a_loss_that_is_not_finite_is_one_fault() -> None:
    def undefined(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.critic(nets.generator(noise.z)) * np.nan)

    for networks in (NETS, {**NETS, "squash": TANH}):
        _, fault = str(on_toy(undefined, networks=networks)).splitlines()
        assert fault.startswith("  FAULT  value      the loss is nan")


@pytest.mark.torch
def test_a_second_derivative_that_is_not_finite_is_told_as_such() -> None:
    def bent(a: Any) -> Any:
        return ((0 * a) ** 1.5).mean()

    report = check_loss(bent, backend="torch", arrays={"a": Z - 9}, far=(), executions=(), second_order=True)
    assert legs(report) == {"second"}
    assert "the second derivative by `a` is nan" in str(report)
    assert "it is not finite" in str(report)


def test_a_fault_without_a_word_is_told_by_its_place() -> None:
    def unwritten(a: Any) -> Any:
        raise NotImplementedError

    assert "  FAULT  value      [test_a_fault_without" in str(on_toy(unwritten, arrays={"a": Z}))


def in_torch(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """WGAN-GP's critic by hand."""
    fake = nets.generator(noise.z)
    slope = ops.grad(nets.critic, noise.e * x + (1 - noise.e) * fake)
    return nets.critic(fake).mean() - nets.critic(x).mean() + 10 * ((slope.norm(dim=1) - 1) ** 2).mean()


def in_tensorflow(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """WGAN-GP's critic by hand."""
    import tensorflow as tf

    fake = nets.generator(noise.z)
    mixed = noise.e * x + (1 - noise.e) * fake
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        value = nets.critic(mixed)
    norm = tf.norm(tape.gradient(value, mixed), axis=1)
    gap = tf.reduce_mean(nets.critic(fake)) - tf.reduce_mean(nets.critic(x))
    return gap + 10 * tf.reduce_mean((norm - 1) ** 2)


AT_ZERO = ("critic 0", "generator +10000", "generator -10000")  # a saturated critic: tf.norm has no slope at 0
FRAMEWORKS = [
    pytest.param("torch", in_torch, (), marks=pytest.mark.torch),
    pytest.param("keras", in_tensorflow, AT_ZERO, marks=pytest.mark.keras),
]


@pytest.mark.parametrize(("backend", "loss", "faulty"), FRAMEWORKS)
def test_a_loss_by_hand_is_the_methods(backend: str, loss: Any, faulty: tuple[str, ...]) -> None:
    settings: dict[str, Any] = {"backend": backend, "networks": NETS, "x": X, "noise": {"z": Z, "e": E}}
    own = diptych.make("wgan-gp").player("critic")
    report = check_loss(loss, equals=own, moves=["critic"], second_order=True, **settings)
    assert [record.id.partition("extremes.")[2] for record in report.faults] == list(faulty), str(report)


@pytest.mark.parametrize(
    "backend", [pytest.param("torch", marks=pytest.mark.torch), pytest.param("keras", marks=pytest.mark.keras)]
)
def test_a_term_is_itself_in_numpy(backend: str) -> None:
    kernel = inverse_multiquadratic([2.0])

    def mmd(p: Any, q: Any) -> Any:
        return mmd2_unbiased(p, q, kernel)

    settings: dict[str, Any] = {"equals": mmd, "mean_of_batch": False, "second_order": True, "executions": ()}
    report = check_loss(mmd, backend=backend, arrays={"p": Z, "q": RANDOM.standard_normal((6, 2))}, **settings)
    assert report, str(report)


def sparse_in_torch(logits: Any, labels: Any) -> Any:
    from torch.nn.functional import cross_entropy

    return cross_entropy(logits, labels)


def sparse_in_tensorflow(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


@pytest.mark.parametrize(
    ("backend", "loss"),
    [
        pytest.param("torch", sparse_in_torch, marks=pytest.mark.torch),
        pytest.param("keras", sparse_in_tensorflow, marks=pytest.mark.keras),
    ],
)
def test_labels_are_integers(backend: str, loss: Any) -> None:
    report = check_loss(loss, backend=backend, arrays={"logits": Z, "labels": [0, 1, 1, 0]}, by=["logits"])
    assert report, str(report)


@pytest.mark.torch
def test_labels_that_became_floats_are_told() -> None:
    def of_networks(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return sparse_in_torch(nets.generator(noise.z), noise.labels)

    arrays = {"logits": Z, "labels": [0, 1, 1, 0]}
    report = check_loss(sparse_in_torch, backend="torch", arrays=arrays)
    assert "`labels` had integers or booleans and is float64 in the loss, since" in str(report)
    noise = {"z": Z, "labels": [0, 1, 1, 0]}
    report = check_loss(of_networks, backend="torch", networks=NETS, x=X, noise=noise)
    assert "is float64 in the loss, which must cast it back" in str(report)


def dividing(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.mean(nets.critic(x)) * (1 / 0)


@pytest.mark.parametrize(
    "backend", [pytest.param("torch", marks=pytest.mark.torch), pytest.param("keras", marks=pytest.mark.keras)]
)
def test_errors_are_located_in_the_loss_or_not_at_all(backend: str) -> None:
    def detail(loss: Any) -> str:
        return str(check_loss(loss, backend=backend, networks={"critic": CRITIC}, x=X).faults[0].detail)

    line = dividing.__code__.co_firstlineno + 1
    assert detail(dividing).endswith(f"[dividing, {__name__} line {line}]")
    assert detail(lambda nets, x, noise, ops: None).endswith("got NoneType")
    assert "takes 2 positional arguments but 4 were given" in detail(lambda nets, x: None)
    first, *rest = detail(lambda nets, x, noise, ops: nets.critic(x[:, :2])).splitlines()
    assert first.endswith("]")
    assert not any(later.endswith("]") for later in rest)


@pytest.mark.parametrize(
    "backend", [pytest.param("torch", marks=pytest.mark.torch), pytest.param("keras", marks=pytest.mark.keras)]
)
def test_dropout_is_named(backend: str) -> None:
    report = check_loss(
        lambda nets, x, noise, ops: ops.xp.mean(nets.critic(x)),
        backend=backend,
        networks=with_dropout(backend),
        x=X,
    )
    assert legs(report) == {"purity"}
    assert "draws random numbers of its own, as a dropout layer does" in str(report)


@pytest.mark.torch
def test_a_module_or_a_part_of_it_stays_in_evaluation() -> None:
    from torch import nn

    judge = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1)).eval()
    critic = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5).eval())

    def both(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return (nets.judge(x) - nets.again(nets.critic(x))).square().mean()

    networks = {"judge": judge, "again": judge, "critic": critic}
    report = check_loss(both, backend="torch", networks=networks, x=X, per_sample=True, moves=["critic"])
    assert report, str(report)
    assert [part.training for part in critic] == [True, False]
    assert not any(part.training for part in judge.modules())
    assert all(part.training for part in critic.train().modules())
    assert all(part.training for part in judge.train().modules())


def with_dropout(backend: str) -> dict[str, Any]:
    if backend == "torch":
        from torch import nn

        return {"critic": nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 1))}
    import keras

    layers = [keras.layers.Dropout(0.5, dtype="float64"), keras.layers.Dense(1, dtype="float64")]
    return {"critic": keras.Sequential([keras.Input((3,), dtype="float64"), *layers])}


def perceptron(backend: str) -> Any:
    """Of four features and one output."""
    if backend == "torch":
        from torch import nn

        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    import keras

    dense = keras.layers.Dense
    layers = [dense(4, activation="tanh", dtype="float64"), dense(1, dtype="float64")]
    return keras.Sequential([keras.Input((3,), dtype="float64"), *layers])


def penalised(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    y = nets.critic(x)
    tensors = nets.critic.parameters() if hasattr(nets.critic, "parameters") else nets.critic.trainable_variables
    return ops.xp.mean(y) + sum(ops.xp.sum(w * w) for w in tensors)


def features(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    layers = nets.critic if hasattr(nets.critic, "parameters") else nets.critic.layers
    return ops.xp.mean(layers[0](x) ** 2)


def named_in_torch(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.mean(nets.critic(input=x))


def named_in_keras(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    return ops.xp.mean(nets.critic(x, training=False))


BOTH = [pytest.param("torch", marks=pytest.mark.torch), pytest.param("keras", marks=pytest.mark.keras)]


@pytest.mark.parametrize(
    ("backend", "loss"),
    [
        *(pytest.param("torch", loss, marks=pytest.mark.torch) for loss in (penalised, features, named_in_torch)),
        *(pytest.param("keras", loss, marks=pytest.mark.keras) for loss in (penalised, features, named_in_keras)),
    ],
)
def test_a_module_used_as_more_than_a_function_is_no_fault(backend: str, loss: Any) -> None:
    report = check_loss(loss, backend=backend, networks={"critic": perceptron(backend)}, x=X, moves=["critic"])
    assert report, str(report)
    apart = {record.leg for record in report.records if record.status == "not applicable"}
    assert apart == {"gradient", "extremes", "execution"}
    said = "  -      gradient   the loss uses `critic` as more than a function: this check cannot be made"
    assert said in str(report).splitlines()


@pytest.mark.torch
def test_a_fault_in_what_is_called_is_told_of_a_module_used_as_more() -> None:
    def detached(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return penalised(nets, x, noise, ops) + (nets.critic(x).detach() ** 2).mean()

    report = check_loss(detached, backend="torch", networks={"critic": perceptron("torch")}, x=X)
    assert legs(report) == {"gradient"}


@pytest.mark.torch
def test_a_module_under_a_transform_or_copied_is_a_function_still() -> None:
    import copy

    import torch

    def transformed(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return torch.func.vmap(copy.copy(nets.critic))(x).mean()

    networks = {"critic": perceptron("torch")}
    report = check_loss(transformed, backend="torch", networks=networks, x=X, executions=(), far=())
    assert report, str(report)
    assert not [record for record in report.records if record.status == "not applicable"]


@pytest.mark.parametrize("backend", BOTH)
def test_a_network_that_gives_several_arrays_is_moved_in_each(backend: str) -> None:
    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        mean, (spread, size) = nets.encoder(x)
        return ops.xp.mean(mean**2 + spread**2) + ops.xp.mean(size)

    report = check_loss(loss, backend=backend, networks={"encoder": encoder(backend)}, x=X, second_order=True)
    assert report, str(report)
    assert not [record for record in report.records if record.status == "not applicable"]


def encoder(backend: str) -> Any:
    """Gives (mean, [spread, size]), the last of them a number for the batch."""
    if backend == "torch":
        from torch import nn

        class Encoder(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.body = nn.Linear(3, 4)

            def forward(self, x: Any) -> Any:
                mean, spread = self.body(x).chunk(2, dim=1)
                return mean, [spread, mean.square().mean()]

        return Encoder()
    import keras

    x = keras.Input((3,), dtype="float64")
    y = keras.layers.Dense(4, dtype="float64")(x)
    size = keras.layers.Dense(1, dtype="float64")(y)
    return keras.Model(x, (y[:, :2], [y[:, 2:], size]))


@pytest.mark.torch
def test_a_kink_close_by_is_no_fault() -> None:
    import torch

    near = np.asarray([1e-7, -1e-7, 0.5, -0.5])
    report = check_loss(lambda a: torch.relu(a).mean(), backend="torch", arrays={"a": near}, executions=())
    assert report, str(report)


@pytest.mark.torch
def test_a_detach_and_a_write_in_place_are_told() -> None:
    def detached(p: Any, q: Any) -> Any:
        return (p.mean() - q.detach().mean()) ** 2

    def writing(p: Any, q: Any) -> Any:
        return p.mul_(2).mean() - q.mean()

    settings: dict[str, Any] = {"backend": "torch", "arrays": {"p": Z, "q": X[:, :2]}, "executions": ()}
    report = check_loss(detached, **settings)
    assert "the gradient by `q` is 0 along a direction where the loss changes by" in str(report)
    assert check_loss(detached, moves=["p"], **settings)
    assert "the loss changed what it was given: p" in str(check_loss(writing, **settings))


@pytest.mark.torch
@pytest.mark.parametrize("again", [lambda p: p.clamp_(-0.01, 0.01), lambda p: p.mul_(0.9)])
def test_weights_that_a_loss_changes_are_told(again: Any) -> None:
    """Clipped within the loss they are the same from the second call on; decayed they are others at each."""
    import torch
    from torch import nn

    critic = nn.Linear(3, 1)

    def clipping(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        with torch.no_grad():
            for p in critic.parameters():
                again(p)
        return nets.critic(x).mean()

    report = check_loss(clipping, backend="torch", networks={"critic": critic}, x=X, executions=())
    assert legs(report) == {"purity"}
    assert "changed" in str(report)
    assert "critic.weight, critic.bias" in str(report)
    assert "random" not in str(report)


@pytest.mark.torch
def test_running_statistics_that_follow_a_loss_are_told() -> None:
    from torch import nn

    critic = nn.Sequential(nn.Linear(3, 1), nn.BatchNorm1d(1))

    def around(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return (critic(x) - 1).square().mean()

    report = check_loss(around, backend="torch", networks={"critic": critic}, x=X, far=(), executions=())
    assert "the loss changed what it was given: critic.1.running_mean" in str(report)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"networks": None}, "one of the two"),
        ({"x": None}, "x must be a batch of at least two samples, got None"),
        ({"x": [["a"], ["b"]]}, "x must hold real numbers, got an array of <U1"),
        ({"by": ["nonsense"]}, "what is given must be networks without by, got ['by']"),
        ({"weights": {"decoder": {}}}, "weights must be by role, of the vocabulary's ['critic', 'generator']"),
        ({"networks": {**NETS, "critic": NATIVE}, "weights": {"critic": {}}}, "the vocabulary's ['generator']"),
        ({"x": X[:1]}, "x must be a batch of at least two samples, got (1, 3)"),
        ({"x": np.where(np.eye(4, 3) > 0, np.nan, 1.0)}, "x must be finite, got nan at (0, 0)"),
        ({"x": np.ma.masked_greater(X, 0)}, "x is a masked array"),
        ({"x": list(np.ma.masked_greater(X, 0))}, "x is a masked array"),
        ({"x": X + 0j}, "x must hold real numbers, got an array of complex128"),
        ({"noise": {"z": Z.astype(str)}}, "noise 'z' must hold real numbers, got an array of <U32"),
        ({"arrays": {"a": Z.astype("M8[s]")}}, "array 'a' must hold real numbers, got an array of datetime64[s]"),
        ({"arrays": {"a": Z[:, :0]}}, "array 'a' must be of at least one number, got (4, 0)"),
        (
            {"arrays": {"a": Z, "id": np.arange(4) + 2**60}, "by": ["a"]},
            "array 'id' must be of integers below 2^53, since it passes through float64, got ",
        ),
        ({"noise": {"z": Z[:3]}}, "noise 'z' must be of 4 rows, as x is, got (3, 2)"),
        ({"moves": ["decoder"]}, "moves must be a list of some of ['critic', 'generator'], got ['decoder']"),
        ({"moves": "critic"}, "moves must be a list"),
        ({"moves": []}, "moves must be"),
        (
            {"moves": ["critic"], "spares": ["critic"]},
            "moves must be other roles than spares, which are ['critic']",
        ),
        ({"spares": ["critic", "generator"]}, "spares must be"),
        ({"intended": {"decoder": fooling}}, "intended must be"),
        ({"least_cosine": 1.5}, "least_cosine must be in [-1, 1], got 1.5"),
        ({"tolerance": 0.5}, "tolerance must be finite and at least 1, got 0.5"),
        ({"far": (-1.0,)}, "far must be positive and finite distances, got (-1.0,)"),
        ({"far": 30.0}, "far must be positive and finite distances, got 30.0"),
        ({"far": ("a",)}, "far must be positive and finite distances, got ('a',)"),
        ({"networks": {**NETS, "squash": TANH}, "moves": ["critic", "squash"]}, "with tensors that are trained"),
        ({"networks": {**NETS, "squash": TANH}, "intended": {"squash": fooling}}, "trained, got ['squash']"),
        (
            {"executions": ("jit",)},
            "executions must be a list of some of ['compiled', 'eager', 'xla'], got ('jit',)",
        ),
        ({"executions": "xla"}, "executions must be a list of some of ['compiled', 'eager', 'xla'], got 'xla'"),
        (
            {"networks": [CRITIC]},
            "networks must be a dict of modules or networks by name, got something of type list",
        ),
        ({"networks": CRITIC}, "by name, got something of type Network"),
        ({"networks": {3: CRITIC}}, "each name in networks must be a string, got [3]"),
        ({"noise": Z}, "noise must be a dict of arrays by name, got something of type ndarray"),
        ({"weights": 3}, "weights must be a dict of dicts of tensors by name, got 3"),
        ({"arrays": (Z, Z)}, "arrays must be a dict of arrays by name, got something of type tuple"),
        ({"intended": fooling}, "intended must be a dict of losses by name, got the function fooling"),
        ({"intended": {"critic": 3}}, "intended 'critic' must be a function or a player, got 3"),
        ({"equals": "critic"}, "equals must be a function or a player, got 'critic'"),
        (
            {"equals": diptych.make("ns-gan")},
            "got something of type Method: take one of its players, method.player(...)",
        ),
        ({"moves": 3}, "moves must be a list of some of ['critic', 'generator'], got 3"),
        ({"spares": 3}, "spares must be a list of some of ['critic', 'generator'], got 3"),
        ({"least_cosine": "a"}, "least_cosine must be finite, got 'a'"),
        ({"tolerance": None}, "tolerance must be finite and at least 1, got None"),
        ({"mean_of_batch": "no"}, "mean_of_batch must be True or False, got 'no'"),
        ({"second_order": 1}, "second_order must be True or False, got 1"),
        ({"replicas": 0}, "replicas must be a whole number of at least 1, got 0"),
        ({"replicas": 5}, "replicas must be at most the number of samples, 4, got 5"),
        ({"per_sample": "no"}, "per_sample must be True or False, got 'no'"),
        ({"per_sample": True, "mean_of_batch": False}, "per_sample must be True only where mean_of_batch is"),
        ({"backend": 3}, "backend must be a name or a backend, got 3"),
        ({"backend": toy.Toy(Capability.FLOAT32)}, "backend must be one that claims float64"),
        ({"networks": {"probe": CRITIC}}, "none named 'probe'"),
        (
            {"arrays": {"a": Z[:1], "b": Z}},
            "arrays must be such that the first holds two samples or more, got (1,)",
        ),
        ({"arrays": {"a": Z}, "x": X, "noise": {}}, "arrays without weights or x or noise, got ['x', 'noise']"),
        ({"arrays": {"a": Z}, "by": []}, "by must be at least one array, got []"),
        ({"arrays": {"a": Z}, "by": ["b"]}, "by must be a list of some of ['a'], got ['b']"),
        ({"arrays": {"a": Z}, "equals": diptych.make("gmmn").players[0]}, "equals must be a formula"),
        ({"arrays": {"a": Z}, "intended": {"a": diptych.make("gmmn").players[0]}}, "intended must be functions"),
        (
            {
                "networks": {"critic": NATIVE},
                "equals": np.mean,
            },
            "equals must be a player of a method, since NumPy cannot run `critic`, a module of the framework's "
            "own, got the function mean",
        ),
    ],
)
def test_arguments_outside_their_range_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        on_toy(game, **settings)
    assert complaint in str(refusal.value)


@pytest.mark.parametrize("loss", [3, "wgan", diptych.make("ns-gan")])
def test_what_is_no_loss_is_refused(loss: Any) -> None:
    with pytest.raises(ValueError, match="loss must be a function or a player, got "):
        on_toy(loss)


def test_networks_and_arrays_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="one of the two"):
        check_loss(game, backend=toy.Toy(), networks=NETS, x=X, arrays={"a": Z})
