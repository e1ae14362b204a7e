"""What all parts of the emulated device share: its settings, the sticky error, the current device and stream."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from typing import Any, ClassVar


class CUDARuntimeError(RuntimeError):
    """As CuPy's: an error that the driver reports."""


class RaceError(AssertionError):
    """Two accesses to the same bytes that nothing orders, found at the call that makes the second one."""


#: Whether kernels are compiled with the address and undefined-behaviour sanitizers. The process must have been started
#: with their libraries (see tests/gpu/test_sanitized.py).
SANITIZED = os.environ.get("ADALI_EMULATED_SANITIZE") == "1"


class Settings:
    """Of the emulated machine; :func:`emulated.reset` sets them anew."""

    devices = 1
    jitter = 0.0  # seconds at most before each operation of a stream
    seed = 0
    #: Kernel names that fail when they run, and ("h2d", "d2h") for copies.
    fail: ClassVar[set[str]] = set()


local = threading.local()
lock = threading.RLock()
handles = itertools.count(1)

#: What the host has waited for: stream handle -> its count of operations.
host_clock: dict[int, int] = {}
#: Device -> the error that has broken it; it stays, as on a device.
broken: dict[int, BaseException] = {}


def join(clock: dict[int, int], other: dict[int, int]) -> None:
    for key, value in other.items():
        if clock.get(key, 0) < value:
            clock[key] = value


def check(device: int | None = None) -> None:
    """What every call of the runtime does first."""
    if getattr(local, "in_callback", False):
        raise CUDARuntimeError("cudaErrorNotPermitted: a call of the runtime inside a host callback")
    error = broken.get(current_device() if device is None else device)
    if error is not None:
        raise CUDARuntimeError(f"cudaErrorLaunchFailure: {error}")


def current_device() -> int:
    stack = getattr(local, "devices", None)
    return stack[-1] if stack else 0


class Device:
    """A CUDA device; as a context, the current one of the thread."""

    def __init__(self, device: int | None = None) -> None:
        self.id = current_device() if device is None else int(device)
        if not 0 <= self.id < Settings.devices:
            raise CUDARuntimeError("cudaErrorInvalidDevice: invalid device ordinal")

    def __enter__(self) -> Device:
        if not hasattr(local, "devices"):
            local.devices = []
        local.devices.append(self.id)
        return self

    def __exit__(self, *_: object) -> None:
        local.devices.pop()

    def use(self) -> None:
        if not hasattr(local, "devices"):
            local.devices = []
        local.devices[:] = [self.id]

    def synchronize(self) -> None:
        from .streams import streams

        for stream in list(streams.values()):
            if stream.device_id == self.id:
                stream.synchronize()

    @property
    def compute_capability(self) -> str:
        return "90"


def task() -> Any:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
