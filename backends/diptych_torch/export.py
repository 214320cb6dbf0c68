"""A function of networks as a file that runs without diptych: PyTorch's exported program, or ONNX.

An exported program (``.pt2``) is a graph in JSON beside the tensors' bytes; TorchScript, which PyTorch gives up, is
pickled, and not written.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from diptych import checks
from diptych.named import Named
from diptych.typing import Shape
from diptych_torch.autodiff import FunctionOps
from diptych_torch.nets import Nets

# Where in the source a node is from: paths of this machine.
_TRACES = ("stack_trace", "nn_module_stack", "source_fn_stack", "torch_fn", "from_node")


class _Function(nn.Module):
    """f of these networks as a module of one input."""

    def __init__(self, f: Callable[..., Tensor], nets: Nets) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(nets.modules)
        self.f = f

    def forward(self, x: Tensor) -> Tensor:
        return self.f(Named(dict(self.networks.items())), x, FunctionOps({}))


def export(f: Callable[..., Any], nets: Nets, event: Shape, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """As `diptych.protocol.HasExport` has it. ImportError where ONNX is asked for and its packages are missing."""
    ending = checks.choice("the ending", path.suffix, (".pt2", ".onnx"))
    function = _Function(f, nets).eval()
    example = torch.zeros((2, *event), dtype=nets.dtype, device=nets.device)
    with _quiet(), torch.no_grad():
        rows = {0: torch.export.Dim("n", min=1)}
        program: Any = torch.export.export(function, (example,), dynamic_shapes=(rows,))
        for node in program.graph.nodes:
            for key in _TRACES:
                node.meta.pop(key, None)
        return _as_onnx(program, path) if ending == ".onnx" else _as_program(program, path)


def _as_program(program: Any, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    torch.export.save(program, path)
    loaded = torch.export.load(path).module()

    def call(x: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            found: np.ndarray = loaded(torch.from_numpy(x)).numpy()
        return found

    return call


def _as_onnx(program: Any, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    try:
        import onnx.reference  # here: an extra
        import onnxscript  # noqa: F401 (torch needs it)
    except ImportError as error:
        raise ImportError(f'to write ONNX takes an extra, pip install "diptych[onnx]" ({error})') from error
    found = torch.onnx.export(
        program, dynamo=True, verbose=False, input_names=["x"], output_names=["y"], external_data=False
    )
    assert found is not None
    found.save(path, external_data=False)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    evaluator = onnx.reference.ReferenceEvaluator(model)

    def call(x: np.ndarray) -> np.ndarray:
        (found,) = evaluator.run(None, {"x": x})
        return np.asarray(found)

    return call


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch's exporters say of their own parts."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
