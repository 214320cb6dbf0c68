"""Which Array API namespace serves these arrays?

array-api-compat answers for NumPy, PyTorch, JAX, CuPy, Dask and whatever carries `__array_namespace__`. Anything
else, TensorFlow first, is found through the entry-point group ``diptych.namespaces``: the entry's name is the
root module of the array's type (``tensorflow``), its value the namespace (``diptych_keras.namespace``), which may
say in ``ARRAYS`` which types of that module are arrays. No array class is patched. Which of a library's arrays a
term takes is said in `term`.
"""

from typing import Any

import array_api_compat
import numpy as np

from diptych.typing import Array, Namespace

_GROUP = "diptych.namespaces"
_served: dict[type, Any] = {}  # array type -> namespace: a pure cache, what it holds never depends on order


def array_namespace(*arrays: Any) -> Namespace:
    """The one namespace of `arrays`; Python scalars and None are passed over.

    Raises TypeError where there is no array, where no namespace serves a type, or where two of them differ.
    """
    found: Any = None
    for array in arrays:
        if array is None or (isinstance(array, bool | int | float | complex) and not isinstance(array, np.generic)):
            continue  # np.float64 is a float too, but one that NumPy's reductions return for a 0-d array
        xp = _namespace(array)
        if found is not None and xp is not found:
            raise TypeError(f"arrays of different libraries: {found.__name__} and {xp.__name__}")
        found = xp
    if found is None:
        raise TypeError("no array among the arguments: cannot tell which namespace to use")
    namespace: Namespace = found
    return namespace


def held(x: Array, xp: Namespace) -> Array:
    """x, whose derivative cancels where this is called: not computed where a namespace can `detach` an array."""
    detach = getattr(xp, "detach", None)
    return detach(x) if detach else x


def _namespace(array: Any) -> Any:
    kind = type(array)
    if kind.__module__.partition(".")[0] == "torch":
        import array_api_compat.torch as xp  # a statement: PyTorch's compiler can trace it, and no search

        if isinstance(array, xp.Tensor):
            return xp
    return _served[kind] if kind in _served else _find(array)


def _find(array: Any) -> Any:
    from importlib.metadata import entry_points  # here, for it takes as long as much of this package

    kind = type(array)
    roots = {base.__module__.partition(".")[0] for base in kind.__mro__}
    for entry in entry_points(group=_GROUP):
        if entry.name in roots:
            found = entry.load()
            if not issubclass(kind, getattr(found, "ARRAYS", kind)):  # a sparse tensor, say
                break
            _served[kind] = found
            return found
    try:
        _served[kind] = array_api_compat.array_namespace(array)
    except TypeError as error:
        raise TypeError(
            f"no Array API namespace serves {kind.__module__}.{kind.__name__}; the package that "
            f"provides one registers it under the entry-point group {_GROUP!r}"
        ) from error
    return _served[kind]
