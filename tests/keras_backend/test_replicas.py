"""Two logical devices of TensorFlow against one: a model in training, and what is refused."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from diptych import methods
from diptych.processes import Crew
from diptych_keras import KerasBackend

from .. import replicated
from ..replicated import batch, two_replicas

pytestmark = pytest.mark.keras
model, trained = partial(replicated.model, "keras"), partial(replicated.trained, "keras")


@pytest.fixture(scope="module")
def two() -> Iterator[Crew]:
    with two_replicas(KerasBackend()) as crew:
        yield crew


def eagerly(replicas):
    made = model(methods.wgan_gp(critic_steps=2), replicas, execution="eager")
    return [float(loss) for number in range(3) for loss in made.step(batch(number)).values()], made.state()


def test_eager_steps_on_two_replicas_are_those_on_one(two):
    ((losses, state),) = two(eagerly, 2)
    expected, alone = eagerly(1)
    assert losses == pytest.approx(expected, rel=1e-12)
    for name, array in alone.items():
        np.testing.assert_allclose(state[name], array, rtol=0, atol=1e-12 * max(1.0, np.abs(array).max()))


def test_a_model_on_two_replicas_is_the_model_on_one_and_goes_on_as_such(two):
    ((losses, state, sample, parts),) = two(trained, 2)
    one, alone, alike, _ = trained(1)
    assert losses == pytest.approx(one, rel=1e-12)
    np.testing.assert_allclose(sample, alike, rtol=1e-12)
    for name, array in alone.items():
        np.testing.assert_allclose(state[name], array, rtol=0, atol=1e-12 * max(1.0, np.abs(array).max()))
    assert len(parts) == 2
    for name, array in parts[0].items():
        np.testing.assert_array_equal(parts[1][name], array)
    ((more, _, _, parts),) = two(trained, 2, state, 2)
    assert more == pytest.approx(trained(1, alone, 2)[0], rel=1e-12)
    for name, array in parts[0].items():
        np.testing.assert_array_equal(parts[1][name], array)


def fitted(folder):
    """A Keras model under a strategy and one on a device: trained, loaded from the one's file, trained again."""
    import tensorflow as tf

    from diptych import networks
    from diptych_keras import KerasModel

    def ready():
        method = methods.wgan_gp(critic_steps=2)
        made = KerasModel(method, networks.mlp(method, data=(2,), latent=(3,), width=8), seed=3, dtype="float64")
        made.compile()
        return made

    with KerasBackend().replicated(2).replicas.strategy.scope():
        made = ready()
    models, rows = [made, ready()], tf.data.Dataset.from_tensor_slices(batch(0, 21)).batch(7)
    for model in models:
        model.fit(rows, epochs=2, verbose=0, shuffle=False)
    found = [model.model.state() for model in models]
    models[1].save_weights(folder / "one.weights.h5")
    models[0].load_weights(folder / "one.weights.h5")
    for model in models:
        model.fit(rows, verbose=0, shuffle=False)
    backend, nets = models[0].model.backend, models[0].model.nets
    return [*found, *(model.model.state() for model in models)], list(map(backend.weights, backend.parts(nets)))


def test_a_keras_model_under_a_strategy_is_the_one_on_a_device(two, tmp_path):
    ((states, parts),) = two(fitted, tmp_path)
    for both, alone in (states[:2], states[2:]):
        for name, array in alone.items():
            np.testing.assert_allclose(both[name], array, rtol=0, atol=1e-12 * max(1.0, np.abs(array).max()))
    assert len(parts) == 2
    np.testing.assert_equal(parts[1], parts[0])


def refusals():
    import keras

    found = []
    made = model(methods.gan(), 2)
    critic = keras.Sequential([keras.Input((2,), dtype="float64"), keras.layers.Dense(1, dtype="float64")])
    for act in (
        lambda: made.step(batch(0, 1)),
        lambda: model(methods.gan(), 2, execution="xla"),
        lambda: model(methods.gan(), 9),
        lambda: model(methods.gan(), 2, device="/CPU:0"),
        lambda: made.backend.build({"critic": critic}, {}, dtype="float64"),
    ):
        try:
            act()
            found.append("")
        except ValueError as error:
            found.append(str(error))
    return found


def test_what_cannot_be_computed_on_replicas_is_refused_by_name(two):
    ((rows, xla, size, device, native),) = two(refusals)
    assert rows == "1 rows cannot be cut for 2 replicas, each of which needs at least one"
    assert "lacks xla" in xla
    assert size.startswith("9 replicas need 9 devices, and TensorFlow has")
    assert "ask for replicas before anything else is computed" in size
    assert device == "device '/CPU:0': replicas have devices of their own; leave it out"
    assert native.startswith("critic: Sequential cannot be replicated")


def test_codes_images_and_gradients_are_exchanged_and_no_more(two):
    """Forward a code and an image of each row, backward the code again; and every gradient once."""
    for gathered, summed, gradients in two(replicated.exchanged, KerasBackend(), "compiled"):
        assert gathered == 8 * (8 + 28 * 28 + 8) * 4
        assert summed == gradients
