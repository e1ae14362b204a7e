"""Memory of the CPU stages: a pool of buffers for batches, and scratch for what lives within one sample.

A buffer of the pool is an ndarray subclass that every array made of it has as its base. It returns to the pool when
the last such array dies, so memory that a consumer can still see is never written again, whatever was released.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from operator import is_
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.operators.base import ABSENT

__all__ = ["BufferPool", "OutputColumn", "Scratch", "is_pinned", "must_copy"]

Array = npt.NDArray[Any]

#: Smaller arrays come from NumPy's own allocator, which is faster than any pool for them.
SMALL = 16 * 1024
#: Where a buffer begins: at a multiple of this, a cache line. The interpreter's own large blocks begin 16 bytes behind
#: one, and to copy a file into such memory takes three to four times as long.
_LINE = 64


class _Buffer(np.ndarray[Any, Any]):
    """Raw bytes that go back to their pool when nothing refers to them."""

    pool: BufferPool | None = None
    start: int = 0

    def __del__(self) -> None:
        pool = self.pool
        # Views of this class made by accident have no pool; only the buffer itself returns.
        if pool is not None:
            self.pool = None
            pool._give_back(self)

    def __array_finalize__(self, obj: Any) -> None:
        self.pool = None


class BufferPool:
    """Recycles large buffers by size class.

    At most as many bytes are kept idle as were in use at the peak of recent batches, the least recently used size first
    to go; so neither one huge batch nor a size that no longer comes holds memory for ever. :meth:`trim` frees at once.
    """

    #: Allocations after which a peak counts as recent no more than once again as long.
    WINDOW = 512

    def __init__(self, allocate: Callable[[int], Any] = bytearray, small: int = SMALL) -> None:
        """Make an empty pool.

        Args:
            allocate: gives memory, as an object with the buffer protocol: pinned memory, where a device reads it.
            small: arrays below so many bytes are not pooled.
        """
        self._allocate = allocate
        self._aligns = allocate is bytearray  # pinned memory is aligned as it comes
        self._small = small
        # By size, the least recently used first. A collection may end buffers' lives, and so change this, at almost any
        # point of the methods below, on the same thread; each step leaves it whole.
        self._idle: OrderedDict[int, list[tuple[Any, int]]] = OrderedDict()
        self._lock = threading.RLock()
        self._idle_bytes = 0
        self._used_bytes = 0
        self._peak_bytes = 0  # of this window
        self._last_peak_bytes = 0  # of the one before
        self._count = 0
        self._closed = False

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """An uninitialised C-contiguous array."""
        dtype = np.dtype(dtype)
        nbytes = math.prod(shape) * dtype.itemsize
        if nbytes < self._small:
            return np.empty(shape, dtype)
        size = _size_class(nbytes)
        with self._lock:
            idle = self._idle.get(size)
            raw, start = idle.pop() if idle else (None, 0)
            if raw is not None:
                self._idle_bytes -= size
            self._used_bytes += size
            self._peak_bytes = max(self._peak_bytes, self._used_bytes)
            self._count += 1
            if self._count >= self.WINDOW:
                self._count = 0
                self._last_peak_bytes, self._peak_bytes = self._peak_bytes, self._used_bytes
                self._evict()
        if raw is None:
            raw = self._allocate(size + (_LINE if self._aligns else 0))
            start = -np.frombuffer(raw, np.uint8).ctypes.data % _LINE if self._aligns else 0
        # The buffer's own base must be no ndarray: NumPy would skip the buffer and refer to that instead.
        buffer = _Buffer((size,), np.uint8, raw, start)
        buffer.pool, buffer.start = self, start
        array: Array = np.ndarray(shape, dtype, buffer=buffer)
        return array

    def _give_back(self, buffer: _Buffer) -> None:
        raw: Any = buffer.base
        size = buffer.shape[0]
        # Re-entrant lock: a collection inside `empty` may end a buffer's life on the same thread.
        with self._lock:
            self._used_bytes -= size
            if not self._closed:
                self._idle.setdefault(size, []).append((raw, buffer.start))
                self._idle.move_to_end(size)
                self._idle_bytes += size
                self._evict()

    def _evict(self) -> None:
        limit = max(self._peak_bytes, self._last_peak_bytes)
        if self._idle_bytes + self._used_bytes <= limit:
            return
        for size in list(self._idle):
            idle = self._idle.get(size)
            while idle and self._idle_bytes + self._used_bytes > limit:
                idle.pop()
                self._idle_bytes -= size

    def trim(self) -> None:
        """Forget idle buffers and the peak that let them stay."""
        with self._lock:
            idle, self._idle, self._idle_bytes = self._idle, OrderedDict(), 0
            del idle
            self._peak_bytes = self._last_peak_bytes = self._used_bytes

    def close(self) -> None:
        """Free idle buffers and keep no more of them."""
        with self._lock:
            self._closed = True
            self.trim()

    def renew_lock(self) -> None:
        """After a fork: a thread that is gone may have held it."""
        self._lock = threading.RLock()

    @property
    def used_bytes(self) -> int:
        """Bytes in arrays that are alive."""
        return self._used_bytes

    @property
    def idle_bytes(self) -> int:
        """Bytes kept for reuse."""
        return self._idle_bytes


def _size_class(nbytes: int) -> int:
    """Round up to one of eight steps between powers of two: at most 12.5% is lost."""
    step = 1 << max(6, nbytes.bit_length() - 4)
    return -(-nbytes // step) * step


class _ScratchBlock(np.ndarray[Any, Any]):
    """Base of all scratch arrays, by which they are recognised."""


class Scratch(threading.local):
    """Per-thread memory for results that live until the next sample, one block for each key."""

    def __init__(self) -> None:
        self._blocks: dict[Any, Array] = {}

    def empty(self, key: Any, shape: tuple[int, ...], dtype: Any) -> Array:
        """An uninitialised array, valid until the same thread asks for the same key again."""
        dtype = np.dtype(dtype)
        nbytes = math.prod(shape) * dtype.itemsize
        block = self._blocks.get(key)
        if block is None or block.nbytes < nbytes:
            block = _ScratchBlock((_size_class(max(nbytes, 1)),), np.uint8)
            self._blocks[key] = block
        array: Array = np.ndarray(shape, dtype, buffer=block)
        return array


def memory_of(array: Any) -> Any:
    """The object that owns an array's memory."""
    while isinstance(array, np.ndarray) and array.base is not None:
        array = array.base
    return array


def is_pinned(array: Any) -> bool:
    """Whether an array lies in a pool's memory that is not the interpreter's own."""
    while isinstance(array, np.ndarray):
        if isinstance(array, _Buffer):
            return type(array.base) is not bytearray
        array = array.base
    return False


def must_copy(value: Array, internal: Sequence[Any]) -> bool:
    """Whether a result has to be copied to outlive its sample.

    It has to if it lies in scratch memory, or is a view of an input that itself lives only within the sample: a codec,
    for instance, may decode the next image into the same memory.
    """
    owner = memory_of(value)
    return isinstance(owner, _ScratchBlock) or any(memory_of(i) is owner for i in internal)


class OutputColumn:
    """One output of a chain for a whole batch; samples of equal shape lie in one contiguous slab.

    Whether a batch will be uniform is not known before its first samples are done, so the first one to ask decides:
    it makes a slab for all, and samples of another shape get memory of their own. A column that was ragged last time
    makes no slab.
    """

    __slots__ = ("_cells", "_dtype", "_expect_ragged", "_lock", "_pool", "_shape", "samples", "slab")

    def __init__(self, count: int, pool: BufferPool, expect_ragged: bool) -> None:
        self.samples: list[Any] = [None] * count
        self.slab: Array | None = None
        self._cells: list[Array] | None = None
        self._shape: tuple[int, ...] | None = None
        self._dtype: Any = None
        self._pool = pool
        self._expect_ragged = expect_ragged
        self._lock = threading.Lock()

    def empty(self, index: int, shape: tuple[int, ...], dtype: Any) -> Array:
        """Memory for a sample."""
        if self._cells is None and not self._expect_ragged:
            with self._lock:
                if self._cells is None:
                    slab = self._pool.empty((len(self.samples), *shape), dtype)
                    self._shape, self._dtype = tuple(shape), slab.dtype
                    self.slab = slab
                    # [i, ...] keeps a 0-d sample an array
                    self._cells = [slab[i, ...] for i in range(len(self.samples))]
        if self._cells is not None and self._shape == tuple(shape) and self._dtype == dtype:
            return self._cells[index]
        return self._pool.empty(shape, dtype)

    def put(self, index: int, value: Array, internal: Sequence[Any] = ()) -> None:
        """Store a result: as it is if its memory may live on (see :func:`must_copy`), else copied."""
        if value is ABSENT:
            self.samples[index] = value
            return
        if not isinstance(value, np.ndarray):  # a scalar
            value = np.asarray(value)
        if self._cells is not None:
            cell = self._cells[index]
            if value is cell:
                self.samples[index] = cell
                return
            if value.shape == self._shape and value.dtype == self._dtype:
                if value.base is not cell:
                    cell[...] = value
                self.samples[index] = cell
                return
        if not value.flags.c_contiguous or must_copy(value, internal):
            memory = self.empty(index, value.shape, value.dtype)
            memory[...] = value
            value = memory
        self.samples[index] = value

    @property
    def ragged(self) -> bool:
        """Whether the finished samples differ in shape or type, or lie in memory of their own."""
        return self._cells is None or not all(map(is_, self.samples, self._cells))

    def finish(self) -> tuple[list[Array], Array | None]:
        """The samples, and the slab if all of them lie in it."""
        return self.samples, (None if self.ragged else self.slab)
