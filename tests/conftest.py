"""POT looks for every framework when it is imported; the tests want it on NumPy alone. Experiments are found."""

import os
import sys
from pathlib import Path

for framework in ("PYTORCH", "TENSORFLOW", "JAX", "CUPY"):
    os.environ.setdefault(f"POT_BACKEND_DISABLE_{framework}", "1")

sys.path.append(str(Path(__file__).parents[1]))  # last: what is installed comes first
