"""A model in Keras: batches of tf.data, models of its own, compiled steps, and a state that goes on."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych import Model, methods, networks, randomness
from diptych.optimizers import SGD, AdamW
from diptych.schedules import Linear, WarmUp

pytestmark = pytest.mark.keras


def ready(method, **settings):
    made = networks.mlp(method, data=(2,), latent=(3,), width=8)
    return Model(method, made, backend="keras", **{"execution": "eager", **settings})


def points(n=40):
    return np.random.default_rng(0).normal(size=(n, 2)).astype("float32")


def test_batches_of_a_dataset_the_last_one_short():
    made = ready(methods.wgan_gp(critic_steps=2))
    for batch in tf.data.Dataset.from_tensor_slices(points()).batch(16):
        losses = made.step(batch)
        assert all(tf.is_tensor(loss) and loss.ndim == 0 for loss in losses.values())
    assert (made.round, made.turn) == (1, 0)
    assert np.isfinite(made.sample(5)).all()


def test_labels_are_not_taken_for_rows():
    made = ready(methods.gan())
    pairs = tf.data.Dataset.from_tensor_slices((points(), np.zeros(40))).batch(16)
    with pytest.raises(ValueError, match=r"of \(rows, labels\) take the rows"):
        made.step(next(iter(pairs)))


def test_variables_are_batches():
    made = ready(methods.vae())
    x = tf.Variable(points())
    one, other = made.step(x), ready(methods.vae()).step(points())
    assert float(one["autoencoder"]) == float(other["autoencoder"])
    np.testing.assert_array_equal(made.encode(x), made.encode(points()))
    assert made.log_likelihood(x, draws=2).shape == (40,)


@pytest.mark.parametrize("batch", [tf.sparse.from_dense(points(4)), tf.ragged.constant([[1.0], [1.0, 2.0]])])
def test_what_is_not_dense_is_no_batch(batch):
    made = ready(methods.vae())
    for takes in (made.step, made.encode, made.log_likelihood):
        with pytest.raises(ValueError, match="x must be a dense"):
            takes(batch)


class Total(keras.Model):
    """Takes events of any shape; gives one number a sample, or an event of one."""

    def __init__(self, event):
        super().__init__()
        self.event, self.dense = event, keras.layers.Dense(1)
        self(points(2))

    def call(self, x):
        return keras.ops.reshape(self.dense(keras.ops.mean(x, axis=1, keepdims=True)), (-1, *self.event))


@pytest.mark.parametrize("execution", ["eager", "compiled"])
def test_a_critic_of_any_events_is_not_given_two_kinds(execution):
    """It would tell data and samples apart by their shape alone."""
    wrong = {"generator": Total((1,)), "critic": Total(())}
    made = Model(methods.gan(), wrong, backend="keras", latent=(3,), execution=execution)
    with pytest.raises(ValueError, match="the second sample must hold events of shape"):
        made.step(points())


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize(
    "method", [methods.hinge(), methods.wgan_gp(critic_steps=1)], ids=lambda method: method.name
)
def test_a_critic_of_columns_is_one_of_numbers_and_that_is_said_once(method, execution):
    def model(*last):
        keras.utils.set_random_seed(0)
        critic = [keras.Input((2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1), *last]
        generator = [keras.Input((3,)), keras.layers.Dense(2)]
        own = {"generator": keras.Sequential(generator), "critic": keras.Sequential(critic)}
        return Model(method, own, backend="keras", latent=(3,), execution=execution)

    one, other, x = model(), model(keras.layers.Reshape(())), points(6)
    with pytest.warns(UserWarning, match="which is taken as") as said:
        found = [*one.step(x).items(), *one.step(x).items(), *one.losses(x).items()]
    taken = [str(each.message) for each in said if "which is taken as" in str(each.message)]
    assert taken == ["critic: gives one number a sample in the shape (n, 1), which is taken as (n,)"]
    wanted = [*other.step(x).items(), *other.step(x).items(), *other.losses(x).items()]
    assert [(name, float(loss)) for name, loss in found] == [(name, float(loss)) for name, loss in wanted]
    for role, own in one.weights().items():
        for one_array, other_array in zip(own.values(), other.weights()[role].values(), strict=True):
            np.testing.assert_array_equal(one_array, other_array)


def test_models_of_ones_own_are_trained_in_place():
    critic = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1), keras.layers.Reshape(())]
    )
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(2)])
    before = critic.weights[0].numpy()
    made = Model(
        methods.gan(), {"critic": critic, "generator": generator}, backend="keras", latent=(3,), execution="eager"
    )
    made.step(points())
    assert made.module("critic") is critic
    assert not np.array_equal(before, critic.weights[0].numpy())


def named(prefix=""):
    layers = keras.layers
    critic = [
        keras.Input((2,)),
        layers.Dense(8, "tanh", name="in"),
        layers.Dense(1, name="out"),
        layers.Reshape(()),
    ]
    generator = [
        *(keras.Input((3,)), layers.Dense(8, name="in"), layers.BatchNormalization(name="norm")),
        layers.Dense(2, name="out"),
    ]
    return {
        "critic": keras.Sequential(critic, name=f"{prefix}critic"),
        "generator": keras.Sequential(generator, name=f"{prefix}generator"),
    }


def test_models_of_ones_own_go_on_where_they_stopped(tmp_path):
    settings = {"backend": "keras", "latent": (3,), "execution": "eager"}
    one = Model(methods.gan(), named(), **settings)
    for _ in range(3):
        one.step(points())
    path = tmp_path / "model.safetensors"
    one.save(path)
    others = named()
    other = Model(methods.gan(), others, **settings)
    other.load(path)
    assert other.module("generator") is others["generator"]
    np.testing.assert_array_equal(other.sample(4), one.sample(4))
    for _ in range(3):
        for made in (one, other):
            made.step(points())
    for name, array in one.state().items():
        np.testing.assert_array_equal(other.state()[name], array)


def test_models_of_ones_own_are_shown_by_their_averages_and_train_on_as_they_were():
    rules = {"critic": SGD(0.1, ema=0.9), "generator": AdamW(0.01, clip_norm=0.5, ema=0.8)}
    settings = {"backend": "keras", "latent": (3,), "execution": "eager", "optimizers": rules}
    one, other = (Model(methods.gan(), named(), **settings) for _ in range(2))
    other.restore(one.state())
    for _ in range(4):
        one.step(points())
        other.step(points())
        shown = other.sample(6)
    for name, array in one.state().items():
        np.testing.assert_array_equal(other.state()[name], array, err_msg=name)
    generator, average = one.module("generator"), one.averages()["generator"]
    for variable in generator.variables:
        variable.assign(average[variable.path])
    z = one.method.prior.sample(randomness.generator(0, randomness.SAMPLING), 6, one.shapes)
    np.testing.assert_allclose(shown, generator(z.astype("float32")), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("execution", ["compiled", "xla"])
def test_a_new_rate_compiles_nothing(execution):
    made = ready(methods.gan(), execution=execution, optimizers={"critic": SGD(WarmUp(2, 0.1), clip_norm=1.0)})
    made.step(points())
    made.step(points())
    compiled = dict(made.backend.compiled())
    for rate in (0.3, Linear(0.1, 0.0, 5), 1e-4):
        made.step(points())
        made.step(points())
        made.learn_at(rate)
    assert dict(made.backend.compiled()) == compiled


def test_a_state_of_other_models_changes_nothing():
    made = Model(methods.gan(), named(), backend="keras", latent=(3,), execution="eager")
    made.step(points())
    before = made.state()
    statistics = next(name for name in before if name.endswith("norm/moving_mean"))
    for name, array, message in (
        (statistics, np.zeros(9), "norm/moving_mean' must have shape"),
        ("weights/generator/more", np.zeros(9), "generator: unknown tensor 'more'"),
    ):
        changed = {key: a + 1 if key.startswith("weights/") else a for key, a in before.items()} | {name: array}
        with pytest.raises(ValueError, match=message):
            made.restore(changed)
        for key, a in made.state().items():
            np.testing.assert_array_equal(a, before[key])
    others = Model(methods.gan(), named("other_"), backend="keras", latent=(3,), execution="eager")
    with pytest.raises(ValueError, match="critic"):
        others.restore(before)


def test_a_file_goes_on_where_it_stopped(tmp_path):
    method = methods.wae_mmd()
    one, other = ready(method), ready(method, seed=3)
    for _ in range(3):
        one.step(points())
    one.save(tmp_path / "model.safetensors")
    other.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(one.sample(4), other.sample(4))
    np.testing.assert_array_equal(one.encode(points(4)), other.encode(points(4)))


@pytest.mark.slow
def test_a_compiled_step_takes_a_short_batch_and_is_the_eager_one():
    eager, compiled = (ready(methods.vae(), dtype="float64", execution=e) for e in ("eager", "compiled"))
    for rows in (40, 40, 7):
        one, other = eager.step(points(rows)), compiled.step(points(rows))
        assert float(one["autoencoder"]) == pytest.approx(float(other["autoencoder"]), rel=1e-12)
