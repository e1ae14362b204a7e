"""Device and pinned memory, with the history of accesses that finds races."""

from __future__ import annotations

import bisect
import ctypes
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from .state import SANITIZED, CUDARuntimeError, RaceError, current_device, host_clock, lock
from .streams import get_current_stream

PAGE = 1 if SANITIZED else 512


def _fence_off(raw: Any, start: int, nbytes: int) -> None:
    """Let the address sanitizer catch what is read or written around a piece of memory."""
    library = ctypes.CDLL(None)
    base = int(raw.ctypes.data)
    for first, size in ((base + start - 256, 256), (base + start + nbytes, 256)):
        library.__asan_poison_memory_region(ctypes.c_void_p(first), ctypes.c_size_t(size))


def _open(base: int, nbytes: int) -> None:
    ctypes.CDLL(None).__asan_unpoison_memory_region(ctypes.c_void_p(base), ctypes.c_size_t(nbytes))


class Block:
    """One piece of memory: its bytes, its device (-1 for pinned host memory) and who accessed what of it last."""

    def __init__(self, nbytes: int, device: int, address: int | None = None) -> None:
        self.buffer: Any = None
        self.owner: Any = None  # of pinned memory, weakly
        self._fences: tuple[Any, Any] | None = None
        if address is None:
            raw = np.full(nbytes + 768, 0xCD, np.uint8)
            start = 256 + -raw.ctypes.data % 256
            self.buffer = raw[start : start + nbytes]
            self._fences = raw[start - 256 : start], raw[start + nbytes : start + nbytes + 256]
            address = int(self.buffer.ctypes.data)
            if SANITIZED:
                _fence_off(raw, start, nbytes)
                # NumPy keeps small pieces for its next arrays.
                weakref.finalize(self, _open, int(raw.ctypes.data), raw.nbytes)
        self.address = address
        self.nbytes = nbytes
        self.device = device
        self.free = False
        self.log: list[tuple[int, int, bool, int, int, str]] = []  # first, end, write, stream, time, name
        self.register()

    def register(self) -> None:
        """Let :func:`block_at` find it."""
        with lock:
            _blocks[self.address] = self
            bisect.insort(_addresses, self.address)

    def check_fences(self) -> None:
        """Whether something wrote in front of the block or behind it.

        Raises:
            CUDARuntimeError: it did.
        """
        if self._fences is not None and not SANITIZED and any((fence != 0xCD).any() for fence in self._fences):
            raise CUDARuntimeError("cudaErrorIllegalAddress: a kernel wrote outside of an allocation")


_blocks: weakref.WeakValueDictionary[int, Block] = weakref.WeakValueDictionary()
_addresses: list[int] = []


def block_at(address: int, nbytes: int = 1) -> Block | None:
    """The block in which an address lies; None for ordinary host memory."""
    with lock:
        at = bisect.bisect_right(_addresses, address) - 1
        while at >= 0:
            block = _blocks.get(_addresses[at])
            if block is None:
                del _addresses[at]
                at -= 1
                continue
            if address + nbytes <= block.address + block.nbytes:
                return block
            if address < block.address + block.nbytes:
                raise CUDARuntimeError("cudaErrorIllegalAddress: beyond the end of an allocation")
            return None
    return None


class Region:
    """Bytes ``first`` to ``end`` of a block."""

    __slots__ = ("block", "end", "first")

    def __init__(self, block: Block, first: int, nbytes: int) -> None:
        self.block, self.first, self.end = block, first, first + nbytes

    def access(self, stream: Any, name: str, write: bool) -> None:
        """Note an access of a stream.

        Raises:
            RaceError: another access to the same bytes is not ordered before it.
            CUDARuntimeError: the memory is of another device, or was given back.
        """
        block = self.block
        if block.device >= 0 and block.device != stream.device_id:
            raise CUDARuntimeError(
                f"cudaErrorIllegalAddress: {name or 'an operation'} on device {stream.device_id} uses memory of "
                f"device {block.device}"
            )
        if block.free and name != "reuse of freed memory":
            raise RaceError(f"{name!r} uses memory that was given back")
        self._order(stream._clock, stream.ptr, stream._clock.get(stream.ptr, 0), name, write)

    def host_access(self, name: str, write: bool) -> None:
        """Note an access of the host."""
        with lock:
            self._order(host_clock, 0, 0, name, write, remember=False)

    def _order(
        self, clock: dict[int, int], stream: int, time: int, name: str, write: bool, remember: bool = True
    ) -> None:
        keep = []
        for entry in self.block.log:
            first, end, wrote, by, at, what = entry
            ordered = clock.get(by, 0) >= at
            if first < self.end and self.first < end and (write or wrote) and not ordered:
                raise RaceError(
                    f"{name!r} on stream {stream:#x} {'writes' if write else 'reads'} bytes "
                    f"{max(first, self.first)}:{min(end, self.end)} of memory that {what!r} on stream {by:#x} "
                    f"{'writes' if wrote else 'reads'}, and no event orders the two"
                )
            if not (ordered and write and self.first <= first and end <= self.end):
                keep.append(entry)
        if remember:
            keep.append((self.first, self.end, write, stream, time, name))
        self.block.log[:] = keep


def region_of(address: int, nbytes: int) -> Region | None:
    block = block_at(address, max(nbytes, 1))
    return None if block is None else Region(block, address - block.address, nbytes)


class MemoryPointer:
    """A place in device memory; keeps the memory alive."""

    def __init__(self, mem: Any, offset: int) -> None:
        self.mem, self._offset = mem, offset

    @property
    def ptr(self) -> int:
        return int(self.mem.ptr) + self._offset

    @property
    def device_id(self) -> int:
        return int(self.mem.device_id)

    def __add__(self, offset: int) -> MemoryPointer:
        return MemoryPointer(self.mem, self._offset + int(offset))

    def __int__(self) -> int:
        return self.ptr


class Memory:
    """An allocation of the pool; goes back to it with the last reference, at host time, as CuPy's do."""

    def __init__(self, pool: Pool, key: tuple[int, int, int], block: Block) -> None:
        self._pool, self._key, self.block = pool, key, block
        self.ptr, self.size, self.device_id = block.address, block.nbytes, block.device

    def __del__(self) -> None:
        with lock:
            self.block.free = True
            if (
                _blocks.get(self.block.address) is not self.block
            ):  # collected with a cycle, which clears weak references
                self.block.register()
            self._pool.free.setdefault(self._key, []).append(self.block)


class UnownedMemory:
    """Memory that somebody else owns."""

    def __init__(self, ptr: int, size: int, owner: Any, device_id: int = -1) -> None:
        self.ptr, self.size, self._owner = ptr, size, owner
        block = block_at(ptr)
        self.device_id = device_id if device_id >= 0 else block.device if block else current_device()


class Pool:
    """Free blocks by device, stream and size."""

    def __init__(self) -> None:
        self.free: dict[tuple[int, int, int], list[Block]] = {}

    def malloc(self, size: int) -> MemoryPointer:
        stream = get_current_stream()
        device = current_device()
        if stream.device_id != device:
            raise CUDARuntimeError("cudaErrorInvalidResourceHandle: the current stream is another device's")
        rounded = max(PAGE, -(-size // PAGE) * PAGE)
        key = (device, stream.ptr, rounded)
        with lock:
            free = self.free.get(key)
            block = free.pop() if free else Block(rounded, device)
            memory = Memory(self, key, block)
            stream._enqueue(
                lambda: block.buffer.fill(0xCD), "reuse of freed memory", writes=[Region(block, 0, rounded)]
            )
            block.free = False
        return MemoryPointer(memory, 0)


pool = Pool()


class PinnedMemoryPointer(bytearray):
    """Pinned host memory, usable as a buffer."""

    ptr: int

    def size(self) -> int:
        return len(self)


def alloc_pinned_memory(size: int) -> PinnedMemoryPointer:
    memory = PinnedMemoryPointer(max(size, 1))
    memory.ptr = int(np.frombuffer(memory, np.uint8).ctypes.data)
    memory.block = Block(len(memory), -1, memory.ptr)  # type: ignore[attr-defined]
    memory.block.owner = weakref.ref(memory)  # type: ignore[attr-defined]
    return memory


def copy_bytes(target: int, source: int, nbytes: int) -> None:
    ctypes.memmove(target, source, nbytes)


def regions(addresses: Iterator[tuple[int, int]]) -> list[Region]:
    found = []
    for address, nbytes in addresses:
        if nbytes:
            region = region_of(address, nbytes)
            if region is None:
                raise CUDARuntimeError(f"cudaErrorIllegalAddress: {address:#x} is not device memory")
            found.append(region)
    return found
