"""Batches that the user gives in device memory: CuPy and PyTorch arrays, DLPack and the CUDA array interface."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import Any

from adali.data import TensorGPU, TensorListCPU, TensorListGPU
from adali.data.buffers import DL_CUDA, DL_CUDA_MANAGED, element_type
from adali.data.device import device_array, device_module
from adali.data.device_memory import stream_object
from adali.data.device_samples import pointers
from adali.operators.gpu import GpuContext, memory_batch
from adali.operators.user_data import UserBatch, check_alike
from adali.types import DALIDataType

__all__ = ["DeviceIntake", "OnDevice", "in_device_memory", "on_device"]

#: Values of ``cuda_stream`` that stand for a stream of the pipeline's.
_INTERNAL = (-1, 1)


class OnDevice:
    """A sample in device memory, on its way to the stage that works there.

    Attributes:
        array: the sample.
        ready: event behind which it is complete.
        whole: the copied batch that it is a part of, and its number in there; None for memory of the user's.
    """

    __slots__ = ("_held", "array", "ready", "whole")

    def __init__(self, array: Any, ready: Any, whole: tuple[TensorListGPU, int] | None, held: Any) -> None:
        self.array = array
        self.ready = ready
        self.whole = whole
        self._held = held

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    @property
    def dtype(self) -> Any:
        return self.array.dtype

    @property
    def ndim(self) -> int:
        return int(self.array.ndim)

    @property
    def nbytes(self) -> int:
        return int(self.array.nbytes)


def in_device_memory(value: Any) -> bool:
    """Whether an array, or a list of arrays, lies in device memory. Host memory is told without CuPy."""
    if isinstance(value, (list, tuple)):
        return bool(value) and in_device_memory(value[0])
    if isinstance(value, (TensorGPU, TensorListGPU)) or hasattr(value, "__cuda_array_interface__"):
        return True
    where = getattr(value, "__dlpack_device__", None)
    return where is not None and int(where()[0]) in (DL_CUDA, DL_CUDA_MANAGED)


class DeviceIntake:
    """Takes over the user's device data: copies it, or remembers from when on it may be read.

    Args:
        device_id: the pipeline's device.
        copy: whether the user may write into its memory again.
        stream: the source's ``cuda_stream``.
    """

    def __init__(self, device_id: int | None, copy: bool, stream: Any = None) -> None:
        self._device_id = device_id
        self._copy = copy
        self._stream = stream
        self._lock = threading.Lock()
        self._own: Any = None

    def batch(self, data: Any, stream: Any = None) -> UserBatch | None:
        """A batch in device memory; None if it lies in host memory.

        Args:
            data: an array or tensor whose first axis counts the samples, a list of samples, or a TensorListGPU.
            stream: on which the data is ready, and on which it is copied: a stream of any library or a handle, 0 for
                the default stream, 1 or -1 for one of the pipeline's. By default the current stream of CuPy or
                PyTorch for their arrays, and one of the pipeline's for others.

        Raises:
            TypeError: samples that do not go together.
            ValueError: data of another device.
        """
        if not in_device_memory(data):
            return None
        return self._take(data, stream)

    def sample(self, value: Any) -> OnDevice | None:
        """One sample in device memory; None if it lies in host memory."""
        if not in_device_memory(value) or isinstance(value, (list, tuple)):
            return None
        taken: Any = self._take([value], None).samples[0]
        assert isinstance(taken, OnDevice)
        return taken

    def _take(self, data: Any, stream: Any) -> UserBatch:
        xp = device_module()
        if self._device_id is None:
            raise ValueError("the pipeline has no device (device_id=None), but the data lies on one")
        with xp.cuda.Device(self._device_id):
            used, wait = self._stream_of(xp, data, self._stream if stream is None else stream)
            shown = [_shown(x) for x in data] if isinstance(data, (list, tuple)) else _shown(data)
            with used:
                arrays, layout, dtype = self._arrays(shown, used)
                whole = None
                if self._copy and arrays:
                    whole = _copied(xp, arrays, layout, used)
                    whole._dtype = dtype or whole._dtype
                ready = xp.cuda.Event(block=True, disable_timing=True)
                ready.record(used)
            if wait:  # nobody could order the user's next write behind the copy
                ready.synchronize()
        if whole is None:
            samples = [OnDevice(array, ready, None, data) for array in arrays]
        else:
            samples = [OnDevice(a, ready, (whole, i), data) for i, a in enumerate(whole._samples)]
        return UserBatch(samples, layout, dtype)  # type: ignore[arg-type]

    def _stream_of(self, xp: Any, data: Any, given: Any) -> tuple[Any, bool]:
        """The stream on which data is ready, and whether the host has to wait for the copy."""
        if isinstance(given, int) and given in _INTERNAL:
            return self._internal(xp), self._copy
        if given is not None:
            return stream_object(xp, given), False
        first = data[0] if isinstance(data, (list, tuple)) else data
        if isinstance(first, (TensorGPU, TensorListGPU)):
            return stream_object(xp, first.stream) or xp.cuda.get_current_stream(), False
        if isinstance(first, xp.ndarray):
            return xp.cuda.get_current_stream(), False
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(first, torch.Tensor):
            return stream_object(xp, torch.cuda.current_stream(first.device)), False
        return self._internal(xp), self._copy

    def _internal(self, xp: Any) -> Any:
        with self._lock:
            if self._own is None:
                self._own = xp.cuda.Stream(non_blocking=True)
        # An array of CuPy under another library's name: its stream is the current one here, but not while it is copied.
        self._own.wait_event(xp.cuda.get_current_stream().record())
        return self._own

    def _arrays(self, data: Any, stream: Any) -> tuple[list[Any], str, DALIDataType | None]:
        if isinstance(data, TensorListGPU):
            arrays = list(data._samples)
            self._check_device(arrays)
            return arrays, data._layout, data._dtype if arrays else None
        if not isinstance(data, (list, tuple)):
            block = device_array(data, self._device_id, stream)  # type: ignore[arg-type]
            self._check_device([block])
            if block.ndim == 0:
                raise TypeError("a batch is an array whose first axis counts the samples, but this one has no axes")
            dtype = data.dtype if isinstance(data, TensorGPU) else element_type(block.dtype)
            return [block[i, ...] for i in range(block.shape[0])], "", dtype
        arrays = []
        for i, item in enumerate(data):
            if not in_device_memory(item):
                raise TypeError(f"sample {i} of the batch lies in host memory, sample 0 in device memory")
            arrays.append(device_array(item, self._device_id, stream))  # type: ignore[arg-type]
        self._check_device(arrays)
        check_alike(arrays)
        first = data[0]
        if isinstance(first, TensorGPU):
            return arrays, first._layout, first.dtype
        return arrays, "", element_type(arrays[0].dtype)

    def _check_device(self, arrays: Sequence[Any]) -> None:
        for array in arrays:
            if int(array.device.id) != self._device_id:
                raise ValueError(f"the data lies on device {array.device.id}, but the pipeline is on {self._device_id}")


class _Shown:
    """An object's CUDA array interface as it was when the user gave it: it names the user's current stream."""

    def __init__(self, value: Any) -> None:
        self.__cuda_array_interface__ = value.__cuda_array_interface__
        self._owner = value


def _shown(value: Any) -> Any:
    plain = not isinstance(value, (TensorGPU, TensorListGPU)) and not hasattr(value, "__dlpack__")
    return _Shown(value) if plain and hasattr(value, "__cuda_array_interface__") else value


def _copied(xp: Any, arrays: Sequence[Any], layout: str, stream: Any) -> TensorListGPU:
    """A copy of samples in one block, on a stream that is the current one."""
    batch = memory_batch(xp, [array.shape for array in arrays], arrays[0].dtype, layout)
    spans: list[list[int]] = []  # those that lie one behind the other are one copy
    for target, array in zip(pointers(batch._samples), arrays, strict=True):
        packed = array if array.flags.c_contiguous else xp.ascontiguousarray(array)
        source, nbytes = int(packed.data.ptr), int(packed.nbytes)
        if spans and spans[-1][0] + spans[-1][2] == target and spans[-1][1] + spans[-1][2] == source:
            spans[-1][2] += nbytes
        elif nbytes:
            spans.append([target, source, nbytes])
    for target, source, nbytes in spans:
        xp.cuda.runtime.memcpyAsync(target, source, nbytes, 3, stream.ptr)
    return batch


def on_device(ctx: GpuContext, batch: TensorListCPU) -> TensorListGPU:
    """A batch of the user's on the stage's stream: copied there from host memory, or ordered behind its own stream.

    Raises:
        TypeError: samples in host memory beside others in device memory.
    """
    samples: list[Any] = list(batch._samples)
    if not any(isinstance(sample, OnDevice) for sample in samples):
        return ctx.to_device(batch)
    if not all(isinstance(sample, OnDevice) for sample in samples):
        raise TypeError("some samples of the batch lie in device memory and some in host memory")
    for event in {id(sample.ready): sample.ready for sample in samples}.values():
        ctx.bench.stream.wait_event(event)
    ctx.ledger.append(samples)
    first = samples[0].whole
    if first is not None and len(first[0]) == len(samples):
        whole: TensorListGPU = first[0]
        if all(s.whole is not None and s.whole[0] is whole and s.whole[1] == i for i, s in enumerate(samples)):
            result = ctx.view(whole, layout=batch._layout)
            result._dtype, result._source_info = batch._dtype, batch._source_info
            return result
    arrays = [sample.array for sample in samples]
    return TensorListGPU._from_samples(arrays, batch._layout, dtype=batch._dtype, source_info=batch._source_info)
