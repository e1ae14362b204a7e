"""The few functions of ``cupy.cuda.runtime`` that adali calls."""

from __future__ import annotations

import ctypes
from typing import Any

from .memory import Region, block_at
from .state import CUDARuntimeError, Device, Settings, check, current_device
from .streams import ExternalStream

memcpyHostToDevice, memcpyDeviceToHost, memcpyDeviceToDevice, memcpyDefault = 1, 2, 3, 4


def memcpyAsync(dst: int, src: int, size: int, kind: int, stream: int) -> None:
    check()
    queue = ExternalStream(stream)
    if queue.device_id != current_device():
        raise CUDARuntimeError("cudaErrorInvalidResourceHandle: the stream is another device's")
    target, source = block_at(dst, max(size, 1)), block_at(src, max(size, 1))
    to_device, from_device = (b is not None and b.device >= 0 for b in (target, source))
    if kind != memcpyDefault and kind != {(True, False): 1, (False, True): 2, (True, True): 3}.get(
        (to_device, from_device)
    ):
        raise CUDARuntimeError("cudaErrorInvalidMemcpyDirection")
    if not size:
        return
    reads = [Region(source, src - source.address, size)] if source is not None else []
    writes = [Region(target, dst - target.address, size)] if target is not None else []
    name = "d2d" if to_device and from_device else "h2d" if to_device else "d2h"
    staged: Any = None
    if source is None:  # pageable memory is read before the call returns
        staged = ctypes.create_string_buffer(ctypes.string_at(src, size), size)
        src = ctypes.addressof(staged)

    def copy(keep: Any = staged) -> None:
        ctypes.memmove(dst, src, size)

    queue._enqueue(copy, name, reads, writes)


def memsetAsync(ptr: int, value: int, size: int, stream: int) -> None:
    check()
    queue = ExternalStream(stream)
    block = block_at(ptr, max(size, 1))
    if block is None or block.device < 0:
        raise CUDARuntimeError("cudaErrorInvalidValue: not device memory")
    if size:
        queue._enqueue(
            lambda: ctypes.memset(ptr, value, size), "memset", [], [Region(block, ptr - block.address, size)]
        )


def getDeviceCount() -> int:
    return Settings.devices


def getDevice() -> int:
    return current_device()


class _Runtime:
    CUDARuntimeError = CUDARuntimeError
    memcpyHostToDevice, memcpyDeviceToHost = memcpyHostToDevice, memcpyDeviceToHost
    memcpyDeviceToDevice, memcpyDefault = memcpyDeviceToDevice, memcpyDefault
    memcpyAsync = staticmethod(memcpyAsync)
    memsetAsync = staticmethod(memsetAsync)
    getDeviceCount = staticmethod(getDeviceCount)
    getDevice = staticmethod(getDevice)


runtime = _Runtime
__all__ = ["Device", "runtime"]
