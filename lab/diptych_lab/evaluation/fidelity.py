"""Features of a model of torch-fidelity, ``torch-fidelity:NAME``: Inception, DINOv2, CLIP, or one registered.

The user has torch-fidelity installed, and the weights where `torch.hub` keeps them. Nothing is downloaded: what
would be is refused, with its address. The layer is the one that torch-fidelity takes for the Fréchet distance.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any
from urllib.error import URLError

import numpy as np

from diptych.suggestion import suggestion
from diptych_lab.reading import reason

PREFIX = "torch-fidelity:"
ROWS = 50  # at once: such networks see each image at 224 or 299 pixels a side


def function(name: str) -> tuple[Callable[[np.ndarray], np.ndarray], str]:
    """The model of that name as a function of images (n, h, w, 1 or 3) in [0, 1], and an identity by its weights.

    Images are rounded to 256 levels, which is what these models take; what is outside of [0, 1] is cut off there.
    Raises ImportError where torch-fidelity is not installed, and ValueError for a name that it does not know and
    where the weights are not on this machine.
    """
    try:
        registry = importlib.import_module("torch_fidelity.registry").FEATURE_EXTRACTORS_REGISTRY
    except ImportError as error:
        raise ImportError(f"features {name} needs torch-fidelity: python -m pip install torch-fidelity") from error
    own = name.removeprefix(PREFIX)
    if own not in registry:
        raise ValueError(f"features {name}: torch-fidelity has no model {own!r}{suggestion(own, registry)}")
    kind, torch = registry[own], importlib.import_module("torch")
    layer = kind.get_default_feature_layer_for_metric("fid")
    with _nothing_downloaded(torch.hub) as refused:
        try:
            model = kind(own, [layer]).eval().requires_grad_(False)
        except Exception as error:  # of a model or of what reads its weights: of any kind
            if not refused:
                raise ValueError(f"features {name} cannot be made: {reason(error)}") from error
            raise ValueError(
                f"features {name}: its weights are not on this machine, and diptych downloads nothing; make the "
                f"model once by torch-fidelity itself, which takes {refused[0]} to {torch.hub.get_dir()}"
            ) from error

    def features(rows: np.ndarray) -> np.ndarray:
        images = torch.from_numpy(_as_bytes(name, rows))
        parts = [model(images[start : start + ROWS])[0].flatten(1) for start in range(0, len(rows), ROWS)]
        return np.asarray(torch.cat(parts).double().numpy())

    return features, _identity(layer, model.state_dict())


def _as_bytes(name: str, rows: np.ndarray) -> np.ndarray:
    """(n, h, w, 1 or 3) in [0, 1] as bytes (n, 3, h, w)."""
    if rows.ndim != 4 or rows.shape[-1] not in (1, 3):
        raise ValueError(f"{name} takes images (n, h, w, 1 or 3), got rows of shape {rows.shape[1:]}")
    levels = np.rint(255 * np.clip(rows, 0, 1)).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(np.broadcast_to(levels, (*rows.shape[:-1], 3)), -1, 1))


@contextmanager
def _nothing_downloaded(hub: Any) -> Iterator[list[str]]:
    """`torch.hub` opens no address meanwhile; the addresses that it would have opened."""
    refused: list[str] = []

    def refuse(request: Any, *_: Any, **__: Any) -> None:
        refused.append(getattr(request, "full_url", request))
        raise URLError("nothing is downloaded")

    opens = hub.urlopen
    hub.urlopen = refuse
    try:
        yield refused
    finally:
        hub.urlopen = opens


def _identity(layer: str, tensors: Any) -> str:
    """A hash of the layer's name and of the weights."""
    digest = blake2b(layer.encode(), digest_size=16)
    for name, tensor in tensors.items():
        array = tensor.cpu().numpy()
        digest.update(f"\0{name}\0{array.dtype}\0{array.shape}\0".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
