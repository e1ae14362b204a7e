"""The device twins of the containers, over CuPy or any array module that looks like it.

The module is looked up when it is first needed: importing this file imports no CuPy. Everything here is
exercised on stand-ins for the device; runs on a real one come with the project's GPU issue.

What is asked of the module: `ndarray` (with `shape, dtype, ndim, size, nbytes, flags, data.ptr, device.id,
view, reshape, copy, get, set, [...]`, `__cuda_array_interface__`, `__dlpack__`), `empty`, `asarray`,
`from_dlpack`, `ascontiguousarray`, `cuda.Device`, `cuda.ExternalStream`, `cuda.Stream.null`,
`cuda.get_current_stream`, `cuda.is_available` and `cuda.runtime.memcpyAsync`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.data import formatting
from adali.data.buffers import (
    DL_CUDA,
    DL_CUDA_MANAGED,
    CapsuleHolder,
    check_dense,
    check_layout,
    element_type,
    is_capsule,
)
from adali.data.device_memory import copy_out, device_module, download, on_stream, set_device_module, upload
from adali.data.device_samples import DeviceSamples
from adali.data.tensor import MISSING, BaseTensor, TensorCPU, only_argument
from adali.data.tensor_list import BaseTensorList, TensorListCPU
from adali.types import DALIDataType

#: Up to this one, DLPack's numbers of streams mean default streams, or none.
_DLPACK_DEFAULT_STREAMS = 2

__all__ = ["TensorGPU", "TensorListGPU", "device_array", "device_module", "set_device_module"]


def device_array(obj: Any, device_id: int = -1, stream: Any = None) -> Any:
    """`obj` as a packed device array that shares its memory.

    `obj` is an array of the device module, a `TensorGPU`, a DLPack capsule of device memory, or an object
    with DLPack or `__cuda_array_interface__`. `device_id` below 0 means the current device.

    Raises `TypeError` for anything else, host memory included, and `RuntimeError` for strided memory and
    for element types that no `DALIDataType` stands for.
    """
    if isinstance(obj, TensorGPU):
        return obj._array
    xp = device_module()
    if isinstance(obj, xp.ndarray):
        array = obj
    else:
        current = xp.cuda.Device() if device_id < 0 else xp.cuda.Device(device_id)
        with current, on_stream(xp, stream):
            array = _import_foreign(xp, obj, int(current.id))
    if element_type(array.dtype) is DALIDataType.PYTHON_OBJECT:
        raise RuntimeError("Python objects have no memory that can be wrapped.")
    if not array.flags.c_contiguous:
        check_dense(array.shape, array.strides, array.dtype.itemsize)
    return array


def _import_foreign(xp: Any, obj: Any, device_id: int) -> Any:
    if is_capsule(obj):
        return xp.from_dlpack(CapsuleHolder(obj, (DL_CUDA, device_id)))
    # DLPack first: it orders the streams on the device, where the CUDA array interface makes the host wait.
    if hasattr(obj, "__dlpack__") and int(obj.__dlpack_device__()[0]) in (DL_CUDA, DL_CUDA_MANAGED):
        return xp.from_dlpack(obj)
    if hasattr(obj, "__cuda_array_interface__"):
        return xp.asarray(obj)
    raise TypeError(
        "Expected device memory: an object with DLPack or __cuda_array_interface__, or a DLPack capsule; "
        f"got {type(obj).__name__}."
    )


class TensorGPU(BaseTensor):
    """A packed tensor in device memory, sharing the memory it was made from.

    `object` is an array of CuPy, a DLPack object or capsule of device memory, or any object with
    `__cuda_array_interface__`. `layout` names the axes. `device_id` says where memory without its own
    device number lies (below 0: the current device). `stream`, a stream object or a raw handle, is the
    one the memory is ready on; without it the stream that is current at each use.

    Raises `DeviceUnavailableError` without CuPy or a device, `TypeError` for host memory and for objects
    without memory, `RuntimeError` for strided memory and element types without a `DALIDataType`, and
    `ValueError` for a layout of the wrong length.
    """

    __slots__ = ("_stream",)

    _stream: Any

    def __init__(self, object: Any, layout: str | None = None, device_id: int = -1, *, stream: Any = None) -> None:
        array = device_array(object, device_id, stream)
        self._layout = check_layout(layout, array.ndim, "tensor")
        self._array = array
        self._dtype = element_type(array.dtype)
        self._source_info = None
        self._stream = stream

    @classmethod
    def _from_array(
        cls,
        array: Any,
        layout: str = "",
        *,
        dtype: DALIDataType | None = None,
        source_info: str | None = None,
        stream: Any = None,
    ) -> TensorGPU:
        self = super()._from_array(array, layout, dtype=dtype, source_info=source_info)
        self._stream = stream
        return self

    @classmethod
    def _from_host(cls, tensor: TensorCPU) -> TensorGPU:
        array = upload(device_module(), tensor._array)
        return cls._from_array(array, tensor._layout, dtype=tensor.dtype, source_info=tensor._source_info)

    @property
    def stream(self) -> Any:
        """The stream the memory is ready on, as it was given; None means the current one."""
        return self._stream

    def _set_stream(self, stream: Any) -> None:
        self._stream = stream

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """CUDA array interface of the tensor's memory."""
        with on_stream(device_module(), self._stream, self._array):
            interface: dict[str, Any] = self._array.__cuda_array_interface__
        return interface

    def __dlpack__(
        self,
        stream: int | None = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        """A DLPack capsule that shares the tensor's memory, or holds a copy if `copy` is true.

        The consumer's `stream` (DLPack's numbers) waits for the stream the tensor is ready on, and memory of a
        pipeline's output is not used again before that stream has passed. Raises `BufferError` if `dl_device`
        is not the tensor's device.
        """
        if dl_device is not None and tuple(map(int, dl_device)) != self.__dlpack_device__():
            raise BufferError(f"The tensor is on device {self.__dlpack_device__()}, not on {dl_device}.")
        with on_stream(device_module(), self._stream, self._array):
            array = self._array.copy() if copy else self._array
            lent: Any = getattr(getattr(array.data, "mem", None), "_owner", None)
            if stream is not None and stream > _DLPACK_DEFAULT_STREAMS and hasattr(lent, "exported_to"):
                lent.exported_to(stream)
            if max_version is None:
                return array.__dlpack__(stream=stream)
            return array.__dlpack__(stream=stream, max_version=max_version)

    def __dlpack_device__(self) -> tuple[int, int]:
        """The device in DLPack's numbers: `(2, device_id)`."""
        return (DL_CUDA, self.device_id())

    def device_id(self) -> int:
        """Number of the CUDA device the memory is on."""
        return int(self._array.device.id)

    def data_ptr(self) -> int:
        """Device address of the first element."""
        return int(self._array.data.ptr)

    def as_cpu(self) -> TensorCPU:
        """A copy in host memory, complete when this returns."""
        xp = device_module()
        return TensorCPU._from_array(
            download(xp, [self._array], self._stream)[0],
            self._layout,
            dtype=self._dtype,
            source_info=self._source_info,
        )

    def copy_to_external(
        self, ptr: Any, cuda_stream: Any = None, non_blocking: bool = False, use_copy_kernel: bool = False
    ) -> None:
        """Copy the data to `ptr` (`ctypes.c_void_p` or an integer), in device memory or in host memory.

        The copy is enqueued on `cuda_stream` (a stream of the tensor's device, a raw handle, a
        `ctypes.c_void_p`; 0 is the default stream), by default on the tensor's own or the current one.
        `non_blocking` returns before it is done: keep both memories until then. `use_copy_kernel` is a hint
        and changes no result.

        Raises `ValueError` for a null pointer and `TypeError` for what is no pointer.
        """
        stream = self._stream if cuda_stream is None else cuda_stream
        copy_out(device_module(), [self._array], ptr, stream, non_blocking)

    def _make_copy(self) -> TensorGPU:
        with on_stream(device_module(), self._stream, self._array):
            array = self._array.copy()
        return TensorGPU._from_array(
            array, self._layout, dtype=self._dtype, source_info=self._source_info, stream=self._stream
        )

    def _format(self, data: str | None) -> str:
        fields = [*formatting.fields_of(self, "gpu"), ("shape", str(tuple(self.shape())))]
        return formatting.describe("TensorGPU", data, fields)

    def __repr__(self) -> str:
        return self._format(None)

    def __str__(self) -> str:
        return self._format(formatting.format_array(self.as_cpu()._array))


class TensorListGPU(BaseTensorList[TensorGPU]):
    """A batch of samples in device memory; their shapes may differ, their type and number of axes do not.

    `TensorListGPU(object, layout=None, device_id=-1)` takes what a `TensorGPU` takes; the first axis
    counts the samples. `TensorListGPU(tl, layout=None)` shares the samples of another list.
    `TensorListGPU(list_of_tensors, layout=None, contiguous=True)` takes a list of `TensorGPU` (or of what
    one can be made from): `contiguous=True` copies them into one block, `False` shares their memory.
    `TensorListGPU()` is empty.

    Raises as `TensorGPU` does, and `TypeError` for an element that does not go with the first one (type,
    number of axes, layout).
    """

    __slots__ = ("_stream",)

    _stream: Any

    def __init__(
        self,
        object: Any = MISSING,
        layout: str | None = None,
        device_id: int | bool = -1,
        *,
        contiguous: bool = True,
        stream: Any = None,
        tl: Any = MISSING,
        list_of_tensors: Any = MISSING,
    ) -> None:
        self._stream = stream
        if object is MISSING and tl is MISSING and list_of_tensors is MISSING:
            self.reset()
            return
        source = only_argument("TensorListGPU", object, tl=tl, list_of_tensors=list_of_tensors)
        is_list = isinstance(source, (list, tuple))
        if source is None:
            raise ValueError("A TensorListGPU cannot be made from None.")
        if isinstance(source, TensorListGPU):
            self._set_list(source)
            self._stream = source._stream if stream is None else stream
        elif is_list:
            if isinstance(device_id, bool):
                # The third positional argument is `contiguous` when a list is given.
                contiguous = device_id
            tensors = [_as_tensor_gpu(item, i, stream) for i, item in enumerate(source)]
            self._set_tensors(tensors, "TensorGPU")
        else:
            array = device_array(source, device_id, stream)
            self._set_slab(array, element_type(array.dtype))
        if layout:
            self._layout = self._checked_layout(layout)
        if contiguous and is_list and self._samples:
            self._pack()

    @classmethod
    def _from_samples(
        cls,
        samples: Sequence[Any],
        layout: str = "",
        *,
        dtype: DALIDataType | None = None,
        slab: Any = None,
        source_info: Sequence[str | None] | None = None,
        stream: Any = None,
    ) -> TensorListGPU:
        self = super()._from_samples(samples, layout, dtype=dtype, slab=slab, source_info=source_info)
        self._stream = stream
        return self

    @classmethod
    def _from_host(cls, batch: TensorListCPU) -> TensorListGPU:
        xp = device_module()
        slab = None if batch._slab is None else upload(xp, batch._slab)
        if slab is None:
            samples = [upload(xp, sample) for sample in batch._samples]
        else:
            samples = [slab[i, ...] for i in range(len(batch))]
        return cls._from_samples(samples, batch._layout, dtype=batch.dtype, slab=slab, source_info=batch._source_info)

    @property
    def nbytes(self) -> int:
        """Size of all samples' data in bytes."""
        if isinstance(self._samples, DeviceSamples):
            size = sum(math.prod(shape) for shape in self._samples.shapes)
            return size * int(self._samples.dtype.itemsize)
        return super().nbytes

    def shape(self) -> list[tuple[int, ...]]:
        """Shape of each sample."""
        return list(self._samples.shapes) if isinstance(self._samples, DeviceSamples) else super().shape()

    def ndim(self) -> int:
        """Number of axes of each sample (the batch is not counted)."""
        if isinstance(self._samples, DeviceSamples) and self._samples.shapes:
            return len(self._samples.shapes[0])
        return super().ndim()

    def _first_mismatch(self) -> int | None:
        if isinstance(self._samples, DeviceSamples):
            shapes = self._samples.shapes
            return next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
        return super()._first_mismatch()

    @staticmethod
    def from_dlpack_list(
        list_of_objects: list[Any], layout: str | None = None, stream: Any = None, contiguous: bool = False
    ) -> TensorListGPU:
        """A batch of samples from a list of DLPack objects, sharing their memory unless `contiguous`.

        `stream` is the one the samples are to be used on. Raises as the constructor does.
        """
        if not isinstance(list_of_objects, (list, tuple)):
            raise TypeError(f"Expected a list of DLPack objects, got {type(list_of_objects).__name__}.")
        for i, item in enumerate(list_of_objects):
            if not hasattr(item, "__dlpack__"):
                raise TypeError(f"Object at position {i} does not support DLPack.")
        tensors = [TensorGPU(item, stream=stream) for item in list_of_objects]
        return TensorListGPU(tensors, layout, contiguous=contiguous, stream=stream)

    @staticmethod
    def broadcast(sample: TensorGPU, num_samples: int) -> TensorListGPU:
        """A batch that shows one sample `num_samples` times, all sharing its memory.

        Raises `ValueError` if `num_samples` is negative.
        """
        count = operator.index(num_samples)
        if count < 0:
            raise ValueError(f"A batch cannot have {count} samples.")
        tensor = _as_tensor_gpu(sample, 0, None)
        info = None if tensor._source_info is None else [tensor._source_info] * count
        return TensorListGPU._from_samples(
            [tensor._array] * count,
            tensor._layout,
            dtype=tensor.dtype,
            source_info=info,
            stream=tensor._stream,
        )

    def _empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        return device_module().empty(shape, dtype)

    def _packed(self, array: Any) -> Any:
        return array if array.flags.c_contiguous else device_module().ascontiguousarray(array)

    def _pack(self) -> Any:
        with on_stream(device_module(), self._stream, self._samples[0]):
            return super()._pack()

    def _address(self, array: Any) -> int:
        return int(array.data.ptr)

    def _tensor(self, array: Any, layout: str, source_info: str | None) -> TensorGPU:
        return TensorGPU._from_array(array, layout, dtype=self._dtype, source_info=source_info, stream=self._stream)

    @property
    def stream(self) -> Any:
        """The stream the memory is ready on, as it was given; None means the current one."""
        return self._stream

    def _set_stream(self, stream: Any) -> None:
        self._stream = stream

    def device_id(self) -> int:
        """Number of the CUDA device the memory is on; -1 for a list made from nothing."""
        if self._slab is not None:
            return int(self._slab.device.id)
        return int(self._samples[0].device.id) if self._samples else -1

    def at(self, i: int) -> TensorGPU:
        """Sample `i` as a tensor that shares its memory; like `[i]`, but without counting from the end.

        Raises an error that is both a `RuntimeError` and an `IndexError` beyond the batch.
        """
        return self[self._checked_position(i)]

    def as_cpu(self) -> TensorListCPU:
        """A copy in host memory, complete when this returns."""
        if self._slab is not None:
            slab = download(device_module(), [self._slab], self._stream)[0]
            samples = [slab[i, ...] for i in range(slab.shape[0])]
        elif self._flat is not None:
            slab, start, samples = None, 0, []
            flat = download(device_module(), [self._flat], self._stream)[0]
            for shape in self.shape():
                samples.append(flat[start : start + math.prod(shape)].reshape(shape))
                start += math.prod(shape)
        else:
            slab = None
            samples = download(device_module(), self._samples, self._stream) if self._samples else []
        return TensorListCPU._from_samples(
            samples, self._layout, dtype=self._dtype, slab=slab, source_info=self._source_info
        )

    def copy_to_external(
        self, ptr: Any, cuda_stream: Any = None, non_blocking: bool = False, use_copy_kernel: bool = False
    ) -> None:
        """Copy the samples one after another to `ptr`, in device memory or in host memory.

        Arguments and errors are those of `TensorGPU.copy_to_external`.
        """
        block = self._slab if self._slab is not None else self._flat
        stream = self._stream if cuda_stream is None else cuda_stream
        copy_out(device_module(), self._samples if block is None else [block], ptr, stream, non_blocking)

    def _make_copy(self) -> TensorListGPU:
        copy = TensorListGPU(stream=self._stream)
        copy._set_list(self)
        copy._slab = copy._flat = None
        if self._samples:
            copy._pack()
        elif self._slab is not None:
            with on_stream(device_module(), self._stream, self._slab):
                copy._slab = self._slab.copy()
        return copy

    def _format(self, data: str | None) -> str:
        fields = [
            *formatting.fields_of(self, "gpu"),
            ("num_samples", str(len(self))),
            ("shape", formatting.format_shapes(self.shape())),
        ]
        return formatting.describe("TensorListGPU", data, fields)

    def __repr__(self) -> str:
        return self._format(None)

    def __str__(self) -> str:
        return self._format(formatting.format_samples(self.as_cpu()._samples))


def _as_tensor_gpu(item: Any, position: int, stream: Any) -> TensorGPU:
    if isinstance(item, TensorGPU):
        return item
    try:
        return TensorGPU(item, stream=stream)
    except TypeError as error:
        raise TypeError(f"Object at position {position} cannot be converted to TensorGPU: {error}") from None
