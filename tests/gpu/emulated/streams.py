"""Streams (each a worker thread that runs its operations in order, with delays) and events."""

from __future__ import annotations

import queue
import random
import sys
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .state import (
    CUDARuntimeError,
    Device,
    Settings,
    broken,
    check,
    current_device,
    handles,
    host_clock,
    join,
    local,
    lock,
    task,
)

streams: weakref.WeakValueDictionary[int, Stream] = weakref.WeakValueDictionary()


class Event:
    """An event; complete before it is recorded, as in CUDA."""

    def __init__(self, block: bool = False, disable_timing: bool = False, interprocess: bool = False) -> None:
        check()
        self.device = current_device()
        self._token: threading.Event | None = None
        self._clock: dict[int, int] = {}
        self._timed = not disable_timing
        self._when = 0.0

    def record(self, stream: Any = None) -> None:
        stream = stream or get_current_stream()
        check(stream.device_id)
        if stream.device_id != self.device:
            raise CUDARuntimeError("cudaErrorInvalidResourceHandle: the event belongs to another device")
        token = threading.Event()

        def reached() -> None:
            self._when = time.perf_counter()
            token.set()

        with lock:
            stream._enqueue(reached, always=True)
            self._token, self._clock = token, dict(stream._clock)

    @property
    def done(self) -> bool:
        check(self.device)
        complete = self._token is None or self._token.is_set()
        if complete:
            with lock:
                join(host_clock, self._clock)
        return complete

    def synchronize(self) -> None:
        check(self.device)
        with lock:
            token, clock = self._token, dict(self._clock)
        if token is not None:
            token.wait()
        with lock:
            join(host_clock, clock)
        check(self.device)


def get_elapsed_time(start_event: Event, end_event: Event) -> float:
    """Milliseconds between two events."""
    if not (start_event._timed and end_event._timed):
        raise CUDARuntimeError("cudaErrorInvalidResourceHandle: an event was made without timing")
    if not (start_event.done and end_event.done):
        raise CUDARuntimeError("cudaErrorNotReady")
    return (end_event._when - start_event._when) * 1e3


class _StreamType(type):
    @property
    def null(cls) -> Stream:
        """The default stream of the current device."""
        return null_stream(current_device())


class Stream(metaclass=_StreamType):
    """A queue of operations, run by a thread of its own."""

    def __init__(
        self, null: bool = False, non_blocking: bool = False, ptds: bool = False, priority: int | None = None
    ) -> None:
        check()
        self._start(next(handles) << 8, current_device(), priority)

    def _start(self, ptr: int, device: int, priority: int | None) -> None:
        self.ptr, self.device_id, self.priority = ptr, device, priority
        self._clock: dict[int, int] = {}
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        rng = random.Random(f"{Settings.seed}/{len(streams)}")
        self._thread = threading.Thread(
            target=_work, args=(self._queue, device, rng), daemon=True, name=f"emulated-stream-{ptr:#x}"
        )
        self._thread.start()
        streams[ptr] = self

    def __del__(self) -> None:
        if hasattr(self, "_queue"):
            self._queue.put(None)

    def _enqueue(
        self,
        operation: Callable[[], Any],
        name: str = "",
        reads: Sequence[Any] = (),
        writes: Sequence[Any] = (),
        always: bool = False,
    ) -> None:
        """Queue an operation; ``reads`` and ``writes`` are regions of memory (:class:`.memory.Region`)."""
        check(self.device_id)
        with lock:
            join(self._clock, host_clock)
            self._clock[self.ptr] = self._clock.get(self.ptr, 0) + 1
            for region in reads:
                region.access(self, name, False)
            for region in writes:
                region.access(self, name, True)
            # What a fault lets go of too early must not crash the tests: the bytes live until the operation has run.
            held = [(region.block, region.block.owner and region.block.owner()) for region in (*reads, *writes)]
            self._queue.put((operation, always, name, held))

    def record(self, event: Event | None = None) -> Event:
        if event is None:
            with Device(self.device_id):
                event = Event()
        event.record(self)
        return event

    def wait_event(self, event: Event) -> None:
        with lock:
            token, clock = event._token, dict(event._clock)
            if token is not None:
                self._enqueue(token.wait, always=True)
                join(self._clock, clock)

    def synchronize(self) -> None:
        self.record().synchronize()

    @property
    def done(self) -> bool:
        return self.record().done

    def launch_host_func(self, callback: Callable[[Any], Any], arg: Any) -> None:
        clock: dict[int, int] = {}

        def run() -> None:
            with lock:
                join(host_clock, clock)
            local.in_callback = True
            try:
                callback(arg)
            except BaseException as e:
                print(f"Exception ignored in a host callback: {e!r}", file=sys.stderr)
            finally:
                local.in_callback = False

        with lock:
            self._enqueue(run)
            clock.update(self._clock)

    def use(self) -> Stream:
        _stack()[:] = [(self, None)]
        return self

    def __enter__(self) -> Stream:
        _stack().append((self, task()))
        return self

    def __exit__(self, *_: object) -> None:
        top = _stack().pop()
        if top[0] is not self or top[1] is not task():
            raise CUDARuntimeError("'with stream:' was held across an await")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and other.ptr == self.ptr and other.device_id == self.device_id

    def __hash__(self) -> int:
        return hash((self.ptr, self.device_id))

    def __cuda_stream__(self) -> tuple[int, int]:
        return (0, self.ptr)


def ExternalStream(ptr: int, device_id: int = -1) -> Stream:
    """The stream with this handle."""
    found = streams.get(ptr) if ptr else null_stream(current_device())
    if found is None:
        raise CUDARuntimeError("cudaErrorInvalidResourceHandle: no such stream")
    return found


def _work(work: queue.SimpleQueue[Any], device: int, rng: random.Random) -> None:
    while (item := work.get()) is not None:
        operation, always, name, held = item
        if Settings.jitter and not always:
            time.sleep(rng.random() * Settings.jitter)
        if always or device not in broken:
            try:
                if name in Settings.fail:
                    raise RuntimeError(f"planted fault in {name}")
                operation()
            except BaseException as e:
                broken.setdefault(device, e)
        del operation, item, held


def _stack() -> list[tuple[Stream | None, Any]]:
    if not hasattr(local, "streams"):
        local.streams = [(None, None)]
    stack: list[tuple[Stream | None, Any]] = local.streams
    return stack


def get_current_stream(device_id: int | None = None) -> Stream:
    stream, owner = _stack()[-1]
    if owner is not None and owner is not task():
        raise CUDARuntimeError(
            "the current stream belongs to another asyncio task ('with stream:' was held across an await)"
        )
    return null_stream(current_device()) if stream is None else stream


_null: dict[int, Stream] = {}


def null_stream(device: int) -> Stream:
    if device not in _null:
        stream = Stream.__new__(Stream)
        stream._start(-device, device, None)
        _null[device] = stream
    return _null[device]


def forget() -> None:
    """Start with new null streams."""
    local.streams = [(None, None)]
    _null.clear()
    null_stream(0)
