"""Features of a user's own: a function by its name, or a model in a file, which is code and runs as such.

Both are named by who asks for them, on the command line or in Python, and never by a file that is read. Frameworks
are imported by name and only for a file of their own: the lab depends on none.
"""

import importlib
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from diptych.suggestion import suggestion
from diptych_lab.imported import imported
from diptych_lab.paths import expanded
from diptych_lab.reading import reason

Function = Callable[[np.ndarray], Any]
TORCH_SCRIPT = (".pt", ".pth", ".ts")


def text(features: Any, known: Sequence[str]) -> str:
    """`features` as a name or a path. Raises ValueError for what is neither, nor a function."""
    if not isinstance(features, str | os.PathLike) or not os.fspath(features):
        raise ValueError(f"features must be {', '.join(known)}, a file, or a function of rows, got {features!r}")
    return os.fsdecode(features)


def function(name: str, known: Sequence[str]) -> tuple[Function, str]:
    """What `name` names, as a function of rows, and an identity; '' of a function.

    Raises ValueError or ImportError where there is none, with what was meant.
    """
    path = expanded(name)
    if path.exists() or path.suffix in (*TORCH_SCRIPT, ".onnx"):
        return _of_file(path), _identity(path)
    module, colon, attribute = name.partition(":")
    if not colon or not attribute or not module.replace(".", "_").isidentifier():
        raise ValueError(f"unknown features {name!r}{suggestion(name, [*known, 'package.module:function'])}")
    return imported("features", name), ""


def _of_file(path: Path) -> Function:
    if path.is_dir() and (path / "saved_model.pb").is_file():
        return _saved_model(path)
    if not path.is_file():
        there = "no SavedModel is in it" if path.is_dir() else "no such file"
        raise FileNotFoundError(f"features {path}: {there}")
    if path.suffix in TORCH_SCRIPT:
        return _torch_script(path)
    if path.suffix == ".onnx":
        return _onnx(path)
    raise ValueError(
        f"features {path}: not a model that is read: TorchScript ({', '.join(TORCH_SCRIPT)}), .onnx, or the "
        "folder of a SavedModel"
    )


def _torch_script(path: Path) -> Function:
    torch = _needed("torch", path, "diptych[torch]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of torch.jit, whose files they are
        try:
            module = torch.jit.load(str(path), map_location="cpu").eval()
        except RuntimeError as error:
            raise ValueError(f"features {path}: {str(error).splitlines()[0]}") from error

    def features(rows: np.ndarray) -> Any:
        with torch.no_grad():
            return module(torch.tensor(rows)).numpy()

    return features


def _saved_model(path: Path) -> Function:
    tensorflow = _needed("tensorflow", path, "diptych[keras]")
    signatures = tensorflow.saved_model.load(str(path)).signatures
    if "serving_default" not in signatures:
        raise ValueError(f"features {path}: it has no signature serving_default; model.export(FOLDER) makes one")
    serve = signatures["serving_default"]
    (given,) = serve.structured_input_signature[1]

    def features(rows: np.ndarray) -> Any:
        (found,) = serve(**{given: tensorflow.constant(rows)}).values()
        return found

    return features


def _onnx(path: Path) -> Function:
    runtime = _needed("onnxruntime", path, "diptych[onnx]")
    try:
        session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own, of no common kind
        raise ValueError(f"features {path}: {reason(error)}") from error
    given = session.get_inputs()[0].name
    return lambda rows: session.run(None, {given: rows})[0]


def _needed(name: str, path: Path, distribution: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f'features {path} needs {name}: python -m pip install "{distribution}"') from error


def _identity(path: Path) -> str:
    """A hash of the file, or of all files of the folder."""
    digest = blake2b(digest_size=16)
    for file in [path] if path.is_file() else sorted(_files(path)):
        digest.update(f"{file.relative_to(path.parent)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
