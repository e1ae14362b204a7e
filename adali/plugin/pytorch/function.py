"""Functions of PyTorch tensors as operators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch.utils.dlpack

from adali import fn, ops

__all__ = ["TorchPythonFunction", "on_tensors", "torch_python_function"]


def on_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, plain or ``async def``, called with DLPack capsules or lists of them."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def asynchronous(*columns: Any) -> Any:
            return await function(*map(_tensors, columns))

        return asynchronous

    @functools.wraps(function)
    def plain(*columns: Any) -> Any:
        return function(*map(_tensors, columns))

    return plain


def _tensors(capsules: Any) -> Any:
    if isinstance(capsules, list):
        return [torch.utils.dlpack.from_dlpack(c) for c in capsules]
    return torch.utils.dlpack.from_dlpack(capsules)


class TorchPythonFunction(ops.DLTensorPythonFunction):
    """Calls a function, plain or ``async def``, with PyTorch tensors; an operator of the class API.

    Args:
        function: gets a tensor for each input, of one sample, and must not write into it; with ``batch_processing``
            lists of them. It returns a tensor, or a tuple of them for several outputs (with ``batch_processing``, of
            lists).
        num_outputs: how many outputs it has.
        device: "cpu" or "gpu".
        batch_processing: whether it is called once a batch rather than once a sample.
        kwargs: further arguments of :func:`adali.fn.dl_tensor_python_function`.
    """

    __signature__ = None  # that of __init__, and not the base's

    def __init__(
        self,
        function: Callable[..., Any],
        num_outputs: int = 1,
        device: str = "cpu",
        batch_processing: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            function=on_tensors(function),
            num_outputs=num_outputs,
            device=device,
            batch_processing=batch_processing,
            **kwargs,
        )


def torch_python_function(
    *inputs: Any,
    function: Callable[..., Any],
    num_outputs: int = 1,
    device: str | None = None,
    batch_processing: bool = False,
    **kwargs: Any,
) -> Any:
    """Call a function with PyTorch tensors; see :class:`TorchPythonFunction`."""
    if device is not None:
        kwargs["device"] = device
    return fn.dl_tensor_python_function(
        *inputs,
        function=on_tensors(function),
        num_outputs=num_outputs,
        batch_processing=batch_processing,
        **kwargs,
    )
