"""The TensorFlow array namespace against NumPy, whose main namespace has the standard's names as well."""

from __future__ import annotations

import inspect
import math
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych_keras import namespace as ns

pytestmark = pytest.mark.keras

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))  # any sign
Y = RNG.uniform(0.2, 0.9, size=(4, 3))  # within the domain of every function
I = RNG.integers(1, 7, size=(4, 3))  # noqa: E741


def words(text):
    return text.split()


UNARY = words(
    """abs acos asin asinh atan atanh ceil cos cosh exp expm1 floor isfinite isinf isnan log log1p log2 log10
    negative positive reciprocal round sign signbit sin sinh sqrt square tan tanh trunc conj real imag"""
)
BINARY = words(
    """add atan2 copysign divide equal floor_divide greater greater_equal hypot less less_equal logaddexp maximum
    minimum multiply nextafter not_equal pow remainder subtract"""
)
INTEGER = words(
    """bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor floor_divide remainder pow"""
)
LOGICAL = words("logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor")
REDUCTIONS = words("max min sum prod mean std var argmax argmin all any count_nonzero")

# Each case is f(xp, x, y, i), run in both libraries; x is any real, y in (0, 1), i small positive integers.
CASES = {
    **{name: lambda xp, x, y, i, n=name: getattr(xp, n)(y) for name in UNARY},
    "acosh": lambda xp, x, y, i: xp.acosh(y + 1),
    **{name: lambda xp, x, y, i, n=name: getattr(xp, n)(y, x) for name in BINARY},
    **{f"{n}-scalar": lambda xp, x, y, i, n=n: getattr(xp, n)(y, 0.9) for n in BINARY},
    **{f"scalar-{n}": lambda xp, x, y, i, n=n: getattr(xp, n)(0.9, y) for n in BINARY},
    **{f"{n}-integer": lambda xp, x, y, i, n=n: getattr(xp, n)(i, 3) for n in INTEGER},
    **{f"{n}-bool": lambda xp, x, y, i, n=n: getattr(xp, n)(i > 3, x > 0) for n in LOGICAL},
    "bitwise_invert": lambda xp, x, y, i: xp.bitwise_invert(i),
    "logical_not": lambda xp, x, y, i: xp.logical_not(x > 0),
    "logaddexp-wide": lambda xp, x, y, i: xp.logaddexp(1e3 * x, 1e3 * y),
    "clip": lambda xp, x, y, i: xp.clip(x, -0.1, y),
    "clip-one": lambda xp, x, y, i: xp.clip(x, max=0.1),
    **{n: lambda xp, x, y, i, n=n: getattr(xp, n)(y) for n in REDUCTIONS},
    **{f"{n}-axis": lambda xp, x, y, i, n=n: getattr(xp, n)(y, axis=0) for n in REDUCTIONS},
    **{f"{n}-keepdims": lambda xp, x, y, i, n=n: getattr(xp, n)(y, axis=-1, keepdims=True) for n in REDUCTIONS},
    "var-correction": lambda xp, x, y, i: xp.var(x, axis=(0, 1), correction=1.5),
    "std-correction": lambda xp, x, y, i: xp.std(x, axis=0, correction=1),
    "sum-integer": lambda xp, x, y, i: xp.sum(i),
    "cumulative_sum": lambda xp, x, y, i: xp.cumulative_sum(x, axis=0, include_initial=True),
    "cumulative_prod": lambda xp, x, y, i: xp.cumulative_prod(x, axis=1, include_initial=True),
    "diff": lambda xp, x, y, i: xp.diff(x, axis=0, n=2, prepend=y),
    "broadcast_to": lambda xp, x, y, i: xp.broadcast_to(x, (2, 4, 3)),
    "broadcast_arrays": lambda xp, x, y, i: xp.broadcast_arrays(x[:, None], y),
    "concat": lambda xp, x, y, i: xp.concat([x, y], axis=-1),
    "concat-flat": lambda xp, x, y, i: xp.concat([x, y], axis=None),
    "stack": lambda xp, x, y, i: xp.stack([x, y], axis=1),
    "unstack": lambda xp, x, y, i: xp.unstack(x, axis=-1),
    "expand_dims": lambda xp, x, y, i: xp.expand_dims(x, (0, -1)),
    "squeeze": lambda xp, x, y, i: xp.squeeze(x[None, :, None], (0, 2)),
    "reshape": lambda xp, x, y, i: xp.reshape(x, (-1, 2)),
    "permute_dims": lambda xp, x, y, i: xp.permute_dims(x, (1, 0)),
    "moveaxis": lambda xp, x, y, i: xp.moveaxis(x[:, None, :, None], (0, 2), (1, 0)),
    "flip": lambda xp, x, y, i: xp.flip(x, axis=1),
    "roll": lambda xp, x, y, i: xp.roll(x, (1, -2), axis=(0, 1)),
    "roll-flat": lambda xp, x, y, i: xp.roll(x, 5),
    "repeat": lambda xp, x, y, i: xp.repeat(x, 2, axis=1),
    "repeat-flat": lambda xp, x, y, i: xp.repeat(x, 2),
    "tile": lambda xp, x, y, i: xp.tile(x, (2, 1, 3)),
    "tril": lambda xp, x, y, i: xp.tril(x, k=-1),
    "triu": lambda xp, x, y, i: xp.triu(x, k=1),
    "meshgrid": lambda xp, x, y, i: xp.meshgrid(x[0], y[:, 0]),
    "meshgrid-ij": lambda xp, x, y, i: xp.meshgrid(x[0], y[:, 0], x[1], indexing="ij"),
    "eye": lambda xp, x, y, i: xp.eye(3, 4, k=-1, dtype=xp.float64),
    "arange": lambda xp, x, y, i: xp.arange(1, 7, 2),
    "arange-float": lambda xp, x, y, i: xp.arange(0.0, 30.0, 0.1, dtype=xp.float64),
    "linspace": lambda xp, x, y, i: xp.linspace(0.1, 0.7, 5, dtype=xp.float64, endpoint=False),
    "full": lambda xp, x, y, i: xp.full((2, 3), 0.9, dtype=xp.float64),
    "full_like": lambda xp, x, y, i: xp.full_like(x, 0.9),
    "zeros": lambda xp, x, y, i: xp.zeros(3, dtype=xp.int8),
    "ones": lambda xp, x, y, i: xp.ones((2, 1), dtype=xp.float64),
    "zeros_like": lambda xp, x, y, i: xp.zeros_like(x),
    "ones_like": lambda xp, x, y, i: xp.ones_like(x, dtype=xp.int32),
    "asarray": lambda xp, x, y, i: xp.asarray([[0.1, 2], [3, 4]], dtype=xp.float64),
    "astype": lambda xp, x, y, i: xp.astype(i, xp.float32),
    "take": lambda xp, x, y, i: xp.take(x, xp.asarray([2, 0, -1]), axis=0),
    "take_along_axis": lambda xp, x, y, i: xp.take_along_axis(x, xp.argmax(x, axis=1, keepdims=True), axis=1),
    "take_along_axis-broadcast": lambda xp, x, y, i: xp.take_along_axis(x, xp.asarray([[-1, 0]]), axis=1),
    "where": lambda xp, x, y, i: xp.where(x > 0, x, y),
    "where-scalar": lambda xp, x, y, i: xp.where(x > 0, x, 0.9),
    "searchsorted": lambda xp, x, y, i: xp.searchsorted(xp.sort(x[:, 0]), x, side="right"),
    "searchsorted-sorter": lambda xp, x, y, i: xp.searchsorted(x[:, 0], 0.1, sorter=xp.argsort(x[:, 0])),
    "nonzero": lambda xp, x, y, i: xp.nonzero(x > 0),
    "sort": lambda xp, x, y, i: xp.sort(x, axis=0),
    "argsort": lambda xp, x, y, i: xp.argsort(x, axis=-1, stable=True),
    "isin": lambda xp, x, y, i: xp.isin(i, i[0]),
    "matmul": lambda xp, x, y, i: xp.matmul(x, xp.matrix_transpose(y)),
    "matmul-batch": lambda xp, x, y, i: xp.matmul(x[:, None, :], y[:, :, None]),
    "matmul-vector": lambda xp, x, y, i: xp.matmul(x, y[0]),
    "vector-matmul": lambda xp, x, y, i: xp.matmul(x[:, 0], y),
    "matmul-integer": lambda xp, x, y, i: xp.matmul(xp.astype(i, xp.int16), xp.astype(i[0], xp.int16)),
    "tensordot": lambda xp, x, y, i: xp.tensordot(x, y, axes=((0, 1), (0, 1))),
    "vecdot": lambda xp, x, y, i: xp.vecdot(x, y),
    "cholesky": lambda xp, x, y, i: xp.linalg.cholesky(gram(xp, y)),
    "inv": lambda xp, x, y, i: xp.linalg.inv(gram(xp, y)),
    "pinv": lambda xp, x, y, i: xp.linalg.pinv(gram(xp, y)[:2]),
    "det": lambda xp, x, y, i: xp.linalg.det(gram(xp, y)),
    "slogdet": lambda xp, x, y, i: xp.linalg.slogdet(gram(xp, y)),
    "solve": lambda xp, x, y, i: xp.linalg.solve(gram(xp, y), xp.matrix_transpose(x)),
    "solve-vector": lambda xp, x, y, i: xp.linalg.solve(gram(xp, y), x[0]),
    "eigvalsh": lambda xp, x, y, i: xp.linalg.eigvalsh(gram(xp, y)),
    "eigh": lambda xp, x, y, i: xp.linalg.eigh(gram(xp, y)).eigenvalues,
    "eig": lambda xp, x, y, i: xp.sort(abs(xp.linalg.eig(gram(xp, y)).eigenvectors), axis=1),
    "eigvals": lambda xp, x, y, i: xp.sum(xp.real(xp.linalg.eigvals(gram(xp, y)))),
    "svd": lambda xp, x, y, i: [abs(part) for part in xp.linalg.svd(gram(xp, y)[:2], full_matrices=False)],
    "svdvals": lambda xp, x, y, i: xp.linalg.svdvals(gram(xp, y)[:2]),
    "qr": lambda xp, x, y, i: [abs(part) for part in xp.linalg.qr(y)],
    "matrix_power": lambda xp, x, y, i: xp.linalg.matrix_power(gram(xp, y), 5),
    "matrix_power-negative": lambda xp, x, y, i: xp.linalg.matrix_power(gram(xp, y), -2),
    "matrix_rank": lambda xp, x, y, i: xp.linalg.matrix_rank(y),
    "diagonal": lambda xp, x, y, i: xp.linalg.diagonal(x, offset=-1),
    "trace": lambda xp, x, y, i: xp.linalg.trace(x, offset=1),
    "outer": lambda xp, x, y, i: xp.linalg.outer(x[0], y[:, 0]),
    "cross": lambda xp, x, y, i: xp.linalg.cross(x, y),
    **{
        f"norm-{p}": lambda xp, x, y, i, p=p: xp.linalg.vector_norm(x, axis=1, ord=p)
        for p in (0, 1, 2, 3, math.inf)
    },
    **{f"norm-{p}": lambda xp, x, y, i, p=p: xp.linalg.vector_norm(x, ord=p) for p in (-1, -2, -math.inf)},
    **{
        f"matrix-norm-{p}": lambda xp, x, y, i, p=p: xp.linalg.matrix_norm(gram(xp, x)[:2], ord=p, keepdims=True)
        for p in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
    },
    "fft": lambda xp, x, y, i: xp.fft.fft(x, n=5, axis=0, norm="ortho"),
    "ifft": lambda xp, x, y, i: xp.fft.ifft(xp.fft.ifft(xp.fft.fft(x), norm="forward"), norm="ortho"),
    "rfft": lambda xp, x, y, i: xp.fft.rfft(x, norm="forward"),
    "irfft": lambda xp, x, y, i: xp.fft.irfft(xp.fft.rfft(x, n=6)),
    "hfft": lambda xp, x, y, i: xp.fft.hfft(xp.fft.ihfft(x), n=3),
    "fftn": lambda xp, x, y, i: xp.fft.ifftn(xp.fft.fftn(x, s=(2, 4), axes=(0, 1)), axes=(0, 1)),
    "rfftn": lambda xp, x, y, i: xp.fft.irfftn(xp.fft.rfftn(x, axes=(0, 1)), s=(4, 3), axes=(0, 1)),
    "fftfreq": lambda xp, x, y, i: (xp.fft.fftfreq(8, d=0.5), xp.fft.rfftfreq(4)),
    "fftshift": lambda xp, x, y, i: (xp.fft.fftshift(x), xp.fft.ifftshift(x, axes=1)),
}
# TensorFlow has no XLA kernel for these.
NOT_UNDER_XLA = {"det", "slogdet", "eig", "eigvals"}
# XLA iterates the singular vectors to 1e-7 only.
LOOSE_UNDER_XLA = {"svd", "pinv"}
# Of no derivative in TensorFlow (nextafter), or one that differs at a kink of abs in the case itself (the others).
NOT_DIFFERENTIATED = {n for n in CASES if "nextafter" in n} | {"eig", "eigvals", "svd", "qr", "fftfreq"}


def gram(xp, y):
    """A well-conditioned symmetric matrix, of known size: the derivative of TensorFlow's SVD needs that."""
    return xp.matmul(xp.matrix_transpose(y), y) + xp.eye(3, dtype=xp.float64)


def parts(result):
    return list(result) if isinstance(result, tuple | list) else [result]


def in_mode(mode, function, *arrays):
    """``function`` of tensors, whose leading size a graph does not know."""
    tensors = [tf.constant(a) for a in arrays]
    if mode == "eager":
        return function(*tensors)
    signature = [tf.TensorSpec([None, 3], a.dtype) for a in arrays]
    # AutoGraph would spend most of the time on the test's own lambdas.
    return tf.function(function, input_signature=signature, jit_compile=mode == "xla", autograph=False)(*tensors)


def floating_parts(case, x, y):
    return [r for r in map(np.asarray, parts(CASES[case](np, x, y, I))) if r.dtype.kind in "fc"]


DIFFERENTIATED = [n for n in CASES if n not in NOT_DIFFERENTIATED and floating_parts(n, X, Y)]


@pytest.fixture(scope="module", params=["eager", "graph", "xla"])
def computed(request):
    """The values of all cases and their derivatives, from one function: to compile it once is faster."""
    mode = request.param

    def derivatives(case, x, y, i):
        with tf.GradientTape() as tape:
            tape.watch((x, y))
            total = 0.0
            for r in parts(CASES[case](ns, x, y, i)):
                if r.dtype.is_floating or r.dtype.is_complex:
                    r = tf.reshape(tf.math.real(r), [-1])
                    total += tf.reduce_sum(r * tf.cos(tf.cast(tf.range(tf.size(r)), r.dtype)))
        return [tf.convert_to_tensor(g) for g in tape.gradient(total, (x, y), unconnected_gradients="zero")]

    def everything(*tensors):
        names = [n for n in CASES if mode != "xla" or n not in NOT_UNDER_XLA]
        values = {n: parts(CASES[n](ns, *tensors)) for n in names}
        # XLA compiles the same graph of unknown sizes as mode "graph" runs, so that need not derive it again.
        return values, {n: derivatives(n, *tensors) for n in names if n in DIFFERENTIATED and mode != "graph"}

    return mode, *in_mode(mode, everything, X, Y, I)


@pytest.mark.parametrize("case", CASES)
def test_values_are_numpys(computed, case):
    mode, values, _ = computed
    if case not in values:
        with pytest.raises(tf.errors.InvalidArgumentError, match="unsupported operations"):
            in_mode(mode, lambda *tensors: CASES[case](ns, *tensors), X, Y, I)
        return
    expected = parts(CASES[case](np, X, Y, I))
    tolerance = 1e-6 if mode == "xla" and case in LOOSE_UNDER_XLA else 1e-11
    for a, e in zip(values[case], expected, strict=True):
        assert a.shape == np.shape(e)
        assert a.dtype.name in {e.dtype.name, "float32" if case == "fftfreq" else ""}
        np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("computed", ["eager", "xla"], indirect=True)
@pytest.mark.parametrize("case", DIFFERENTIATED)
def test_derivatives_are_differences(computed, case):
    mode, _, derivatives = computed
    if mode == "xla" and case in NOT_UNDER_XLA:
        return

    def f(x, y):
        flat = [np.ravel(np.real(r)) for r in floating_parts(case, x, y)]
        return sum(np.sum(r * np.cos(np.arange(r.size))) for r in flat)

    directions = RNG.normal(size=(2, *X.shape))

    def slope(step):
        dx, dy = step * directions
        return (f(X + dx, Y + dy) - f(X - dx, Y - dy)) / (2 * step)

    expected = (4 * slope(5e-6) - slope(1e-5)) / 3
    actual = sum(np.sum(g * d) for g, d in zip(derivatives[case], directions, strict=True))
    tolerance = 1e-5 if mode == "xla" and case in LOOSE_UNDER_XLA else 1e-7
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def derivative(f, *values):
    x = [tf.constant(v, tf.float64) for v in values]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(*x)
    return [g.numpy().tolist() for g in tape.gradient(y, x)]


def derivative_of_logaddexp(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ns.logaddexp(x, 2.0)
    return tape.gradient(y, x)


@pytest.mark.parametrize(
    ("f", "at", "expected"),
    [
        (ns.logaddexp, [2.0, 2.0], [0.5, 0.5]),
        (ns.logaddexp, [-math.inf, 1.0], [0.0, 1.0]),
        (ns.logaddexp, [-math.inf, -math.inf], [1.0, 0.0]),
        (derivative_of_logaddexp, [2.0], [0.25]),
        (ns.hypot, [0.0, 0.0], [0.0, 0.0]),
        (lambda x: ns.clip(x, 0.0, 1.0), [1.0], [1.0]),
        (ns.std, [[2.0, 2.0]], [[0.0, 0.0]]),
        (ns.linalg.vector_norm, [[0.0, 0.0]], [[0.0, 0.0]]),
        (lambda x: ns.linalg.vector_norm(x, ord=3), [[0.0, 0.0]], [[0.0, 0.0]]),
        (lambda x: ns.sum(ns.cumulative_prod(x)), [[2.0, 0.0, 3.0]], [[1.0, 8.0, 0.0]]),
    ],
)
def test_derivatives_at_corners(f, at, expected):
    """Where TensorFlow alone would give NaN, or a choice."""
    assert derivative(f, *at) == expected


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_special_values(mode):
    inf, nan = math.inf, math.nan
    x = np.array([[inf, -inf, 1.0], [-0.0, nan, inf]])
    y = np.array([[inf, -inf, -inf], [0.0, inf, nan]])
    for name in ("logaddexp", "hypot", "copysign"):
        with np.errstate(invalid="ignore"):
            expected = getattr(np, name)(x, y)
        actual = in_mode(mode, getattr(ns, name), x, y)
        np.testing.assert_array_equal(actual, expected)
        np.testing.assert_array_equal(np.signbit(actual), np.signbit(expected))


def test_scalars_are_built_in_the_dtype_of_the_array():
    x = tf.constant([0.0], tf.float64)
    for value in (
        ns.add(x, 0.9),
        ns.add(0.9, x),
        ns.where(x > 0, x, 0.9),
        ns.maximum(x, 0.9),
        ns.full_like(x, 0.9),
    ):
        assert float(value[0]) == 0.9
    assert float(ns.clip(x, 0.9)[0]) == float(ns.clip(x + 2, None, 0.9)[0]) == 0.9
    assert float(ns.asarray(0.9, dtype=ns.float64)) == float(ns.full((), 0.9, dtype=ns.float64)) == 0.9
    assert int(ns.add(tf.constant(0, tf.uint64), 2**63 + 1)) == 2**63 + 1


def test_zeros_keep_their_sign():
    tf.constant(0.0, tf.float32)
    assert np.signbit(ns.full(2, -0.0)).all()
    assert not np.signbit(ns.full(2, 0.0)).any()
    assert np.signbit(ns.copysign(tf.constant(1.0), -0.0))
    assert np.signbit(ns.asarray(-0.0))
    assert ns.signbit(tf.constant([-0.0, 0.0])).numpy().tolist() == [True, False]


def test_result_type():
    f32, f64, i8, u8, i64, c64 = ns.float32, ns.float64, ns.int8, ns.uint8, ns.int64, ns.complex64
    assert ns.result_type(f32, tf.zeros(1, f64)) == f64
    assert ns.result_type(i8, u8) == ns.int16
    assert ns.result_type(f64, c64) == ns.complex128
    assert ns.result_type(f32, 1, 2.0) == f32
    assert ns.result_type(f64, 1j) == ns.complex128
    assert ns.result_type(tf.bfloat16, f32) == f32
    assert ns.result_type(keras.Variable([1.0]), f64) == f64
    for mixed in ((f32, i64), (ns.bool, i64), (ns.uint64, i64), (i64, 1.5), (f32, True), (i64, 1j)):
        with pytest.raises(TypeError, match=r"promotes|combine"):
            ns.result_type(*mixed)
    with pytest.raises(ValueError, match="at least one"):
        ns.result_type(1.0)
    assert ns.add(tf.ones(1, f32), tf.ones(1, f64)).dtype == f64
    assert ns.concat([tf.ones(1, i8), tf.ones(1, u8)]).dtype == ns.int16
    assert ns.can_cast(f32, f64)
    assert not ns.can_cast(f64, f32)
    assert not ns.can_cast(i64, f64)


def test_dtypes_of_creation_and_sums():
    assert ns.asarray([1.0, 2]).dtype == ns.zeros(2).dtype == ns.arange(2.0).dtype == ns.eye(2).dtype == ns.float32
    assert ns.asarray([1, 2]).dtype == ns.arange(3).dtype == ns.full(2, 1).dtype == ns.int64
    assert ns.asarray([True]).dtype == ns.full(2, True).dtype == ns.bool
    assert ns.asarray(np.ones(2)).dtype == ns.float64
    assert ns.sum(tf.ones(2, tf.int8)).dtype == ns.cumulative_prod(tf.ones(2, tf.int8)).dtype == ns.int64
    assert ns.prod(tf.ones(2, tf.uint8)).dtype == ns.uint64
    assert ns.sum(tf.ones(2, tf.int8), dtype=ns.float64).dtype == ns.float64
    with pytest.raises(TypeError, match="floating"):
        ns.mean(tf.ones(2, tf.int32))


def test_asarray():
    x = tf.constant([1.0])
    assert ns.asarray(x) is x
    assert ns.asarray([[x[0], 2.0]]).shape == (1, 2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ns.asarray([x[0], x[0]])
    assert tape.gradient(y, x).numpy() == 2
    with pytest.raises(ValueError, match="copies"):
        ns.asarray([1.0], copy=False)
    assert ns.from_dlpack(np.arange(3.0)).numpy().tolist() == [0, 1, 2]


def test_information_on_dtypes():
    assert ns.finfo(ns.complex128) == ns.finfo(tf.zeros(1, tf.float64))
    assert ns.finfo(ns.float32).eps == np.finfo(np.float32).eps
    assert ns.finfo(tf.bfloat16).eps == 2**-7
    assert (ns.iinfo(ns.int8).min, ns.iinfo(ns.uint8).max, ns.iinfo(ns.int64).bits) == (-128, 255, 64)
    assert ns.isdtype(ns.float32, "real floating")
    assert ns.isdtype(ns.uint8, (ns.bool, "integral"))
    assert not ns.isdtype(ns.complex64, ("real floating", "integral", "bool"))
    with pytest.raises(ValueError, match="unknown kind"):
        ns.isdtype(ns.float32, "floating")
    info = ns.__array_namespace_info__()
    assert info.default_dtypes()["real floating"] == ns.float32
    assert set(info.dtypes(kind="real floating")) == {"float32", "float64"}
    assert info.default_device() is None
    assert "/device:CPU:0" in info.devices()
    assert info.capabilities()["boolean indexing"] is True
    assert (ns.__array_api_version__, ns.newaxis, ns.pi) == ("2025.12", None, math.pi)


def test_devices():
    x = tf.constant([1.0])
    cpu = "/device:CPU:0"
    assert ns.device(ns.to_device(x, cpu)) == cpu
    for made in (ns.zeros(2, device=cpu), ns.ones_like(x, device=cpu), ns.astype(x, ns.float64, device=cpu)):
        assert ns.device(made) == cpu
    assert tf.function(lambda x: tf.constant(ns.device(x)))(x).numpy() == b""


def test_unique_values():
    x = tf.constant([[3, 1], [3, 2]])
    values, first, inverse, counts = ns.unique_all(x)
    assert (values.numpy().tolist(), first.numpy().tolist(), counts.numpy().tolist()) == (
        [3, 1, 2],
        [0, 1, 3],
        [2, 1, 1],
    )
    assert ns.take(values, ns.reshape(inverse, (-1,))).numpy().tolist() == [3, 1, 3, 2]
    assert ns.unique_counts(x).counts.numpy().tolist() == [2, 1, 1]
    assert ns.unique_inverse(x).inverse_indices.shape == x.shape
    assert ns.unique_values(tf.constant([1j, 1, 1j, math.nan, math.nan])).shape == (4,)


@pytest.mark.parametrize("descending", [False, True])
def test_sorting_is_stable(descending):
    x = np.array([2, 1, 2, 1, 3, 1], np.uint16)
    order = np.argsort(-x.astype(int) if descending else x, stable=True)
    assert ns.argsort(tf.constant(x), descending=descending).numpy().tolist() == order.tolist()
    assert ns.sort(tf.constant(x), descending=descending).numpy().tolist() == x[order].tolist()
    assert ns.sort(tf.constant([True, False])).numpy().tolist() == [False, True]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_shifts_that_empty_a_number(dtype):
    x, by = np.array([1, np.iinfo(dtype).max, np.iinfo(dtype).min], dtype)[:, None], np.array([0, 7, 8, 100], dtype)
    for name in ("bitwise_left_shift", "bitwise_right_shift"):
        np.testing.assert_array_equal(getattr(ns, name)(tf.constant(x), tf.constant(by)), getattr(np, name)(x, by))


def test_repeats_in_an_array():
    assert ns.repeat(tf.constant([5, 6], tf.uint16), tf.constant([1, 2])).numpy().tolist() == [5, 6, 6]


def test_shapes():
    assert ns.broadcast_shapes((2, 1), (3,), ()) == (2, 3)
    assert ns.broadcast_shapes((None, 1), (1, 4)) == (None, 4)
    assert ns.broadcast_shapes() == ()
    assert ns.empty((2, 0)).shape == ns.empty_like(tf.zeros((2, 0))).shape == (2, 0)


def test_triangular_factors():
    x = gram(ns, tf.constant(Y))
    upper = ns.linalg.cholesky(x, upper=True)
    np.testing.assert_allclose(tf.transpose(upper) @ upper, x)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: ns.take(x, ns.asarray([0])),
        lambda x: ns.cumulative_sum(x),
        lambda x: ns.squeeze(x, 0),
        lambda x: ns.expand_dims(x, 5),
        lambda x: ns.expand_dims(x, (0, 0)),
        lambda x: ns.broadcast_shapes((2,), (3,)),
        lambda x: ns.linalg.cross(x[:, :2], x[:, :2]),
        lambda x: ns.vecdot(x, x[:, :1]),
        lambda x: ns.matmul(x, x[0, 0]),
        lambda x: ns.nonzero(x[0, 0]),
        lambda x: ns.flip(x, axis=2),
    ],
)
def test_what_the_standard_forbids_is_refused(wrong):
    with pytest.raises((ValueError, IndexError)):
        wrong(tf.constant(X))


@pytest.mark.parametrize("variable", [tf.Variable, keras.Variable])
def test_variables(variable):
    v = variable(np.array([[1.0, 2.0], [3.0, 5.0]], np.float32))
    x = tf.convert_to_tensor(v)
    for f in (ns.exp, ns.mean, ns.std, ns.any, ns.sort, ns.zeros_like, ns.linalg.inv, ns.asarray, ns.positive):
        np.testing.assert_array_equal(f(v), f(x))
        assert isinstance(f(v), tf.Tensor)
    for f in (ns.add, ns.logaddexp, ns.matmul, ns.vecdot, lambda a, b: ns.where(b > 2, a, b)):
        np.testing.assert_array_equal(f(v, x), f(x, x))
        np.testing.assert_array_equal(f(x, v), f(x, x))
    np.testing.assert_array_equal(ns.add(v, v), 2 * x)
    np.testing.assert_array_equal(ns.multiply(0.5, v), x / 2)
    np.testing.assert_array_equal(ns.full_like(v, 3.0), 3 * tf.ones_like(x))
    assert ns.astype(v, ns.float64).dtype == ns.float64


def test_nothing_is_patched():
    assert not hasattr(tf.Tensor, "__array_namespace__")
    with pytest.raises(tf.errors.InvalidArgumentError):  # as TensorFlow has it, without NumPy's behaviour
        tf.constant(1.0) + tf.constant(1.0, tf.float64)


class Recorder:
    """A namespace that notes what is asked of it."""

    def __init__(self, module, asked):
        self.module, self.asked = module, asked

    def __getattr__(self, name):
        self.asked.add(name)
        value = getattr(self.module, name)
        return Recorder(value, self.asked) if inspect.ismodule(value) else value


def test_every_function_is_tested_named_and_documented():
    asked = set()
    for case in CASES.values():
        case(Recorder(ns, asked), tf.constant(X), tf.constant(Y), tf.constant(I))
    in_tests_of_their_own = words(
        """__array_namespace_info__ broadcast_shapes can_cast device empty empty_like finfo from_dlpack iinfo
        isdtype result_type to_device unique_all unique_counts unique_inverse unique_values"""
    )
    for module in (ns, ns.linalg, ns.fft):
        functions = {n: getattr(module, n) for n in module.__all__ if inspect.isfunction(getattr(module, n))}
        assert functions.keys() <= asked | set(in_tests_of_their_own)
        for name, function in functions.items():
            assert function.__name__ == name
            assert function.__doc__


def test_autograph_leaves_the_functions_alone():
    callers = []

    class Probe:
        @property
        def dtype(self):
            callers.append(sys._getframe(1).f_code.co_filename)
            return tf.float32

    @tf.function
    def traced(x):
        ns.result_type(Probe())
        return x

    traced(tf.constant(1.0))
    assert callers == [ns.dtypes.__file__]
