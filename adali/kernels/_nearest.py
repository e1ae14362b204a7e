# mypy: allow-untyped-defs
"""Nearest-neighbour resize: copies of whole pixels of any size."""

from __future__ import annotations

from adali.kernels import _simd
from adali.kernels._jit import kernel


@kernel("void(intp, intp, int32[::1], int32[::1], intp, uint8[:,::1])")
def gather(src, stride, rows, columns, pixel, out):
    """out[y, x * pixel : ...] = the `pixel` bytes at src + rows[y] * stride + columns[x] * pixel."""
    width = columns.shape[0]
    for y in range(rows.shape[0]):
        row = src + rows[y] * stride
        to = out.ctypes.data + y * width * pixel
        if y > 0 and rows[y] == rows[y - 1]:
            out[y] = out[y - 1]
        elif pixel == 3:
            # Four bytes at a time, each overwriting the first byte of the next pixel; the last one goes bytewise,
            # and no read passes the last pixel of the row.
            for x in range(width - 1):
                at = row + columns[x] * 3
                if columns[x] < columns[width - 1] or columns[x] < columns[0]:
                    _simd.copy4(to + 3 * x, at)
                else:
                    _simd.copy1(to + 3 * x, at)
                    _simd.copy1(to + 3 * x + 1, at + 1)
                    _simd.copy1(to + 3 * x + 2, at + 2)
            at = row + columns[width - 1] * 3
            for b in range(3):
                _simd.copy1(to + 3 * (width - 1) + b, at + b)
        elif pixel == 4:
            for x in range(width):
                _simd.copy4(to + 4 * x, row + 4 * columns[x])
        else:
            for x in range(width):
                at = row + columns[x] * pixel
                for b in range(pixel):
                    _simd.copy1(to + x * pixel + b, at + b)
