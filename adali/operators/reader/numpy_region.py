"""Which bytes of a .npy file a region of its array needs, and the region from them.

Along the outermost axes (in the order of the file) the region is cut into blocks; within a block all bytes from its
first element to its last are taken. Blocks are as small as they can be without many requests, or gaps that cost less
than one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from adali.kernels.npy import NpyHeader, native
from adali.operators.base import Array

__all__ = ["Blocks"]

#: So many bytes that are not needed are taken rather than make one more request.
_GAP = 64 << 10
_MOST = 64


class Blocks:
    """The pieces of a file that hold a box of its array.

    Args:
        header: of the file.
        box: first position and the one after the last along each axis, inside of the array and not empty.

    Attributes:
        ranges: first byte of each piece in the file, and the one after its last.
    """

    def __init__(self, header: NpyHeader, box: Sequence[tuple[int, int]]) -> None:
        self._header = header
        order = slice(None, None, -1) if header.fortran else slice(None)
        shape, box = header.shape[order], list(box)[order]
        size = header.dtype.itemsize
        self._strides = [math.prod(shape[axis + 1 :]) * size for axis in range(len(shape))]
        self._extents = [last - first for first, last in box]
        begin = header.offset + sum(low * stride for (low, _), stride in zip(box, self._strides, strict=True))
        self._outer = len(shape)
        span = size
        while self._outer and (
            self._strides[self._outer - 1] - span <= _GAP or math.prod(self._extents[: self._outer]) > _MOST
        ):
            self._outer -= 1
            span += (self._extents[self._outer] - 1) * self._strides[self._outer]
        self._places = list(itertools.product(*(range(n) for n in self._extents[: self._outer])))
        starts = [begin + sum(map(int.__mul__, place, self._strides)) for place in self._places]
        self.ranges = [(start, start + span) for start in starts]

    def array(self, pieces: Sequence[Array]) -> Array:
        """The box, in this machine's byte order and in memory of its own.

        Args:
            pieces: the bytes of ``ranges``, uint8.
        """
        dtype = self._header.dtype
        found = np.empty(self._extents, dtype)
        inner, strides = self._extents[self._outer :], self._strides[self._outer :]
        for place, piece in zip(self._places, pieces, strict=True):
            found[place] = np.ndarray(inner, dtype, np.ascontiguousarray(piece).data, strides=strides)
        return native(found.T if self._header.fortran else found)
