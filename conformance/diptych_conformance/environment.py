"""Where a run was made: versions, platform, threads."""

import os
import platform
import sys
from importlib.metadata import packages_distributions, version
from typing import Any

# What frameworks and their compilers read at their start.
THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TORCHINDUCTOR_COMPILE_THREADS",
)


def environment() -> dict[str, Any]:
    """Versions are those of every distribution that a loaded module belongs to."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    owners = {owner for module, found in packages_distributions().items() if module in loaded for owner in found}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
        "versions": {name: version(name) for name in sorted(owners, key=str.lower)},
    }
