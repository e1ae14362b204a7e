"""Memory that one thread uses again and again for intermediate results.

A fresh `numpy.empty` of a megabyte costs more in page faults than the arithmetic done in it, so kernels
borrow their intermediate buffers here.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGN = 64  # one cache line, and the widest vector register

_local = threading.local()


def scratch(shape: int | Sequence[int], dtype: DTypeLike, slot: int = 0) -> NDArray[Any]:
    """Return an uninitialised C-contiguous array in memory that belongs to the calling thread.

    The array is valid until the same thread asks for the same `slot` again, whatever the shape; two arrays
    that are needed at the same time must use different slots. Never hand it to code outside the current
    call. The memory starts on a 64-byte boundary and is kept until the thread ends or `release()` is
    called; it grows as needed and never shrinks.

    Raises ValueError if a dimension is negative.
    """
    dims = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(d < 0 for d in dims):
        raise ValueError(f"negative dimensions are not allowed: {dims}")
    kind = np.dtype(dtype)
    size = math.prod(dims) * kind.itemsize
    slots: dict[int, NDArray[np.uint8]] | None = getattr(_local, "slots", None)
    if slots is None:
        slots = _local.slots = {}
    block = slots.get(slot)
    if block is None or block.size < size:
        # Grow by half again, so that images of slowly rising sizes do not reallocate every time.
        want = max(size, 0 if block is None else block.size + block.size // 2) + _ALIGN
        raw = np.empty(want, np.uint8)
        skip = -raw.ctypes.data % _ALIGN
        block = slots[slot] = raw[skip : skip + want - _ALIGN]
    return block[:size].view(kind).reshape(dims)


def release() -> None:
    """Give back all scratch memory of the calling thread."""
    _local.__dict__.pop("slots", None)
