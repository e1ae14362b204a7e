"""A stand-in for CuPy: its memory is the host's, its streams run nothing before somebody waits for them."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adali.data import set_device_module


class FakeStream:
    """Operations wait in a queue until `synchronize`, so that a missing wait shows as missing data."""

    null: FakeStream
    by_handle: dict[int, FakeStream]
    stack: list[FakeStream]

    def __init__(self, handle: int | None = None) -> None:
        self.ptr = 1000 + len(FakeStream.by_handle) if handle is None else handle
        self.queue: deque[Callable[[], None]] = deque()
        self.waits = 0
        FakeStream.by_handle[self.ptr] = self

    def synchronize(self) -> None:
        self.waits += 1
        while self.queue:
            self.queue.popleft()()

    def __enter__(self) -> FakeStream:
        FakeStream.stack.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        FakeStream.stack.pop()


def current_stream() -> FakeStream:
    return FakeStream.stack[-1]


class FakeArray:
    def __init__(self, host: np.ndarray) -> None:
        self.host = host

    shape = property(lambda self: self.host.shape)
    strides = property(lambda self: self.host.strides)
    dtype = property(lambda self: self.host.dtype)
    ndim = property(lambda self: self.host.ndim)
    size = property(lambda self: self.host.size)
    nbytes = property(lambda self: self.host.nbytes)
    flags = property(lambda self: self.host.flags)
    data = property(lambda self: SimpleNamespace(ptr=self.host.ctypes.data))
    device = property(lambda self: SimpleNamespace(id=0))

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        raise TypeError("Implicit conversion of device memory to a NumPy array.")

    def view(self, dtype: Any) -> FakeArray:
        return FakeArray(self.host.view(dtype))

    def reshape(self, shape: tuple[int, ...]) -> FakeArray:
        assert self.host.flags.c_contiguous
        return FakeArray(self.host.reshape(shape))

    def __getitem__(self, key: Any) -> FakeArray:
        return FakeArray(self.host[key])

    def __setitem__(self, key: Any, value: FakeArray) -> None:
        target, source = self.host[key], value.host
        current_stream().queue.append(lambda: np.copyto(target, source))

    def copy(self) -> FakeArray:
        target = empty(self.shape, self.dtype)
        target[...] = self
        return target

    def set(self, host: np.ndarray) -> None:
        assert host.shape == self.shape
        np.copyto(self.host, host)

    def get(self, stream: FakeStream | None = None, blocking: bool = True) -> np.ndarray:
        stream = stream or current_stream()
        target = empty(self.shape, self.dtype).host
        stream.queue.append(lambda: np.copyto(target, self.host))
        if blocking:
            stream.synchronize()
        return target

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "data": (self.host.ctypes.data, False),
            "strides": None if self.host.flags.c_contiguous else self.host.strides,
            "version": 3,
            "stream": current_stream().ptr or 1,
        }

    def __dlpack__(self, stream: Any = None, max_version: Any = None) -> Any:
        current_stream().synchronize()
        return self.host.__dlpack__(max_version=max_version)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)


def empty(shape: tuple[int, ...], dtype: Any) -> FakeArray:
    host = np.empty(shape, dtype)
    host.reshape(-1).view(np.uint8)[...] = 0xCD  # memory nobody has written to is recognisable
    return FakeArray(host)


def asarray(obj: Any) -> FakeArray:
    interface = dict(obj.__cuda_array_interface__)
    interface.pop("stream", None)
    holder = SimpleNamespace(__array_interface__=interface, owner=obj)
    return FakeArray(np.asarray(holder))


def from_dlpack(obj: Any) -> FakeArray:
    capsule = obj.__dlpack__(stream=current_stream().ptr)
    holder = type("Holder", (), {"__dlpack__": lambda s, **k: capsule, "__dlpack_device__": lambda s: (1, 0)})
    return FakeArray(np.from_dlpack(holder()))


class FakeDevice:
    def __init__(self, number: int = 0) -> None:
        self.id = number

    def __enter__(self) -> FakeDevice:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def memcpy_async(dst: int, src: int, nbytes: int, kind: int, stream: int) -> None:
    assert kind == 4, "cudaMemcpyDefault"
    FakeStream.by_handle[stream].queue.append(lambda: ctypes.memmove(dst, src, nbytes) and None)


def make_module() -> Any:
    FakeStream.by_handle = {}
    FakeStream.null = FakeStream(0)
    FakeStream.stack = [FakeStream.null]
    return SimpleNamespace(
        ndarray=FakeArray,
        empty=empty,
        asarray=asarray,
        from_dlpack=from_dlpack,
        ascontiguousarray=lambda a: FakeArray(np.ascontiguousarray(a.host)),
        on_device=lambda host: FakeArray(np.array(host)),
        cuda=SimpleNamespace(
            Stream=FakeStream,
            ExternalStream=lambda handle: FakeStream.by_handle[handle],
            Device=FakeDevice,
            get_current_stream=current_stream,
            is_available=lambda: True,
            runtime=SimpleNamespace(memcpyAsync=memcpy_async),
        ),
    )


@pytest.fixture
def device() -> Iterator[Any]:
    module = make_module()
    set_device_module(module)
    yield module
    set_device_module(None)
