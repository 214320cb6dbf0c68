"""POT looks for every framework when it is imported; the tests want it on NumPy alone. Experiments are found."""

import os
import sys
from pathlib import Path

import pytest

for framework in ("PYTORCH", "TENSORFLOW", "JAX", "CUPY"):
    os.environ.setdefault(f"POT_BACKEND_DISABLE_{framework}", "1")

sys.path.append(str(Path(__file__).parents[1]))  # last: what is installed comes first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: one that came last would leave the other workers idle."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
