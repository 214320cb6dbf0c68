"""Many arrays at once give what each of them gives alone."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diptych_conformance.cases.problems import of_form, whole_forms
from diptych_conformance.references import oracle
from diptych_conformance.references.oracle.batched import MANY, Batched, along
from diptych_conformance.references.oracle.ops import STEP

random = np.random.default_rng(0)
ARRAYS = random.uniform(1.0, 2.0, (3, 4, 4)) + 1e-3j * random.standard_normal((3, 4, 4))
ROW, MATRIX = random.standard_normal(4), random.standard_normal((4, 4))
AT_ONCE: dict[str, Callable[[Any], Any]] = {
    "operators": lambda x: (2 - x * ROW) / (x + MATRIX) ** 2,
    "a row against a matrix": lambda x: x[0] * MATRIX - x[1, :] / x,
    "a row of many against a matrix of many": lambda x: np.sum(x, axis=1) + x,
    "comparison": lambda x: np.where(x.real > 1.5, x, ROW),
    "products": lambda x: MATRIX @ x @ x.T,
    "parts": lambda x: np.real(x) + np.imag(x) + x.imag,
    "entries": lambda x: x[:, None, 1:] + x[..., 0, None, None],
    "sums": lambda x: np.sum(x) + np.sum(x, axis=0) + np.mean(x, axis=-1) + x.sum(axis=(0, 1)) + x.sum(),
    "extremes": lambda x: np.max(x.real, axis=0) - np.min(x.real, axis=(0, 1), keepdims=True),
    "axes": lambda x: np.squeeze(np.expand_dims(x, 0), axis=0) + np.squeeze(np.expand_dims(x, axis=-1), -1),
    "shapes": lambda x: x.reshape(2, -1) @ np.reshape(np.reshape(x, -1), (8, 2)) + len(x) + x.ndim + x.size,
    "permuted": lambda x: np.permute_dims(x[None], (1, 0, 2)) + np.transpose(x[None], axes=(2, 1, 0)),
    "joined": lambda x: np.concatenate([x, MATRIX], axis=1) @ np.concatenate((x, x)),
    "stacked": lambda x: np.stack([x[0], ROW]) + np.stack([ROW[:2], x[0, :2]], axis=1)[:, :1],
    "triangles": lambda x: np.triu(x, k=1) + np.tril(x, -1),
    "constants": lambda x: np.zeros_like(x) + 2 * np.ones_like(x, dtype=np.float64) + x,
    "added in place": lambda x: _added(x),
    "array by array": lambda x: np.sort(x, axis=0) + np.linalg.cholesky(x.real @ x.real.T) + np.cumsum(x, axis=1),
    "tuples": lambda x: operator.matmul(*np.linalg.eigh(np.real(x))[::-1]) + np.linalg.eigh(x.real).eigenvalues,
    "a vector times a matrix": lambda x: x[0] @ MATRIX + MATRIX @ x[0] + ROW @ x + x[0] @ x,
    "with settings": lambda x: np.multiply(x, MATRIX, dtype=np.complex128),
}


def _added(x: Any) -> Any:
    y = np.zeros((6, 4), dtype=x.dtype, like=x)
    y[1:5] += x
    y[:4] += x
    return y


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_function_of_many_arrays_is_that_of_each(name: str) -> None:
    f = AT_ONCE[name]
    many = f(Batched(ARRAYS, None))
    expected = [f(array) for array in ARRAYS]
    assert many.shape == expected[0].shape
    assert many.dtype == expected[0].dtype
    np.testing.assert_allclose(many.arrays, np.stack(expected), rtol=1e-14)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.asarray(x),
        lambda x: x[np.array([0, 1])],
        lambda x: np.add.reduce(x),
        lambda x: np.add(x, x, out=np.zeros((4, 4), dtype=np.complex128)),
        lambda x: x + Batched(ARRAYS, "another"),
        lambda x: np.where(MATRIX > 0, x, Batched(ARRAYS, "another")),
        lambda x: np.concatenate([x, Batched(ARRAYS, "another")]),
    ],
)
def test_what_is_not_known_of_many_arrays_is_a_type_error(f: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        f(Batched(ARRAYS, "one"))


def test_along_takes_many_at_once_and_else_one_after_another() -> None:
    arrays, asked = random.standard_normal((2 * MANY + 1, 3)), list[Any]()

    def at_once(x: Any) -> Any:
        asked.append(x)
        return np.sum(x * x)

    def alone(x: Any) -> Any:
        asked.append(x)
        return np.float64(sum(map(float, np.asarray(x))))

    np.testing.assert_allclose(along(at_once, arrays), np.sum(arrays**2, axis=1), rtol=1e-15)
    assert [type(x) for x in asked] == 3 * [Batched]
    asked.clear()
    np.testing.assert_allclose(along(alone, arrays), np.sum(arrays, axis=1), rtol=1e-12)
    assert sum(isinstance(x, np.ndarray) for x in asked) == len(arrays)
    assert along(lambda x: 1.5, arrays[:2]).tolist() == [1.5, 1.5]
    assert along(at_once, np.zeros((0, 3))).shape == (0,)


def test_many_within_many_are_taken_one_after_another() -> None:
    """Of as many, too, which would mix unseen."""
    outer, inner = random.standard_normal((2, 3, 4))

    def product(a: Any) -> Any:
        return np.sum(along(lambda b: a * b, inner))

    expected = [np.sum(a * inner) for a in outer]
    np.testing.assert_allclose(along(product, outer), expected, rtol=1e-14)


@pytest.mark.parametrize("form", [*whole_forms()], ids=lambda form: form.name)
def test_a_complex_step_of_every_loss_is_taken_at_once(form: Any) -> None:
    """Each tensor of each player, against one entry after another."""
    problem, evaluations = of_form(form, "dense", 0), list[int]()
    for player in problem.method.players:
        for role in player.owns:
            for tensor in (t for t in problem.networks[role].tensors if t.trainable):

                def loss(a: Any, player: Any = player, role: str = role, name: str = tensor.name) -> Any:
                    evaluations.append(1)
                    weights = {**problem.weights, role: {**problem.weights[role], name: a}}
                    return oracle.evaluate(player, problem.networks, weights, problem.x, problem.noise)[0]

                evaluations.clear()
                at_once = oracle.complex_step(loss, problem.weights[role][tensor.name])
                assert len(evaluations) == -(-at_once.size // MANY)
                alone = one_by_one(loss, problem.weights[role][tensor.name])
                np.testing.assert_allclose(at_once, alone, rtol=1e-12, atol=1e-14)


def one_by_one(f: Callable[[Any], Any], x: Any) -> Any:
    """The gradient of f by complex step, entry by entry."""
    slopes = np.zeros_like(x)
    for entry in np.ndindex(x.shape):
        moved = x.astype(np.complex128)
        moved[entry] += 1j * STEP
        slopes[entry] = np.imag(f(moved)) / STEP
    return slopes


def test_a_branch_on_a_value_is_taken_for_each_array() -> None:
    def kinked(x: Any) -> Any:
        return 2 * x if np.real(x[0]) > 0 else float(np.real(np.sum(x))) * x

    arrays = np.array([[1.0, 2.0], [-1.0, 4.0]])
    np.testing.assert_array_equal(along(kinked, arrays), [[2, 4], [-3, 12]])
    with pytest.raises(TypeError, match="no length"):
        len(Batched(np.zeros(3), object()))
