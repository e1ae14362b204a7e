# mypy: allow-untyped-defs
"""Separable resize of images in float32: any filter, the same strips of 16 rows as in `_resize_u8`."""

from __future__ import annotations

from typing import Any

from adali.kernels import _simd
from adali.kernels._jit import kernel

LANES = 16
BLOCK = 32  # elements of one vertical step
KINDS = ("uint8", "uint16", "int16", "float32")

_AXES = "int32[::1], float32[:,::1], int32[::1], float32[:,::1]"


@kernel("void(intp, intp, intp, intp)")
def _to_columns(cols, tmp, tmp_stride, n):
    j = 0
    while j < n:
        _simd.transpose_f32_16x4(cols + 64 * j, tmp + 4 * j, tmp_stride)
        j += 4


@kernel("void(intp, intp, int32[::1], float32[:,::1], intp, intp, boolean)")
def _horizontal(line, cols, start, weights, channels, origin, to_u8):
    taps = weights.shape[1]
    step = channels * 64
    for x in range(start.shape[0]):
        w = weights.ctypes.data + x * taps * 4
        src = cols + (start[x] - origin) * step
        for c in range(channels):
            j = x * channels + c
            if to_u8:
                _simd.horizontal_f32_u8(line + 16 * j, src + 64 * c, step, w, taps)
            else:
                _simd.horizontal_f32(line + 64 * j, src + 64 * c, step, w, taps)


@kernel("void(intp, intp, intp, intp, boolean)")
def _to_rows(at, line, row, rows, to_u8):
    """row elements of each of `rows` output rows that follow each other in memory."""
    size = 1 if to_u8 else 4
    width = 16 if to_u8 else 4
    j = 0
    while j < row:
        if j + width > row:
            j = row - width
        if to_u8:
            _simd.transpose_u8_16x16(at + j, row, line + 16 * j, 16, rows)
        else:
            _simd.transpose_f32_4x16(at + 4 * j, row * size, line + 64 * j, rows)
        j += width


@kernel(*(f"void({kind}[:,:,:], {_AXES}, uint8[::1], boolean, intp, intp, intp)" for kind in KINDS))
def _resize(src, ystart, yweights, xstart, xweights, work, to_u8, out, height, width):
    channels = src.shape[2]
    x0 = xstart.min()
    n = (xstart.max() + xweights.shape[1] - x0) * channels
    tmp_stride = 4 * (n + 16)
    tmp = work.ctypes.data
    cols = tmp + LANES * tmp_stride
    line = cols + (n + 16) * 64
    taps = yweights.shape[1]
    row_size = width * channels
    element = src.itemsize
    for first in range(0, height, LANES):
        rows = min(LANES, height - first)
        for r in range(rows):
            w = yweights.ctypes.data + (first + r) * taps * 4
            row = src.ctypes.data + ystart[first + r] * src.strides[0] + x0 * channels * element
            j = 0
            while j < n:
                if j + BLOCK > n:
                    j = n - BLOCK
                to = tmp + r * tmp_stride + 4 * j
                _simd.vertical_float(src, to, row + element * j, src.strides[0], w, taps)
                j += BLOCK
        _to_columns(cols, tmp, tmp_stride, n)
        _horizontal(line, cols, xstart, xweights, channels, x0, to_u8)
        _to_rows(out + first * row_size * (1 if to_u8 else 4), line, row_size, rows, to_u8)


def resize(src: Any, ystart: Any, yweights: Any, xstart: Any, xweights: Any, work: Any, out: Any) -> None:
    """src (H, W, C) with contiguous rows -> out (h, w, C) uint8 or float32; work has `work_size` bytes."""
    to_u8 = out.dtype.name == "uint8"
    _resize(src, ystart, yweights, xstart, xweights, work, to_u8, out.ctypes.data, out.shape[0], out.shape[1])


def work_size(source_columns: int, width: int, channels: int) -> int:
    """Bytes of scratch memory for a strip: source_columns is the range of columns that the weights touch."""
    return 2 * 64 * (source_columns * channels + 16) + 64 * width * channels + 512
