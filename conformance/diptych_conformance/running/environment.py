"""When, where and of what a run was made: versions, the spec's hash, platform, threads."""

import hashlib
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import diptych

# What frameworks and their compilers read at their start.
THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TORCHINDUCTOR_COMPILE_THREADS",
)
# NVIDIA's libraries read it: at 0, float32 products keep the 24 bits of their factors, and not 11 (TF32).
TF32 = "NVIDIA_TF32_OVERRIDE"


def environment() -> dict[str, Any]:
    """Versions are those of every distribution that a loaded module belongs to."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    owners = {owner for module, found in packages_distributions().items() if module in loaded for owner in found}
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "suite": version("diptych"),
        "spec": spec_hash(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "threads": {name: os.environ[name] for name in THREADS if name in os.environ},
        "tf32_override": os.environ.get(TF32, "not set"),
        "versions": {name: version(name) for name in sorted(owners, key=str.lower)},
    }


def spec_hash(root: Path = Path(diptych.__file__).parent) -> str:
    """sha256, in hex, over the path and the text of every .py file below `root`, sorted; line ends are \\n."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()
