"""Memory that comes from outside and memory that is written outside: the borders of the containers."""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from adali.types import DALI_TYPE_OF_DTYPE, DALIDataType, TensorLayout

AnyArray: TypeAlias = npt.NDArray[Any]

# DLPack device types (dlpack.h): host memory, CUDA memory, page-locked host memory, CUDA managed memory.
DL_CPU, DL_CUDA, DL_CUDA_HOST, DL_CUDA_MANAGED = 1, 2, 3, 13


class SampleIndexError(IndexError, RuntimeError):
    """`at(i)` beyond the batch. A RuntimeError, as scripts written for DALI expect, and an IndexError."""


class CapsuleHolder:
    """Gives a bare DLPack capsule the methods that consumers of DLPack ask for."""

    def __init__(self, capsule: Any, device: tuple[int, int]) -> None:
        self._capsule = capsule
        self._device = device

    def __dlpack__(self, **_: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device


class _HostMemory:
    """A piece of somebody else's host memory, as NumPy can wrap it."""

    def __init__(self, address: int, nbytes: int) -> None:
        self.__array_interface__ = {
            "version": 3,
            "data": (address, False),
            "shape": (nbytes,),
            "typestr": "|u1",
        }


def is_capsule(obj: object) -> bool:
    return type(obj).__name__ == "PyCapsule"


def check_layout(layout: str | None, ndim: int, owner: str) -> TensorLayout:
    """`layout` as a `TensorLayout`; `TypeError` for no string, `ValueError` if its length is not `ndim`."""
    if layout is None:
        return TensorLayout("")
    if not isinstance(layout, str):
        raise TypeError(f"A layout is a str or None, got {type(layout).__name__}.")
    if layout and len(layout) != ndim:
        raise ValueError(
            f'The layout "{layout}" names {len(layout)} axes but the {owner} has {ndim}; '
            "a layout that is not empty needs one letter for each axis."
        )
    return TensorLayout(layout)


def check_dense(shape: Sequence[int], strides: Sequence[int] | None, itemsize: int) -> None:
    """Raise `RuntimeError` unless memory of this shape is packed in row-major order without gaps."""
    if strides is None or 0 in shape:
        return
    expected = itemsize
    for axis in range(len(shape) - 1, -1, -1):
        if shape[axis] != 1 and strides[axis] != expected:
            raise RuntimeError(
                f"Strided data is not supported: axis {axis} has a stride of {strides[axis]} bytes where a "
                f"packed array of shape {tuple(shape)} has {expected}. Pass numpy.ascontiguousarray(...)."
            )
        expected *= shape[axis]


def element_type(dtype: Any) -> DALIDataType:
    """The `DALIDataType` of a NumPy dtype; `RuntimeError` if none stands for it."""
    found = DALI_TYPE_OF_DTYPE.get(dtype)
    if found is None:
        raise RuntimeError(f"No DALIDataType stands for elements of type {dtype} ({dtype.str}).")
    return found


def host_array(obj: Any) -> AnyArray:
    """`obj` as a packed NumPy array that shares its memory.

    `obj` is a NumPy array or scalar, a DLPack capsule, or an object with the array interface, DLPack or
    the buffer protocol.

    Raises `TypeError` if it is none of them or its memory is on a device, and `RuntimeError` for strided
    memory and for element types that no `DALIDataType` stands for.
    """
    array = _wrap(obj)
    if DALI_TYPE_OF_DTYPE.get(array.dtype, DALIDataType.PYTHON_OBJECT) is DALIDataType.PYTHON_OBJECT:
        raise RuntimeError(f"No DALIDataType stands for elements of type {array.dtype.str!r} ({array.dtype}).")
    if not array.flags.c_contiguous:
        check_dense(array.shape, array.strides, array.itemsize)
    return array


def _wrap(obj: Any) -> AnyArray:
    if isinstance(obj, (np.ndarray, np.generic)):
        return np.asarray(obj)
    if is_capsule(obj):
        return from_dlpack(CapsuleHolder(obj, (DL_CPU, 0)))
    if hasattr(obj, "__array_interface__"):
        return np.asarray(obj)
    if hasattr(obj, "__cuda_array_interface__"):
        raise TypeError(f"{type(obj).__name__} holds device memory; wrap it in a TensorGPU.")
    if hasattr(obj, "__dlpack__"):
        return from_dlpack(obj)
    try:
        view = memoryview(obj)
    except TypeError:
        raise TypeError(
            f"Expected an array, an object with the buffer protocol, the array interface or DLPack, "
            f"or a DLPack capsule; got {type(obj).__name__}."
        ) from None
    return np.asarray(view)


def from_dlpack(obj: Any) -> AnyArray:
    """A NumPy array on the host memory of a DLPack object; `TypeError` if the memory is on a device."""
    if int(obj.__dlpack_device__()[0]) not in (DL_CPU, DL_CUDA_HOST):
        raise TypeError(f"{type(obj).__name__} holds device memory; wrap it in a TensorGPU.")
    try:
        return np.from_dlpack(obj)
    except (BufferError, ValueError) as error:
        raise RuntimeError(f"Cannot import the DLPack object: {error}") from error


def address_of(ptr: Any) -> int:
    """Integer value of a pointer given as `ctypes` pointer or integer, or as a Python or NumPy integer.

    Raises `TypeError` for anything else. A null pointer gives 0.
    """
    if ptr is None:
        return 0
    if isinstance(ptr, ctypes._SimpleCData):
        value = ptr.value
        if value is None:
            return 0
        if isinstance(value, int):
            return value
    elif isinstance(ptr, ctypes._Pointer):
        return ctypes.cast(ptr, ctypes.c_void_p).value or 0
    elif not isinstance(ptr, bool):
        try:
            return operator.index(ptr)
        except TypeError:
            pass
    raise TypeError(f"A pointer is a ctypes.c_void_p or an integer, got {type(ptr).__name__}.")


def checked_address(ptr: Any, nbytes: int) -> int:
    """`address_of`, with a `ValueError` for a null pointer that `nbytes` > 0 bytes would go to."""
    address = address_of(ptr)
    if address == 0 and nbytes > 0:
        raise ValueError(f"Cannot copy {nbytes} bytes to a null pointer.")
    return address


def copy_to_host_memory(arrays: Sequence[AnyArray], ptr: Any) -> None:
    """Write `arrays` one after another, row-major and without gaps, from the address `ptr` on.

    The GIL is released while a large array is copied. Nothing can check that the memory is there.
    """
    address = checked_address(ptr, sum(array.nbytes for array in arrays))
    for array in arrays:
        if array.nbytes == 0:
            continue
        if not array.flags.c_contiguous:
            array = np.ascontiguousarray(array)
        target = np.asarray(_HostMemory(address, array.nbytes))
        np.copyto(target, array.reshape(-1).view(np.uint8))
        address += array.nbytes


def sample_shape(shape: Any) -> tuple[int, ...]:
    """A shape argument as a tuple; `TypeError` unless it is a sequence of integers."""
    if isinstance(shape, (str, bytes)) or not hasattr(shape, "__iter__"):
        raise TypeError(f"A shape is a sequence of integers, got {type(shape).__name__}.")
    return tuple(operator.index(extent) for extent in shape)
