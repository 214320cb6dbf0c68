"""How a function of tensors runs: eagerly, or compiled as a whole."""

import re
from ast import literal_eval
from collections.abc import Callable
from typing import Any

import torch

EXECUTIONS = ("eager", "compiled")


def check_execution(execution: str) -> None:
    if execution not in EXECUTIONS:
        raise ValueError(f"execution must be one of {EXECUTIONS}, got {execution!r}")


def executed(f: Callable[..., Any], execution: str) -> Callable[..., Any]:
    """f, a function of (dicts of) tensors, under this execution.

    Compiled, nothing is recorded around f: derivatives inside it are function transforms, which do not need the
    tape, and its updates in place would not be allowed on it. What is compiled gets a code object of its own: code
    is cached by code object, and a few dozen trainers in a process would share one entry and its limit.

    Raises ValueError, when called, where the process has compilation switched off; and, as eagerly, where f does.
    """
    check_execution(execution)
    if execution == "eager":
        return f

    def whole(*arguments: Any) -> Any:
        if not torch.compiler.is_compiling():
            raise ValueError(
                "compiled execution is switched off in this process, by TORCH_COMPILE_DISABLE, TORCHDYNAMO_DISABLE "
                "or torch.compiler.set_stance: switch it on, or take execution='eager'"
            )
        return f(*arguments)

    whole.__code__ = whole.__code__.replace()
    compiled: Callable[..., Any] = torch.no_grad()(torch.compile(whole, fullgraph=True, dynamic=False))

    def run(*arguments: Any) -> Any:
        try:
            with torch.autograd.set_detect_anomaly(False):  # it looks at values, which a tracer has not
                return compiled(*arguments)
        except torch._dynamo.exc.Unsupported as error:
            raised = re.search(r"raised exception ValueError\((['\"].*['\"])\)", str(error))
            if raised is None:
                raise
            raise ValueError(literal_eval(raised[1])) from error

    return run
