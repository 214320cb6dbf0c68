"""Arrays of every kind into every term, cost, kernel and divergence: the right number, or a refusal by name."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from itertools import product
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from diptych import costs, kernels, term, typing
from diptych.divergences import Divergence, FDivergence, gaussian, lipschitz, mmd
from diptych.kernels import Kernel
from diptych.pairs import AllPairs, RowPairs

from . import toys
from .calls import CALLS, INPUTS, MODULES, RECORDS
from .libraries import DIALECT, NUMPY

Call = tuple[str, Callable[..., Any], dict[str, Any]]  # what it is, and a call of it by names
OPS = toys.ops(NUMPY.xp)


def arrays_of(f: Callable[..., Any]) -> dict[str, tuple[term.Form, bool]]:
    """The arguments of f that are arrays, by their annotations."""
    found = {name: term._form(parameter) for name, parameter in inspect.signature(f).parameters.items()}
    return {name: form[0] for name, form in found.items() if form}


TERMS = [f for f in CALLS if arrays_of(f)]


def taken(f: Callable[..., Any]) -> dict[str, Any]:
    """The arguments with which the first call of f in the table reaches it."""
    code, found = inspect.unwrap(f).__code__, list[dict[str, Any]]()

    def watch(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code is code:
            found.append({name: frame.f_locals[name] for name in inspect.signature(f).parameters})

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        CALLS[f][0](SimpleNamespace(**INPUTS), NUMPY.xp)
    finally:
        sys.setprofile(before)
    return found[0]


def of_records(record: Any) -> Iterator[Call]:
    """What a record computes of arrays, each by the names that its class gives them."""
    x, y = INPUTS["x"], INPUTS["x0"]
    match record:
        case Kernel():
            yield "k(x, y)", record, {"x": x, "y": y}
            yield "k(x)", record, {"x": x}
            yield "rows", record.rows, {"x": x, "y": y}
        case costs.Cost():
            assert record.matrix is not None
            yield "of", record.of, {"x": abs(x), "y": y}
            if record.domain == (0, 1):  # else the output is what it is
                yield "mean", record.mean, {"output": y}
            yield "matrix", record.matrix, {"x": x, "y": y}
        case Divergence() if record.critic_loss is None:  # of a critic, losses take what it says of the samples
            noise = SimpleNamespace(theta=INPUTS["theta"])
            yield "model_loss", record.model_loss, {"f": None, "p": x, "q": y, "noise": noise, "ops": OPS}


CASES: list[Any] = [pytest.param((f.__name__, f, {}), id=f.__name__) for f in TERMS]
CASES += [
    pytest.param((kind.__name__, kind, {"x": INPUTS["x"], "y": INPUTS["x0"]}), id=kind.__name__)
    for kind in (AllPairs, RowPairs)
]
CASES += [
    pytest.param((name, call, arguments), id=f"{maker.__name__}-{name}")
    for maker, record in RECORDS.items()
    for name, call, arguments in of_records(record)
]


def call_of(case: Call) -> tuple[Callable[..., Any], dict[str, Any], list[str]]:
    """A function of named arguments, those of a healthy call but for `xp`, and which of them are arrays."""
    _, f, arguments = case
    if arguments:
        arrays = [key for key, value in arguments.items() if isinstance(value, np.ndarray)]
        return lambda xp=None, **named: f(*named.values(), **({"xp": xp} if xp else {})), arguments, arrays
    arguments = {key: value for key, value in taken(f).items() if key != "xp"}
    return f, arguments, [name for name in arrays_of(f) if arguments[name] is not None]


def test_no_function_of_arrays_is_left_out() -> None:
    """Every public function that takes arrays is a term, and everything that makes a record has made one."""
    public = {f for module in MODULES for _, f in inspect.getmembers(module, inspect.isfunction)}
    names = {module.__name__ for module in MODULES}
    public = {f for f in public if f.__module__ in names and not f.__name__.startswith("_")}
    terms = {f for f in public if f.__code__.co_filename == term.__file__}
    assert terms == {f for f in public if arrays_of(f)} == set(TERMS)
    kinds = (Kernel, costs.Cost, Divergence, FDivergence)
    makers = {f for f in public if inspect.signature(f).return_annotation in kinds}
    assert makers == RECORDS.keys()
    parameters = [p for f in public for p in inspect.signature(f).parameters.values()]
    arguments = [p.name for p in parameters if p.annotation in (Any, typing.Array)]
    assert not arguments, "whatever may be an array is annotated as what it has to be"


REFUSED: dict[str, Callable[[np.ndarray], Any]] = {
    "uint8": lambda x: x.astype(np.uint8),
    "int64": lambda x: x.astype(np.int64),
    "bool": lambda x: x > 0,
    "float16": lambda x: x.astype(np.float16),
    "big-endian float16": lambda x: x.astype(">f2"),
    "bfloat16": lambda x: x.astype(ml_dtypes.bfloat16),
    "longdouble": lambda x: x.astype(np.longdouble),
    "complex": lambda x: x.astype(np.complex128),
    "object": lambda x: x.astype(object),
    "text": lambda x: x.astype(str),
    "masked": np.ma.asarray,
    "matrix": lambda x: np.asmatrix(np.reshape(x, (len(x), -1))),
    "list": lambda x: x.tolist(),
    "float": lambda x: 1.5,
    "NumPy's float16": lambda x: np.float16(1.5),
}


CONVERT = "must be a plain array of float32 or float64, got .*: convert it to float32 or float64"


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("case", CASES)
def test_a_refusal_names_the_argument(case: Call) -> None:
    """Whichever of the arrays it is, and whether or not the namespace is handed in."""
    f, arguments, arrays = call_of(case)
    spaces = [{}, {"xp": NUMPY.xp}] if "ops" not in arguments else [{}]
    for name, kind, space in product(arrays, REFUSED, spaces):
        with pytest.raises(ValueError, match=f"^{name} {CONVERT}"):
            f(**{**arguments, name: REFUSED[kind](arguments[name])}, **space)


@pytest.mark.parametrize("case", CASES)
def test_arrays_of_two_types_or_libraries(case: Call) -> None:
    f, arguments, (first, *others) = call_of(case)
    for other in others:
        with pytest.raises(ValueError, match=f"^{first} and {other} must be of one type, got float64 and float32"):
            f(**{**arguments, other: arguments[other].astype(np.float32)})
        if "ops" not in arguments:
            message = f"^{first} and {other} must be arrays of one library, got .*numpy and dialect"
            with pytest.raises(ValueError, match=message):
                f(**{**arguments, other: DIALECT.array(arguments[other])})


@pytest.mark.parametrize("f", TERMS)
def test_too_few_axes_or_rows(f: Callable[..., Any]) -> None:
    arguments = {key: value for key, value in taken(f).items() if key != "xp"}
    for name, (form, _) in arrays_of(f).items():
        if form.axes:
            with pytest.raises(ValueError, match=rf"^{name} must have its rows along a first axis, got shape \(\)"):
                f(**{**arguments, name: np.asarray(1.5)})
        if form.rows:
            with pytest.raises(ValueError, match=rf"^{name} must have at least 1 row, got shape \(0,"):
                f(**{**arguments, name: arguments[name][:0]})


def strided(x: np.ndarray) -> np.ndarray:
    """The same numbers, apart in memory and in another order of axes."""
    wide = np.full((*x.shape[::-1], 2), np.nan, x.dtype)
    wide[..., 0] = x.T
    return wide[..., 0].T


def closed(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.flags.writeable = False
    return x


def mapped(x: np.ndarray) -> np.ndarray:
    with TemporaryFile() as file:
        on_disk: Any = np.memmap(file, x.dtype, "w+", shape=x.shape)
        on_disk[...] = x
        return on_disk


TAKEN: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "strided": strided,
    "closed to writing": closed,
    "memory-mapped": mapped,
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_arrays_that_are_taken(function: Callable[..., Any], kind: str, dtype: str) -> None:
    """With the number of a plain copy, to the rounding of a sum in another order."""
    plain = {name: x.astype(dtype) for name, x in INPUTS.items()}
    odd = {name: TAKEN[kind](x) for name, x in plain.items()}
    for call in CALLS[function]:
        expected, value = call(SimpleNamespace(**plain), None), call(SimpleNamespace(**odd), None)
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(value, expected, rtol=16 * eps, atol=16 * eps)
        assert value.dtype.newbyteorder("=") == expected.dtype == dtype


def refusals_of(array: Callable[[np.ndarray], Any], kinds: dict[str, Callable[[Any], Any]]) -> None:
    """As above, in another library: every kind, and an array of NumPy's among its own."""
    for case in CASES:
        f, arguments, arrays = call_of(case.values[0])
        if "ops" in arguments:
            continue
        native = {key: array(value) if key in arrays else value for key, value in arguments.items()}
        for name, convert in product(arrays, kinds.values()):
            with pytest.raises(ValueError, match=f"^{name} {CONVERT}"):
                f(**{**native, name: convert(native[name])})
        for name in arrays[1:]:
            with pytest.raises(ValueError, match=f"^{arrays[0]} and {name} must be arrays of one library"):
                f(**{**native, name: arguments[name]})


@pytest.mark.torch
def test_torch_tensors() -> None:
    torch = importlib.import_module("torch")
    names = ("uint8", "int64", "bool", "float16", "bfloat16", "complex64")
    kinds = {name: lambda x, name=name: x.to(getattr(torch, name)) for name in names}
    kinds |= {"sparse": lambda x: x.to_sparse(), "mkldnn": lambda x: x.float().to_mkldnn()}
    refusals_of(torch.asarray, {**kinds, "list": lambda x: x.tolist()})
    for function, calls in CALLS.items():
        odd = {name: torch.asarray(strided(x)) for name, x in INPUTS.items()}
        for call in calls:
            value, expected = call(SimpleNamespace(**odd), None), call(SimpleNamespace(**INPUTS), None)
            np.testing.assert_allclose(value, expected, rtol=1e-14, atol=1e-14, err_msg=function.__name__)


@pytest.mark.torch
def test_terms_are_compiled_by_torch() -> None:
    """With the checks in them, whole, and with the namespace left out."""
    torch = importlib.import_module("torch")
    x, y = (torch.asarray(INPUTS[name]) for name in ("x", "x0"))
    kernel, cost = RECORDS[kernels.rational_quadratic], RECORDS[costs.l2_distance]

    def f(x: Any, y: Any) -> Any:
        made = costs.squared_l2().of(x, y)  # in the function itself, as objectives may
        return mmd.mmd2_unbiased(x, y, kernel) + torch.sum(cost.of(x, y)) + torch.sum(cost.matrix(x)) + made[0]

    compiled = torch.compile(f, fullgraph=True, backend="eager")
    assert compiled(x, y) == f(x, y)


@pytest.mark.keras
def test_tensors_of_tensorflow() -> None:
    tf = importlib.import_module("tensorflow")
    names = ("uint8", "int64", "bool", "float16", "bfloat16", "complex64")
    kinds = {name: lambda x, dtype=name: tf.cast(x, dtype) for name in names}
    kinds["list"] = lambda x: x.numpy().tolist()
    kinds["sparse"] = tf.sparse.from_dense
    kinds["ragged"] = lambda x: tf.RaggedTensor.from_row_splits(tf.reshape(x, [-1]), [0, tf.size(x)])
    kinds["slices"] = lambda x: tf.IndexedSlices(x, tf.range(len(x)))
    kinds["Keras's"] = lambda x: importlib.import_module("keras").Input(x.shape[1:], dtype=x.dtype)
    refusals_of(tf.constant, kinds)


ROW_BY_ROW: dict[str, Callable[[Any, Any], Any]] = {
    "a cost": lambda x, y: costs.l2_distance().of(x, y),
    "a mixture": lambda x, y: lipschitz.interpolate(x, y, x[:, :1]),
    "its weights": lambda x, y: lipschitz.interpolate(x, x, y[:, :1]),
    "two Gaussians": lambda x, y: gaussian.kl_diagonal(x, y, y, x),
    "a draw": lambda x, y: gaussian.reparametrise(x, x, y),
    "an estimator": lambda x, y: mmd.mmd2_h_form(x, y, RECORDS[kernels.rational_quadratic]),
}


@pytest.mark.keras
@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_one_row_is_not_broadcast_where_a_graph_knows_no_sizes(name: str) -> None:
    tf = importlib.import_module("tensorflow")
    f, kind = ROW_BY_ROW[name], tf.TensorSpec((None, 3), tf.float64)
    graph = tf.function(f, input_signature=[kind, kind], autograph=False)
    x = np.random.default_rng(0).standard_normal((6, 3))
    y = x[::-1].copy() + 1
    np.testing.assert_allclose(graph(x, y), f(tf.constant(x), tf.constant(y)), rtol=1e-14)
    for one in ((x, y[:1]), (x[:1], y)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="must have as many rows as"):
            graph(*one)
