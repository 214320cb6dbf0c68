"""The oracle's namespace: array-api-compat's NumPy, with functions replaced that a complex step does not pass."""

from typing import Any

import array_api_compat.numpy as compat
import numpy as np

from diptych_conformance.references.oracle import linalg as linalg
from diptych_conformance.references.oracle.dual import Dual

own_arrays = True  # complex and dual numbers come by, which no term takes elsewhere


def __getattr__(name: str) -> Any:
    return getattr(compat, name)


def log1p(z: Any) -> Any:
    """log(1 + z) for 1 + Re z > 0, with a real part that stays exact near 0: NumPy's of a complex z does not."""
    if isinstance(z, Dual):
        return Dual(log1p(z.value), z.tangent / (1 + z.value))
    if not np.iscomplexobj(z):
        return np.log1p(z)
    w = z.imag / (1 + z.real)  # 1 + z = (1 + Re z) (1 + i w)
    return np.log1p(z.real) + 0.5 * np.log1p(w * w) + 1j * np.arctan(w)
