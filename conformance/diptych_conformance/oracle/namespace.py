"""NumPy as the oracle uses it: array-api-compat's, but for a linear algebra that complex steps pass through."""

from typing import Any

import array_api_compat.numpy as compat

from diptych_conformance.oracle import linalg as linalg


def __getattr__(name: str) -> Any:
    return getattr(compat, name)
