"""Memory that readers read into: recycled, since fresh memory costs a page fault for every 4 KiB, and aligned."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adali.operators.base import Array

__all__ = ["Room"]

#: Smaller arrays come from NumPy's own allocator.
_SMALL = 4 << 10
#: Arrays of up to a quarter of it lie side by side in blocks of this size.
_BLOCK = 1 << 20
#: Where an array begins: at a multiple of this, a cache line; elsewhere copying into it takes much longer.
_ALIGNMENT = 64


class Room:
    """Gives memory to what is read; all methods may be called from any thread.

    Args:
        empty: gives blocks that begin where a cache line does, by shape and type; see
            :meth:`adali.operators.base.InputOperator.use_memory`.
    """

    def __init__(self, empty: Callable[[tuple[int, ...], Any], Array] | None = None) -> None:
        self._empty = empty or _fresh
        self._lock = threading.Lock()
        self._block: Array = np.empty(0, np.uint8)
        self._used = 0

    def bytes(self, size: int) -> Array:
        """An uninitialised array, uint8 of shape (size,)."""
        if size < _SMALL:
            return np.empty(size, np.uint8)
        if size > _BLOCK // 4:
            return self._empty((size,), np.uint8)
        with self._lock:
            start = self._used
            if start + size > len(self._block):
                self._block, start = self._empty((_BLOCK,), np.uint8), 0
            self._used = _aligned(start + size)
            return self._block[start : start + size]

    def owned(self, arrays: Sequence[Array]) -> list[Array]:
        """The arrays, those that are read-only as copies: views of one block that lives as long as one of them."""
        foreign = [(place, array) for place, array in enumerate(arrays) if not array.flags.writeable]
        found = list(arrays)
        if not foreign:
            return found
        block = self._empty((sum(_aligned(array.nbytes) for _, array in foreign),), np.uint8)
        start = 0
        for place, array in foreign:
            stop = start + array.nbytes
            copy = block[start:stop]
            if array.dtype != np.uint8 or array.ndim != 1:
                copy = copy.view(array.dtype).reshape(array.shape)
            copy[...] = array
            found[place] = copy
            start = _aligned(stop)
        return found


def _fresh(shape: tuple[int, ...], dtype: Any) -> Array:
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    array: Array = np.ndarray(shape, dtype, buffer=memory, offset=-memory.ctypes.data % _ALIGNMENT)
    return array


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
