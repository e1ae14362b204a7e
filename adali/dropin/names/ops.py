"""What ``nvidia.dali.ops`` has besides the operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import adali.operators as _operators  # noqa: F401  (fills the registry)
from adali.errors import ArgumentError
from adali.graph.frontend import names
from adali.graph.node import DataNode

__all__ = ["Compose", "cpu_ops", "gpu_ops", "mixed_ops"]


def _with_device(device: str) -> set[str]:
    return {name for name, schema in names() if device in schema.devices and not name.split("__")[-1].startswith("_")}


def cpu_ops() -> set[str]:
    """Names of the operators that run on the CPU."""
    return _with_device("cpu")


def gpu_ops() -> set[str]:
    """Names of the operators that run on the GPU."""
    return _with_device("gpu")


def mixed_ops() -> set[str]:
    """Names of the operators that take data from the CPU to the GPU."""
    return _with_device("mixed")


class Compose:
    """Operators that run one after another: ``Compose([decode, resize])(files)``.

    Each is called with the outputs of the one before it, which are copied to the GPU for one that runs there.

    Raises:
        TypeError: something in the list cannot be called.
    """

    def __init__(self, op_list: Sequence[Callable[..., Any]]) -> None:
        for op in op_list:
            if not callable(op):
                raise ArgumentError(f"Compose takes operators, got {op!r}")
        self._ops = list(op_list)

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Call the first operator with the inputs and the keyword arguments, each other one with what came out."""
        outputs: Any = inputs
        for op in self._ops:
            given = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
            if getattr(op, "device", "cpu") == "gpu":
                given = [x.gpu() if isinstance(x, DataNode) else x for x in given]
            outputs, kwargs = op(*given, **kwargs), {}
        return outputs
