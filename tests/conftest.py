"""POT looks for every framework when it is imported; the tests want it on NumPy alone."""

import os

for framework in ("PYTORCH", "TENSORFLOW", "JAX", "CUPY"):
    os.environ.setdefault(f"POT_BACKEND_DISABLE_{framework}", "1")
