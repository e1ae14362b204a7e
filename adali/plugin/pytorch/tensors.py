"""adali's containers as PyTorch tensors, and back."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import torch

from adali.data import TensorCPU
from adali.types import DALIDataType

__all__ = ["dense", "feed_ndarray", "samples", "to_torch_type"]

#: Element types that both have.
to_torch_type: dict[DALIDataType, Any] = {
    DALIDataType.BOOL: torch.bool,
    DALIDataType.UINT8: torch.uint8,
    DALIDataType.UINT16: torch.uint16,
    DALIDataType.UINT32: torch.uint32,
    DALIDataType.UINT64: torch.uint64,
    DALIDataType.INT8: torch.int8,
    DALIDataType.INT16: torch.int16,
    DALIDataType.INT32: torch.int32,
    DALIDataType.INT64: torch.int64,
    DALIDataType.FLOAT16: torch.float16,
    DALIDataType.FLOAT: torch.float32,
    DALIDataType.FLOAT64: torch.float64,
}


def as_torch(tensor: Any) -> torch.Tensor:
    """A tensor that shares the memory of a TensorCPU or TensorGPU; of read-only memory, a copy.

    On a GPU the work that makes the tensor's contents comes before whatever torch's current stream does next; the host
    does not wait.
    """
    if isinstance(tensor, TensorCPU) and not tensor._array.flags.writeable:
        return torch.from_numpy(np.array(tensor._array))
    return torch.from_dlpack(tensor)


def dense(batch: Any) -> torch.Tensor:
    """A batch as one tensor of shape (samples, *sample shape).

    Raises:
        RuntimeError: the samples differ in shape.
    """
    return as_torch(batch.as_tensor())


def samples(batch: Any) -> list[torch.Tensor]:
    """A batch as one tensor a sample."""
    return [as_torch(sample) for sample in batch]


def feed_ndarray(dali_tensor: Any, arr: torch.Tensor, cuda_stream: Any = None) -> torch.Tensor:
    """Copy a tensor, or a batch of equally shaped samples, into a PyTorch tensor.

    Args:
        dali_tensor: a TensorCPU, TensorGPU, TensorListCPU or TensorListGPU.
        arr: where to; of the same shape and element type, strided as you like.
        cuda_stream: CUDA stream of the copy, where device memory is involved; torch's current one by default.

    Returns:
        ``arr``.

    Raises:
        ValueError: shape or element type differ.
        RuntimeError: the samples of a batch differ in shape.
    """
    tensor = dali_tensor.as_tensor() if hasattr(dali_tensor, "as_tensor") else dali_tensor
    if list(tensor.shape()) != list(arr.shape):
        raise ValueError(f"the shapes differ: {tuple(tensor.shape())} cannot be copied into {tuple(arr.shape)}")
    if to_torch_type.get(tensor.dtype) != arr.dtype:
        raise ValueError(f"the element types differ: {tensor.dtype} cannot be copied into {arr.dtype}")
    with _on_stream(cuda_stream, arr):
        arr.copy_(as_torch(tensor), non_blocking=True)
    return arr


def _on_stream(stream: Any, arr: torch.Tensor) -> Any:
    if stream is None or not arr.is_cuda:
        return contextlib.nullcontext()
    if not isinstance(stream, torch.cuda.Stream):
        pointer = getattr(stream, "ptr", stream)  # CuPy's streams, ctypes pointers, integers
        stream = torch.cuda.ExternalStream(int(getattr(pointer, "value", pointer) or 0))
    return torch.cuda.stream(stream)
