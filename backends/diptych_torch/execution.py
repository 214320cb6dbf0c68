"""How a function of tensors runs: eagerly, or compiled as a whole."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import torch
from torch._dynamo.exc import TorchDynamoException

from diptych import checks
from diptych_torch.nets import Nets
from diptych_torch.surroundings import preserved_random_state

EXECUTIONS = ("eager", "compiled")


def check_execution(execution: str) -> None:
    """Raise ValueError for an execution that this backend does not have."""
    checks.choice("execution", execution, EXECUTIONS)


def executed(f: Callable[..., Any], execution: str, *, eager: Callable[..., Any], nets: Nets) -> Callable[..., Any]:
    """f, a function of (dicts of) tensors, under this execution; `eager` calls what f calls, and changes nothing.

    Where modules of the user's are among the `nets`, that is run once before anything is compiled: what they write
    into their inputs, a compiler hides.

    Compiled, nothing is recorded around f: derivatives inside it are function transforms, which do not need the
    tape, and its updates in place would not be allowed on it. What is compiled gets a code object of its own: code
    is cached by code object, and a few dozen trainers in a process would share one entry and its limit.

    Raises ValueError, when called, where the process has compilation switched off; and, as eagerly, where f does:
    the compiler says of a fault in f only that it cannot trace it.
    """
    check_execution(execution)
    if execution == "eager":
        return f

    def whole(*arguments: Any) -> Any:
        if not torch.compiler.is_compiling():
            raise ValueError(
                "compiled execution is switched off in this process, by TORCH_COMPILE_DISABLE, "
                "TORCHDYNAMO_DISABLE, torch.compiler.set_stance or a TorchDispatchMode around: switch it on, "
                "or take execution='eager'"
            )
        return f(*arguments)

    whole.__code__ = whole.__code__.replace()
    compiled: Callable[..., Any] = torch.compile(whole, fullgraph=True, dynamic=False)
    seen = not nets.native

    @torch.no_grad()
    def run(*arguments: Any) -> Any:
        nonlocal seen
        if not seen:
            with preserved_random_state(nets.device):
                eager(*deepcopy(arguments))
            seen = True
        try:
            with torch.autograd.set_detect_anomaly(False):  # it looks at values, which a tracer has not
                return compiled(*arguments)
        except torch.OutOfMemoryError:
            raise
        except (TorchDynamoException, RuntimeError) as error:  # the latter from function transforms, at their door
            eager(*arguments)  # where f itself is at fault, this says so
            raise ValueError(
                f'execution="compiled": PyTorch cannot compile this ({_said(error)}); execution="eager" runs it'
            ) from error

    return run


def _said(error: Exception) -> str:
    """What the compiler could not do, in a line."""
    inner = getattr(error, "inner_exception", error)
    if "TensorWrapper" in str(inner):  # one of a function transform, found outside of it
        return "a module keeps a tensor that it has computed, as an attribute"
    lines = (line.strip() for line in str(inner).splitlines())
    return next((line for line in lines if line), type(inner).__name__).rstrip(".")
