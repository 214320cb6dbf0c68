"""What is JAX's own in its backend. That it computes the right numbers is conformance's to show."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import diptych
from diptych.method import Player
from diptych.networks import Activation, BatchNorm, Dense, Network, mlp
from diptych.optimizers import SGD
from diptych_jax import JaxBackend, Module

SHAPES = {"data": (5,), "latent": (3,)}
BACKEND = JaxBackend()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def start(method, rng, dtype="float64", **native):
    networks = mlp(method, **SHAPES, width=4, activation="tanh")
    weights = {role: own for role, own in diptych.initial_weights(networks, rng).items() if role not in native}
    nets = BACKEND.build({**networks, **native}, weights, dtype=dtype)
    return nets, rng.normal(size=(6, 5)), method.draws(rng, 6, SHAPES)


def game_of(*players):
    """Of one network, `f`, with an output a sample."""
    gan = diptych.make("ns-gan")
    return diptych.Method("own", "dual", {"f": gan.roles["critic"]}, {}, players, gan.prior, gan.generate)


def linear(params, x):
    return x @ params["kernel"] + params["layers"][0]


def params():
    return {"kernel": jnp.ones((3, 5)), "layers": [jnp.zeros(5)]}


def test_the_processes_own_precision_is_left_as_it_is(rng):
    nets, x, noise = start(diptych.make("gmmn"), rng)
    losses = BACKEND.trainer(diptych.make("gmmn"), nets).step(("generator",), x, noise)
    assert losses["generator"].dtype == "float64"
    assert jnp.ones(1).dtype == "float32"


def test_arrays_of_other_types_are_cast_and_jax_arrays_taken(rng):
    method = diptych.make("gmmn")
    losses = []
    for cast in (np.asarray, lambda a: a.astype(">f8"), lambda a: np.asfortranarray(a), jnp.asarray):
        nets, x, noise = start(method, np.random.default_rng(0), dtype="float32")
        batch, z = np.rint(4 * x), np.rint(4 * noise["z"])
        losses.append(
            float(BACKEND.trainer(method, nets).step(("generator",), cast(batch), {"z": cast(z)})["generator"])
        )
    assert len(set(losses)) == 1


@pytest.mark.parametrize("device", ["cpu", "CPU", "cpu:0", 0, jax.devices()[0]], ids=str)
def test_a_device_may_be_a_name_an_index_or_itself(device):
    nets = BACKEND.build({}, {}, device=device)
    assert nets.array("x", np.ones(1)).device == jax.devices()[0]


def test_a_pair_of_function_and_params_fills_a_role_and_stays_the_callers(rng):
    method, own = diptych.make("gmmn"), params()
    nets, x, noise = start(method, rng, dtype="float32", generator=(linear, own))
    trainer = BACKEND.trainer(method, nets, execution="compiled")
    for _ in range(2):
        trainer.step(("generator",), x, noise)
    assert sorted(BACKEND.weights(nets)["generator"]) == ["kernel", "layers.0"]
    assert "generator.mean.generator.layers.0" in trainer.state()
    assert float(own["kernel"].sum()) == 15.0  # its memory was not given away either
    assert np.any(BACKEND.weights(nets)["generator"]["kernel"] != 1)


def test_a_native_module_outlives_the_steps_after_it(rng):
    method = diptych.make("gmmn")
    nets, x, noise = start(method, rng)
    module, before = BACKEND.native(nets, "generator"), BACKEND.weights(nets)["generator"]
    BACKEND.trainer(method, nets, execution="compiled").step(("generator",), x, noise)
    assert all(np.array_equal(module.params[name], array) for name, array in before.items())


def test_a_batch_may_be_overwritten_as_soon_as_the_step_returns(rng):
    method = diptych.make("gmmn")
    losses = []
    for overwritten in (False, True):
        nets, x, noise = start(method, np.random.default_rng(0))
        trainer = BACKEND.trainer(method, nets, execution="compiled")
        for _ in range(3):
            batch = np.tile(x, (100, 1))
            loss = trainer.step(("generator",), batch, {"z": np.tile(noise["z"], (100, 1))})
            if overwritten:
                batch[:] = 1e9
        losses.append(float(loss["generator"]))
    assert losses[0] == losses[1]


def test_a_step_is_traced_once(rng):
    method, traces = diptych.make("gmmn"), []

    def counted(params, x):
        traces.append(x)
        return linear(params, x)

    nets, x, noise = start(method, rng, generator=(counted, params()))
    trainer = BACKEND.trainer(method, nets, execution="compiled")
    for _ in range(3):
        trainer.step(("generator",), x, noise)
    assert len(traces) == 1


def test_running_statistics_leave_a_gradient_as_numbers(rng):
    """A call inside `ops.grad` moves them as any other does: twice here, once in each derivative."""
    network = Network(((5,),), (BatchNorm(keep=0.5), Dense(1), Activation("tanh")))
    nets = BACKEND.build({"f": network}, {"f": diptych.initial_weights({"f": network}, rng)["f"]}, dtype="float64")

    def objective(nets, x, noise, ops):
        slope = ops.grad(lambda x: ops.grad(nets.f, x) * nets.f(x), x)
        return ops.xp.sum(slope * slope)

    player = Player("f", objective, ("f",), optimizer=SGD(1e-9))
    method = game_of(player)
    x = rng.normal(size=(6, 5))
    for execution in ("eager", "compiled"):
        BACKEND.trainer(method, nets, execution=execution).step(("f",), x, {})
    left = 0.5**4
    running = BACKEND.weights(nets)["f"]["0.running_variance"]
    np.testing.assert_allclose(running, left + (1 - left) * x.var(axis=0), rtol=1e-12)


def test_two_players_of_one_role_both_move_it(rng):
    def objective(nets, x, noise, ops):
        return ops.xp.mean(nets.f(x))

    players = [Player(name, objective, ("f",), optimizer=SGD(0.5)) for name in "ab"]
    x, kernel = rng.normal(size=(6, 5)), rng.normal(size=(5, 1))
    network = Network(((5,),), (Dense(1, bias=False),))
    nets = BACKEND.build({"f": network}, {"f": {"0.kernel": kernel}}, dtype="float64")
    BACKEND.trainer(game_of(*players), nets).step(("a", "b"), x, {})
    moved = BACKEND.weights(nets)["f"]["0.kernel"]
    np.testing.assert_allclose(moved, kernel - x.mean(axis=0)[:, None], rtol=1e-12)


def test_a_module_brings_running_statistics_of_its_own(rng):
    def apply(params, statistics, z, *, training):
        return linear(params, z), {"calls": statistics["calls"] + training}

    method = diptych.make("gmmn")
    nets, x, noise = start(method, rng, generator=Module(apply, params(), {"calls": np.zeros(())}))
    BACKEND.value_and_grads(method.player("generator"), nets, x, noise)
    assert BACKEND.weights(nets)["generator"]["calls"] == 0
    BACKEND.trainer(method, nets).step(("generator",), x, noise)
    assert BACKEND.weights(nets)["generator"]["calls"] == 1


def test_a_refused_state_leaves_the_trainer_as_it_was(rng):
    nets, x, noise = start(diptych.make("vae"), rng)
    trainer = BACKEND.trainer(diptych.make("vae"), nets)
    trainer.step(("autoencoder",), x, noise)
    before = trainer.state()
    with pytest.raises(ValueError, match=r"'autoencoder.square.decoder.0.bias' has shape \(1, 1\), not \(4,\)"):
        trainer.restore({**before, "autoencoder.square.decoder.0.bias": np.zeros((1, 1))})
    assert all(np.array_equal(array, before[key]) for key, array in trainer.state().items())


def test_errors_name_the_thing(rng):
    method = diptych.make("vae")
    nets, x, noise = start(method, rng)
    trainer = BACKEND.trainer(method, nets)
    for match, call in {
        "'float16'": lambda: BACKEND.build({}, {}, dtype="float16"),
        "critic and generator share an array": lambda: BACKEND.build(
            dict.fromkeys(("critic", "generator"), (linear, params())), {}
        ),
        "x is a masked array": lambda: trainer.step(
            ("autoencoder",), np.ma.masked_array(x), {"epsilon": noise["epsilon"]}
        ),
        "x must hold real numbers, got a JAX array of complex64": lambda: BACKEND.value_and_grads(
            method.player("autoencoder"), nets, jnp.asarray(x) + 1j, noise
        ),
        "encoder: tensor '0.kernel' must hold real numbers": lambda: BACKEND.build(
            {"encoder": mlp(method, **SHAPES, width=4)["encoder"]}, {"encoder": {"0.kernel": np.array("a")}}
        ),
        "x holds no rows": lambda: trainer.step(("autoencoder",), x[:0], {"epsilon": noise["epsilon"][:0]}),
        "unknown device 'quantum'; JAX has cpu:0": lambda: BACKEND.build({}, {}, device="quantum"),
        "unknown device 'cpu:9'": lambda: BACKEND.build({}, {}, device="cpu:9"),
        r"execution must be one of .*'jit'": lambda: BACKEND.trainer(method, nets, execution="jit"),
        "encoder: not a Network": lambda: BACKEND.build({"encoder": 3}, {}),
        r"encoder: missing tensor '0\.bias'": lambda: BACKEND.build(mlp(method, **SHAPES, width=4), {}),
        r"encoder: two tensors have one path": lambda: BACKEND.build(
            {"encoder": (linear, {"a": {"b": np.ones(1)}, "a.b": np.ones(1)})}, {}
        ),
        "unknown role 'critic'": lambda: BACKEND.native(nets, "critic"),
        "optimizers name": lambda: BACKEND.trainer(method, nets, {"critic": SGD(0.1)}),
        r"missing entry 'autoencoder\.updates'": lambda: trainer.restore(
            {name: array for name, array in trainer.state().items() if name != "autoencoder.updates"}
        ),
        r"unknown entry 'else'": lambda: trainer.restore({**trainer.state(), "else": np.zeros(1)}),
        r"distinct players among \['autoencoder'\]": lambda: trainer.step(("critic",), x, noise),
        r"^the objective reads the noise 'epsilon', which is missing": lambda: BACKEND.value_and_grads(
            method.player("autoencoder"), nets, x, {}
        ),
        r"unknown role 'critic'; .* have \['decoder', 'encoder'\]": lambda: BACKEND.value_and_grads(
            Player("f", linear, ("critic",)), nets, x, {}
        ),
        "noise must be arrays by name": lambda: BACKEND.value_and_grads(
            method.player("autoencoder"), nets, x, None
        ),
        "the objective reads the network 'critic', which is missing": lambda: BACKEND.call(
            lambda nets, ops, x: nets.critic(x), nets, {"x": x}, execution="compiled"
        ),
        r"needs the noise \['epsilon'\]": lambda: trainer.step(("autoencoder",), x, {}),
        r"JAX cannot compile this \(Attempted boolean conversion .*\); execution=\"eager\" runs it$": (
            lambda: BACKEND.call(lambda nets, ops, x: x if x > 0 else -x, nets, {"x": 1.0}, execution="compiled")
        ),
        r"must give a scalar, got shape \(6,\)": lambda: BACKEND.value_and_grads(
            Player("f", lambda nets, x, noise, ops: x[:, 0], ("encoder",)), nets, x, noise
        ),
    }.items():
        with pytest.raises(ValueError, match=match):
            call()
    assert jax.config.jax_enable_x64 is False  # left the way it was by every error
