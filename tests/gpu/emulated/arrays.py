"""Device arrays: NumPy views of emulated memory, which only operations of a stream touch."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from .memory import MemoryPointer, Region, UnownedMemory, block_at, pool
from .state import CUDARuntimeError, Device, check
from .streams import get_current_stream


def host_view(address: int, shape: tuple[int, ...], dtype: Any, strides: tuple[int, ...] | None = None) -> Any:
    """A NumPy array at an address."""
    if not math.prod(shape):
        return np.empty(shape, dtype)
    interface = {"version": 3, "data": (address, False), "shape": shape, "typestr": dtype.str, "strides": strides}
    return np.asarray(SimpleNamespace(__array_interface__=interface))


def _packed(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    strides = []
    for extent in reversed(shape):
        strides.append(itemsize)
        itemsize *= max(extent, 1)
    return tuple(reversed(strides))


class ndarray:
    """An array in device memory."""

    def __init__(
        self,
        shape: Any,
        dtype: Any = float,
        memptr: Any = None,
        strides: Any = None,
        order: str = "C",
    ) -> None:
        self.shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(int(n) for n in shape)
        self.dtype = np.dtype(dtype)
        self.ndim, self.size, self.itemsize = len(self.shape), math.prod(self.shape), self.dtype.itemsize
        self.nbytes = self.size * self.itemsize
        self.strides = tuple(strides) if strides is not None else _packed(self.shape, self.itemsize)
        self.data = pool.malloc(self.nbytes) if memptr is None else memptr

    @property
    def device(self) -> Device:
        return Device(self.data.device_id)

    @property
    def flags(self) -> Any:
        return SimpleNamespace(c_contiguous=self._empty_view().flags.c_contiguous)

    def _empty_view(self) -> Any:
        return np.lib.stride_tricks.as_strided(np.empty(0, self.dtype), self.shape, self.strides)

    def _host(self) -> Any:
        return host_view(self.data.ptr, self.shape, self.dtype, self.strides)

    def _region(self) -> Region:
        low = high = 0
        if self.size:
            for extent, stride in zip(self.shape, self.strides, strict=True):
                step = (extent - 1) * stride
                low, high = low + min(step, 0), high + max(step, 0)
            high += self.itemsize
        block = block_at(self.data.ptr + low, max(high - low, 1))
        if block is None:
            raise CUDARuntimeError("cudaErrorIllegalAddress: the memory of the array is gone")
        return Region(block, self.data.ptr + low - block.address, high - low)

    def _view(self, change: Callable[[Any], Any]) -> ndarray:
        """A view, found out on the addresses alone."""
        if not self.size:
            view = change(np.empty(self.shape, self.dtype))
            return ndarray(view.shape, view.dtype, self.data, view.strides)
        shown = self._host()
        view = change(shown)
        offset = view.__array_interface__["data"][0] - self.data.ptr if view.size else 0
        return ndarray(view.shape, view.dtype, self.data + offset, view.strides)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> ndarray:
        keys = key if isinstance(key, tuple) else (key,)
        if not any(k is Ellipsis for k in keys):
            keys = (*keys, ...)  # never a scalar, which would be a copy
        return self._view(lambda a: a[keys])

    # Operations hold bytes and not arrays: on a device, nothing that is enqueued keeps memory from its pool.

    def __setitem__(self, key: Any, value: Any) -> None:
        array = self[key]
        target = array._host()
        if isinstance(value, ndarray):
            source = value._host()
            _run(lambda: np.copyto(target, source, casting="unsafe"), "copy", [value], [array])
        else:
            _run(lambda: np.copyto(target, value, casting="unsafe"), "fill", [], [array])

    def fill(self, value: Any) -> None:
        self[...] = value

    def reshape(self, *shape: Any, order: str = "C") -> ndarray:
        wanted = shape[0] if len(shape) == 1 and not isinstance(shape[0], (int, np.integer)) else shape
        if not self.flags.c_contiguous:
            return self.copy().reshape(wanted)
        return self._view(lambda a: a.reshape(wanted))

    def ravel(self, order: str = "C") -> ndarray:
        return self.reshape(-1)

    def view(self, dtype: Any = None) -> ndarray:
        return self._view(lambda a: a.view(self.dtype if dtype is None else dtype))

    def transpose(self, *axes: Any) -> ndarray:
        return self._view(lambda a: a.transpose(*axes))

    @property
    def T(self) -> ndarray:
        return self.transpose()

    def copy(self, order: str = "C") -> ndarray:
        target = ndarray(self.shape, self.dtype)
        target[...] = self
        return target

    def astype(
        self, dtype: Any, order: str = "K", casting: str = "unsafe", subok: Any = None, copy: bool = True
    ) -> Any:
        target = ndarray(self.shape, dtype)
        target[...] = self
        return target

    def set(self, arr: Any, stream: Any = None) -> None:
        if arr.shape != self.shape or arr.dtype != self.dtype:
            raise ValueError("set() needs an array of the same shape and type")
        pinned = block_at(arr.__array_interface__["data"][0]) is not None
        source = arr if pinned else arr.copy()
        target = self._host()
        _run(lambda: np.copyto(target, source), "h2d", [], [self], stream)

    def get(self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True) -> Any:
        stream = stream or get_current_stream()
        result = np.empty(self.shape, self.dtype) if out is None else out
        source = self._host()
        _run(lambda: np.copyto(result, source), "d2h", [self], [], stream)
        if blocking:
            stream.synchronize()
        return result

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "descr": self.dtype.descr,
            "data": (self.data.ptr, False),
            "strides": None if self.flags.c_contiguous else self.strides,
            "version": 3,
            "stream": get_current_stream().ptr or 1,
        }

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
    ) -> Any:
        if stream is not None and stream not in (-1,):
            from .streams import ExternalStream

            consumer = ExternalStream(0 if stream in (0, 1, 2) else stream)
            consumer.wait_event(get_current_stream().record())
        return _Exported(self)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, self.data.device_id)

    # What tests and users' functions do with arrays.

    def _elementwise(self, function: Any, other: Any) -> ndarray:
        inputs = [self, *([other] if isinstance(other, ndarray) else [])]
        sample = np.empty(0, other.dtype) if isinstance(other, ndarray) else other
        dtype = function(np.empty(0, self.dtype), sample).dtype
        shape = np.broadcast_shapes(self.shape, other.shape if isinstance(other, ndarray) else ())
        target = ndarray(shape, dtype)

        left, out = self._host(), target._host()
        right = other._host() if isinstance(other, ndarray) else other

        def compute() -> None:
            np.copyto(out, function(left, right))

        _run(compute, function.__name__, inputs, [target])
        return target

    def __add__(self, other: Any) -> ndarray:
        return self._elementwise(operator.add, other)

    def __sub__(self, other: Any) -> ndarray:
        return self._elementwise(operator.sub, other)

    def __mul__(self, other: Any) -> ndarray:
        return self._elementwise(operator.mul, other)

    def __truediv__(self, other: Any) -> ndarray:
        return self._elementwise(operator.truediv, other)


class _Exported:
    """In place of a DLPack capsule, whose device CuPy's consumers would not believe."""

    def __init__(self, array: ndarray) -> None:
        self.array = array


_Exported.__name__ = "PyCapsule"  # consumers know capsules by their type's name


def _run(operation: Any, name: str, reads: list[Any], writes: list[Any], stream: Any = None) -> None:
    stream = stream or get_current_stream()
    check(stream.device_id)
    stream._enqueue(operation, name, [a._region() for a in reads if a.size], [a._region() for a in writes if a.size])


def empty(shape: Any, dtype: Any = float, order: str = "C") -> ndarray:
    return ndarray(shape, dtype)


def zeros(shape: Any, dtype: Any = float, order: str = "C") -> ndarray:
    result = ndarray(shape, dtype)
    result.fill(0)
    return result


def asarray(a: Any, dtype: Any = None, order: Any = None, *, blocking: bool = False) -> ndarray:
    if isinstance(a, ndarray):
        return a
    if hasattr(a, "__cuda_array_interface__"):
        interface = a.__cuda_array_interface__
        address = interface["data"][0]
        kind = np.dtype(interface["typestr"])
        producer = interface.get("stream")
        if producer is not None:
            from .streams import ExternalStream

            stream = ExternalStream(0 if producer in (1, 2) else producer)
            if stream is not get_current_stream():
                stream.synchronize()  # the host waits, as with CuPy
        memory = UnownedMemory(address, 0, a)
        return ndarray(interface["shape"], kind, MemoryPointer(memory, 0), interface.get("strides"))
    host = np.asarray(a, dtype)
    result = ndarray(host.shape, host.dtype)
    result.set(np.ascontiguousarray(host).reshape(host.shape))
    return result


def ascontiguousarray(a: ndarray, dtype: Any = None) -> ndarray:
    return a if a.flags.c_contiguous else a.copy()


def from_dlpack(array: Any, *, device: Any = None, copy: Any = None) -> ndarray:
    capsule = array.__dlpack__(stream=get_current_stream().ptr)
    if not isinstance(capsule, _Exported):
        raise BufferError("only device memory can be imported")
    return capsule.array.view()
