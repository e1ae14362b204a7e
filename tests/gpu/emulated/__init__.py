"""An emulated CUDA device behind the part of CuPy's API that adali uses. Tests only.

Each stream is a thread that runs its operations in order, with random delays; kernels are compiled by g++ and run on
the host. Two nets catch a wrong order: the delays, which make the data wrong, and a checker (vector clocks, by byte
range) that raises :class:`RaceError` at the call that caused it, whatever the timing.
"""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from . import codec, memory, state, streams
from .arrays import asarray, ascontiguousarray, empty, from_dlpack, ndarray, zeros
from .kernels import RawKernel, RawModule, declare_accesses
from .memory import MemoryPointer, UnownedMemory, alloc_pinned_memory
from .runtime import runtime
from .state import CUDARuntimeError, Device, RaceError, Settings
from .streams import Event, ExternalStream, Stream, get_current_stream, get_elapsed_time

__all__ = ["CUDARuntimeError", "RaceError", "Settings", "block", "cupy", "reset"]

cuda = SimpleNamespace(
    Device=Device,
    Event=Event,
    ExternalStream=ExternalStream,
    MemoryPointer=MemoryPointer,
    Stream=Stream,
    UnownedMemory=UnownedMemory,
    alloc_pinned_memory=alloc_pinned_memory,
    get_current_stream=get_current_stream,
    get_elapsed_time=get_elapsed_time,
    is_available=lambda: True,
    runtime=runtime,
)

cupy = SimpleNamespace(
    RawKernel=RawKernel,
    RawModule=RawModule,
    asarray=asarray,
    ascontiguousarray=ascontiguousarray,
    cuda=cuda,
    empty=empty,
    from_dlpack=from_dlpack,
    ndarray=ndarray,
    zeros=zeros,
    # Not CuPy's: the launch helper tells the checker what a kernel reads and writes, and the mixed decoders find their
    # library here.
    _declare_accesses=declare_accesses,
    _codec=codec,
)


def reset(devices: int = 1, jitter: float = 0.0, seed: int = 0) -> Any:
    """A machine that has just been switched on; returns its CuPy."""
    Settings.devices, Settings.jitter, Settings.seed, Settings.fail = devices, jitter, seed, set()
    with state.lock:
        state.broken.clear()
        state.host_clock.clear()
        memory.pool = memory.Pool()
        from . import arrays

        arrays.pool = memory.pool
    codec.Decoder.refused, codec.Decoder.own_memory = set(), False
    codec.Decoder.made.clear()
    streams.forget()
    return cupy


def block(stream: Any) -> threading.Event:
    """Keep a stream from going on until the event that is returned is set."""
    gate = threading.Event()
    stream._enqueue(gate.wait, always=True)
    return gate
