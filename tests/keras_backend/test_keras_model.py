"""A method as a `keras.Model`: `fit` takes the steps of `diptych.Model`; its files and callbacks hold it all."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import diptych
from diptych import Model, methods, networks
from diptych.divergences import maximum_mean_discrepancy
from diptych.optimizers import SGD, Adam, AdamW
from diptych.schedules import Linear
from diptych_keras import KerasModel

pytestmark = [
    pytest.mark.keras,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras's own, of NumPy
]
ROWS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")


def described(method):
    return networks.mlp(method, data=(2,), latent=(3,), width=8)


def own():
    """A generator and a critic of Keras, whose variables have names that come again."""
    dense = keras.layers.Dense
    generator = [keras.Input((3,)), dense(8, activation="tanh", name="hidden"), dense(2, name="row")]
    critic = [keras.Input((2,)), dense(8, activation="tanh", name="hidden"), dense(1, name="value")]
    return {
        "generator": keras.Sequential(generator, name="generator"),
        "critic": keras.Sequential([*critic, keras.layers.Reshape((), name="number")], name="critic"),
    }


def ready(method=None, nets=None, rules=None, run_eagerly=True, jit_compile=False, **settings):
    method = method or methods.wgan_gp(critic_steps=2)
    made = KerasModel(method, nets or described(method), **{"seed": 3, **settings})
    made.compile(rules, run_eagerly=run_eagerly, jit_compile=jit_compile)
    return made


def batches(n=16, rows=ROWS):
    return tf.data.Dataset.from_tensor_slices(rows).batch(n)


def fit(model, x=None, **settings):
    return model.fit(batches() if x is None else x, **{"verbose": 0, "shuffle": False, **settings})


def same(one, other, names=True):
    """Bit for bit, under the same `names` or in their order: a loaded model may have other paths of variables."""
    one, other = one.state(), other.state()
    assert list(one) == list(other) or not names
    for (name, array), found in zip(one.items(), other.values(), strict=True):
        np.testing.assert_array_equal(array, found, err_msg=name)


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fit_takes_the_steps_of_a_model(execution, dtype):
    rules = {"critic": AdamW(Linear(1e-2, 1e-3, 4), clip_norm=0.1, ema=0.9), "generator": Adam(1e-2)}
    made = ready(rules=rules, run_eagerly=execution == "eager", dtype=dtype)
    rows = ROWS.astype(dtype)
    found = fit(made, batches(rows=rows).repeat(), epochs=7, steps_per_epoch=1).history
    wanted = Model(
        made.model.method,
        described(made.model.method),
        backend="keras",
        seed=3,
        execution=execution,
        dtype=dtype,
        optimizers=rules,
    )
    for step, batch in zip(range(7), batches(rows=rows).repeat(), strict=False):
        losses = wanted.step(batch)
        for player in ("critic", "generator"):
            value = found[f"{player}_loss"][step]
            assert value == float(losses[player]) if player in losses else np.isnan(value)
    same(made.model, wanted)
    assert wanted.round == 2


def test_arrays_are_batches_of_every_row():
    made, wanted = ready(), ready().model
    history = fit(made, ROWS, batch_size=16, epochs=2).history
    losses = {"critic": [], "generator": []}
    for _ in range(2):
        for start in (0, 16, 32):
            for player, loss in wanted.step(ROWS[start : start + 16]).items():
                losses[player].append(float(loss))
    same(made.model, wanted)
    np.testing.assert_allclose(history["critic_loss"], [np.mean(losses["critic"][at : at + 2]) for at in (0, 2)])
    np.testing.assert_allclose(history["generator_loss"], losses["generator"])


def test_predict_is_of_the_networks_shown():
    made = ready(rules=Adam(1e-2, ema=0.5))
    fit(made, epochs=2)  # two updates of the generator: after one, its average is its weights
    z = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")
    np.testing.assert_array_equal(made.predict(z, verbose=0), made.model.sample(z=z))
    assert not np.array_equal(made.predict(z, verbose=0), made.networks["generator"](z))


def test_evaluate_moves_nothing_and_is_of_the_rows():
    made = ready()
    before, found = made.model.state(), made.evaluate(ROWS, batch_size=40, verbose=0, return_dict=True)
    assert found == made.evaluate(ROWS, batch_size=40, verbose=0, return_dict=True)
    assert found.keys() == {"critic_loss", "generator_loss"}
    z = made.model.method.draws(
        lambda name: diptych.randomness.generator(0, "held out", name), 40, made.model.shapes
    )
    score = made.networks["critic"](made.networks["generator"](z["z"].astype("float32")))
    assert found["generator_loss"] == pytest.approx(-float(np.mean(score)), rel=1e-5)
    for name, array in made.model.state().items():
        np.testing.assert_array_equal(array, before[name])
    history = fit(made, ROWS, batch_size=20, validation_split=0.25).history
    assert np.isfinite([history["val_critic_loss"], history["val_generator_loss"]]).all()


@pytest.mark.parametrize("nets", [described, lambda method: own()])
def test_a_keras_file_has_the_whole_model(nets, tmp_path):
    rules = {"critic": Adam(Linear(1e-2, 1e-3, 9), ema=0.9), "generator": SGD(1e-2)}
    made = ready(nets=nets(methods.wgan_gp()), rules=rules, data=(2,), latent=(3,))
    fit(made)  # three steps: in the middle of no round but the first
    made.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.model.optimizers == made.model.optimizers
    assert again.model.execution == "eager"
    same(again.model, made.model, names=nets is described)
    for model in (made, again):
        fit(model, epochs=2)
    same(again.model, made.model, names=nets is described)


def test_a_state_from_elsewhere_is_written_into_the_networks_that_keras_has(tmp_path):
    made, other = ready(), ready()
    fit(made)
    networks, path = dict(other.networks), tmp_path / "state.safetensors"
    made.model.save(path)
    other.model.load(path)
    same(other.model, made.model)
    assert all(other.model.module(role) is network for role, network in networks.items())
    for model in (made, other):
        fit(model)
    same(other.model, made.model)
    with pytest.raises(ValueError, match="optimiser state: missing entry"):
        other.model.restore({name: a for name, a in made.model.state().items() if "kernel" not in name})
    same(other.model, made.model)


class Stop(keras.callbacks.Callback):
    def __init__(self, epoch):
        self.epoch = epoch
        super().__init__()

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def test_a_fit_that_was_cut_off_goes_on_bit_for_bit(tmp_path):
    whole, cut, again = ready(), ready(), ready(seed=3)
    fit(whole, epochs=4)
    with pytest.raises(KeyboardInterrupt):
        fit(cut, epochs=4, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "backup"), Stop(2)])
    fit(again, epochs=4, callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "backup")])
    same(again.model, whole.model)


def test_callbacks_write_what_they_write_of_any_model(tmp_path):
    pytest.importorskip("tensorboard")
    made, best = ready(), tmp_path / "best.weights.h5"
    fit(
        made,
        epochs=2,
        validation_data=batches(),
        callbacks=[
            keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras"),
            keras.callbacks.ModelCheckpoint(best, "val_critic_loss", 0, True, True, mode="min"),
            keras.callbacks.TensorBoard(tmp_path / "board"),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        ],
    )
    same(keras.saving.load_model(tmp_path / "2.keras").model, made.model)
    assert list((tmp_path / "board" / "train").iterdir())
    assert (tmp_path / "log.csv").read_text().splitlines()[0] == (
        "epoch,critic_loss,generator_loss,val_critic_loss,val_generator_loss"
    )
    other = ready(seed=4)
    other.load_weights(best)
    assert other.model.round + other.model.turn > 0


def test_what_a_file_cannot_hold_is_refused_by_name(tmp_path):
    def kernel(x, y=None, *, xp=None):
        return x @ (x if y is None else y).T

    made = ready(diptych.dual(maximum_mean_discrepancy(kernel)))
    with pytest.raises(ValueError, match="kernel was made by no function of diptych"):
        made.save(tmp_path / "model.keras")
    shared = own()
    first = shared["critic"].layers[0]
    shared["generator"] = keras.Sequential([keras.Input((2,)), first, keras.layers.Dense(2)])
    made = KerasModel(methods.gan(), shared, latent=(2,))
    with pytest.raises(ValueError, match="roles that share a variable cannot be saved"):
        made.get_config()


def test_a_config_names_no_code():
    config = json.loads(json.dumps(ready().get_config()))
    for part, wrong in (("method", {"constructor": "os.system", "arguments": {}}), ("networks", {"critic": "x"})):
        with pytest.raises((ValueError, TypeError)):
            KerasModel.from_config({**config, part: wrong})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"loss": "mse"}, "compile takes no loss: the losses are those of the method"),
        ({"optimizer": "adam"}, "must be a rule of diptych.optimizers"),
        ({"optimizer": {"actor": Adam()}}, "actor"),
        ({"run_eagerly": True, "jit_compile": True}, "exclude each other"),
    ],
)
def test_what_compile_does_not_take(wrong, said):
    with pytest.raises(ValueError, match=said):
        KerasModel(methods.gan(), described(methods.gan())).compile(**wrong)


def test_what_fit_does_not_take():
    made = ready()
    with pytest.raises(ValueError, match="rows alone"):
        made.fit(ROWS, np.zeros(40), verbose=0)
    with pytest.raises(ValueError, match="as its networks want"):
        made.fit(np.zeros((4, 5), "float32"), verbose=0)
    with pytest.raises(ValueError, match="Keras would round these rows to float32"):
        ready(dtype="float64").fit(ROWS.astype("float64"), verbose=0)
    assert made.model.turn == 0


def test_a_graph_of_its_samples_is_differentiable():
    made, z = ready(), tf.zeros((2, 3))
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = tf.function(made)(z)
    assert tape.gradient(y, z).shape == (2, 3)


def test_one_replica_is_no_replica_and_other_strategies_are_refused():
    with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        made = ready()
    one = ready()
    for model in (made, one):
        fit(model)
    same(made.model, one.model)
    with (
        tf.distribute.experimental.CentralStorageStrategy(["/cpu:0"]).scope(),
        pytest.raises(ValueError, match="cannot be made under CentralStorage"),
    ):
        ready()
