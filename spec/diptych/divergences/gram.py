"""A kernel that anybody may have written, held to the matrix that it owes: a mean would take any shape."""

from typing import Any

from diptych.typing import Array, KernelFunction, Namespace


def checked(kernel: KernelFunction) -> KernelFunction:
    """The kernel, of which a call raises ValueError unless it gives (m, n), as far as a graph knows the numbers.

    ValueError for what cannot be called, and in the call where it takes no `xp`.
    """
    if not callable(kernel):
        got = repr(kernel) if kernel is None or isinstance(kernel, str) else type(kernel).__name__
        raise ValueError(f"a kernel is a function k(x, y=None, *, xp=None), such as rbf([1.0]), got {got}")

    def gram(x: Array, y: Array | None = None, *, xp: Namespace) -> Array:
        try:
            matrix = kernel(x, xp=xp) if y is None else kernel(x, y, xp=xp)
        except TypeError as error:
            if "'xp'" not in str(error):
                raise
            raise ValueError(f"a kernel is a function k(x, y=None, *, xp=None); this one: {error}") from error
        wanted = (x.shape[0], (x if y is None else y).shape[0])
        if not _fits(shape := getattr(matrix, "shape", None), wanted):
            got = type(matrix).__name__ if shape is None else tuple(shape)
            raise ValueError(f"a kernel must give one number for each pair of rows, shape {wanted}, got {got}")
        return matrix

    return gram


def _fits(shape: Any, wanted: tuple[Any, Any]) -> bool:
    """Has it these two sides, where both are known?"""
    if shape is None or len(shape) != 2:
        return False
    return all(side is None or n is None or side == n for side, n in zip(shape, wanted, strict=True))
