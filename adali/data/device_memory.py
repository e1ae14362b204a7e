"""The array module that device memory lives in, its streams, and copies to and from the host."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from adali.data.buffers import AnyArray, address_of, checked_address
from adali.errors import DeviceUnavailableError

_INSTALL = (
    "Install it with `pip install adali[cuda12]` (CUDA 12) or `pip install adali[cuda13]` (CUDA 13), "
    "on a machine with an NVIDIA GPU and driver."
)

# cudaMemcpyDefault: the driver tells from the addresses on which side each one lies, so that one call serves
# destinations in device memory and in host memory.
_MEMCPY_DEFAULT = 4

_module: Any = None


def device_module() -> Any:
    """The array module that device memory lives in: CuPy, or what `set_device_module` put in its place.

    Raises `DeviceUnavailableError`, with the reason and what to install, where none can be used.
    """
    global _module
    if _module is None:
        try:
            import cupy
        except ImportError as error:
            raise DeviceUnavailableError(
                f"No GPU can be used: CuPy cannot be imported ({error}). {_INSTALL}"
            ) from error
        if not cupy.cuda.is_available():
            raise DeviceUnavailableError(f"No GPU can be used: CuPy finds no CUDA device or driver. {_INSTALL}")
        _module = cupy
    return _module


def set_device_module(module: Any | None) -> None:
    """Put another array module in CuPy's place; None goes back to looking for CuPy."""
    global _module
    _module = module


def stream_object(xp: Any, stream: Any) -> Any:
    """A stream of the module from its own object, a raw handle or anything with a `ptr`; None if None."""
    if stream is None or isinstance(stream, xp.cuda.Stream):
        return stream
    if hasattr(stream, "__cuda_stream__"):
        handle = int(stream.__cuda_stream__()[1])
    else:
        for name in ("ptr", "cuda_stream"):  # CuPy's, PyTorch's
            stream = getattr(stream, name, stream)
        handle = address_of(stream)
    return xp.cuda.Stream.null if handle == 0 else xp.cuda.ExternalStream(handle)


@contextmanager
def on_stream(xp: Any, stream: Any, array: Any = None) -> Iterator[Any]:
    """Work enqueued inside goes to `stream`, or to the current stream if it is None.

    The current device is then that of `array`, which may be another one than the caller's.
    """
    with nullcontext() if array is None else xp.cuda.Device(int(array.device.id)):
        stream = stream_object(xp, stream)
        if stream is None:
            yield xp.cuda.get_current_stream()
        else:
            with stream:
                yield stream


def upload(xp: Any, array: AnyArray) -> Any:
    target = xp.empty(array.shape, array.dtype)
    target.set(np.ascontiguousarray(array).reshape(array.shape))
    return target


def download(xp: Any, arrays: Sequence[Any], stream: Any) -> list[AnyArray]:
    """Copies in host memory of one or more arrays of one device; one wait for all of them."""
    with on_stream(xp, stream, arrays[0]) as used:
        host = [array.get(stream=used, blocking=False) for array in arrays]
        used.synchronize()
    return host


def copy_out(xp: Any, arrays: Sequence[Any], ptr: Any, stream: Any, non_blocking: bool) -> None:
    address = checked_address(ptr, sum(int(array.nbytes) for array in arrays))
    with on_stream(xp, stream, arrays[0] if arrays else None) as used:
        for array in arrays:
            if array.nbytes:
                source = array if array.flags.c_contiguous else xp.ascontiguousarray(array)
                xp.cuda.runtime.memcpyAsync(address, int(source.data.ptr), int(array.nbytes), _MEMCPY_DEFAULT, used.ptr)
                address += int(array.nbytes)
        if not non_blocking:
            used.synchronize()
