"""What users hand to the pipeline (arrays, tensors, lists of them, scalars), as arrays that the engine can use."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorCPU, TensorListCPU
from adali.data.buffers import host_array
from adali.operators.base import Array
from adali.types import DALI_TYPE_OF_DTYPE, DALIDataType

__all__ = ["UserBatch", "batch_of", "is_async_callable", "sample_of"]


class UserBatch:
    """A batch handed over by the user.

    Attributes:
        samples: one array a sample, all of one dtype and number of axes.
        layout: layout of a sample, if the data says.
        dtype: element type; None for an empty batch that has none.
    """

    __slots__ = ("dtype", "layout", "samples")

    def __init__(self, samples: list[Array], layout: str = "", dtype: DALIDataType | None = None) -> None:
        self.samples = samples
        self.layout = layout
        self.dtype = dtype


def sample_of(value: Any, *, copy: bool, scalars: bool = False) -> Array:
    """One sample as a packed array in native byte order.

    Args:
        value: a NumPy array or scalar, a TensorCPU, an object with the array interface, DLPack or the buffer protocol,
            or a DLPack capsule; with ``scalars`` also a Python bool, int (becomes int32) or float (float32).
        copy: whether the array must have memory of its own.

    Raises:
        TypeError: it is none of these, in device memory, or its elements have no DALIDataType.
        OverflowError: an int that does not fit into 32 bits.
    """
    if isinstance(value, TensorCPU):
        array: Array = value._array
    elif isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
    elif isinstance(value, (bool, int, float)):
        if not scalars:
            raise TypeError(f"expected an array, got the {type(value).__name__} {value!r}; wrap it in numpy.array()")
        kind = np.bool_ if isinstance(value, bool) else np.int32 if isinstance(value, int) else np.float32
        return np.array(value, kind)
    elif value is None or isinstance(value, (str, list, tuple, dict, TensorListCPU)):
        raise TypeError(f"expected an array, got {type(value).__name__}")
    else:
        try:
            array = host_array(value)
        except RuntimeError as e:
            raise TypeError(str(e)) from e
    dtype = array.dtype
    if not dtype.isnative:
        dtype = dtype.newbyteorder("=")
    if DALI_TYPE_OF_DTYPE.get(dtype, DALIDataType.PYTHON_OBJECT) is DALIDataType.PYTHON_OBJECT:
        raise TypeError(f"elements of type {array.dtype} have no DALIDataType")
    if copy:
        return np.array(array, dtype, order="C")
    return np.ascontiguousarray(array, dtype) if array.ndim else array.astype(dtype, copy=False)


def batch_of(data: Any, *, copy: bool) -> UserBatch:
    """A batch: an array or tensor whose first axis counts the samples, a list of samples, or a TensorListCPU.

    Raises:
        TypeError: it is none of these, or its samples differ in type or number of axes.
    """
    if isinstance(data, TensorListCPU):
        samples = [np.array(s, order="C") for s in data._samples] if copy else list(data._samples)
        return UserBatch(samples, data._layout, data._dtype if samples else None)
    if not isinstance(data, (list, tuple)):
        try:
            block = sample_of(data, copy=copy)
        except TypeError as e:
            raise TypeError(f"a batch is an array, a list of arrays or a TensorListCPU: {e}") from None
        if block.ndim == 0:
            raise TypeError("a batch is an array whose first axis counts the samples, but this one has no axes")
        dtype = data.dtype if isinstance(data, TensorCPU) else DALI_TYPE_OF_DTYPE[block.dtype]
        return UserBatch([block[i, ...] for i in range(len(block))], "", dtype)
    samples = []
    for i, item in enumerate(data):
        try:
            samples.append(sample_of(item, copy=copy))
        except TypeError as e:
            raise TypeError(f"sample {i} of the batch: {e}") from None
    check_alike(samples)
    if not samples:
        return UserBatch(samples)
    first = data[0]
    if isinstance(first, TensorCPU):
        return UserBatch(samples, first._layout, first.dtype)
    return UserBatch(samples, "", DALI_TYPE_OF_DTYPE[samples[0].dtype])


def check_alike(samples: list[Array]) -> None:
    """Check that samples can be one batch.

    Raises:
        TypeError: two differ in type or number of axes.
    """
    for i, sample in enumerate(samples):
        first = samples[0]
        if sample.dtype != first.dtype:
            raise TypeError(f"sample {i} of the batch has elements of type {sample.dtype}, sample 0 of {first.dtype}")
        if sample.ndim != first.ndim:
            raise TypeError(f"sample {i} of the batch has {sample.ndim} axes, sample 0 has {first.ndim}")


def is_async_callable(function: Any) -> bool:
    """Whether calling it gives a coroutine: an ``async def`` function or method, or an object with such a call."""
    import inspect

    return inspect.iscoroutinefunction(function) or (
        not inspect.isroutine(function) and inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004
    )
