"""What ``adali.ops`` holds besides the classes of operators: ``Compose`` and the lists of operators by device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adali.graph.node import DataNode
from adali.graph.schema import registry

__all__ = ["Compose", "cpu_ops", "gpu_ops", "mixed_ops"]


class Compose:
    """Operators, or any callables, one behind another, to be called like one: ``Compose([f, g])(x)`` is ``g(f(x))``.

    All outputs of one are the inputs of the next. What goes from a CPU operator to a GPU operator is copied there.
    """

    def __init__(self, op_list: Sequence[Callable[..., Any]]) -> None:
        """Chain the operators.

        Args:
            op_list: instances of classes of ``adali.ops``, or functions of nodes; at least one.

        Raises:
            ValueError: the list is empty.
            TypeError: one of them cannot be called.
        """
        if not op_list:
            raise ValueError("Compose needs at least one operator")
        for k, op in enumerate(op_list):
            if not callable(op):
                raise TypeError(f"Compose takes operators and functions, got {op!r} at place {k}")
        self._op_list = list(op_list)

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Add the operators to the graph; the first gets the keyword arguments. Returns the outputs of the last."""
        outputs: Any = inputs
        for op in self._op_list:
            given = outputs if isinstance(outputs, (list, tuple)) else (outputs,)
            if getattr(op, "device", "cpu") == "gpu":
                given = [x.gpu() if isinstance(x, DataNode) else x for x in given]
            outputs, kwargs = op(*given, **kwargs), {}
        return outputs


def _names(device: str) -> set[str]:
    return {
        each
        for name in registry
        if device in registry[name][0].devices
        for each in (name, *registry[name][0].legacy)
        if not name.startswith(("_", "test__"))
    }


def cpu_ops() -> set[str]:
    """Schema names, current and legacy, of the operators that run on the CPU."""
    return _names("cpu")


def gpu_ops() -> set[str]:
    """Schema names, current and legacy, of the operators that have a GPU variant."""
    return _names("gpu")


def mixed_ops() -> set[str]:
    """Schema names, current and legacy, of the operators that go from the CPU to the GPU."""
    return _names("mixed")
