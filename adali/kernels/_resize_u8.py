"""Separable resize of uint8 images in 16-bit fixed point, for filters without negative weights.

The image is made in strips of 16 output rows: a vertical pass over whole rows (vectors of 32 bytes), a
transposition in registers so that the 16 rows become the lanes of one vector, a horizontal pass (every tap is
one multiplication for 16 rows), and a transposition back, fused with normalization where that is asked for.
A strip stays in the second-level cache.  Values are 8.8 fixed point between the passes and weights are 16-bit
fractions; each product is cut off, which `bias` evens out, so a result differs from exact arithmetic by at
most a few 1/256 before the final rounding.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

from adali.kernels import _simd
from adali.kernels._jit import kernel

LANES = 16  # output rows of one strip
BLOCK = 32  # bytes of one vertical step
MAX_TAPS = 64  # above it the sum of the cut-off errors is no longer small


@kernel(
    "void(intp, intp, intp, intp, intp, int32[::1], uint16[:,::1], intp, intp, intp, intp, intp)",
)
def _vertical_strip(src, stride, n, first, rows, start, weights, tmp, tmp_stride, cols, cols_stride, skip):
    """Rows first .. first + rows of the vertical pass, n bytes each, then the transpose into cols."""
    taps = weights.shape[1]
    wbase = weights.ctypes.data
    for r in range(rows):
        w = wbase + (first + r) * taps * 2
        row = src + start[first + r] * stride + skip
        out = tmp + r * tmp_stride
        i = 0
        while i + BLOCK <= n:
            _simd.vertical32(out + 2 * i, row + i, stride, w, taps, taps // 2)
            i += BLOCK
        if i < n:
            # The last block overlaps the one before it; the caller guarantees n >= BLOCK.
            i = n - BLOCK
            _simd.vertical32(out + 2 * i, row + i, stride, w, taps, taps // 2)
    j = 0
    while j < n:
        _simd.transpose_u16_16x8(cols + j * cols_stride, tmp + 2 * j, tmp_stride)
        j += 8


@kernel("void(intp, intp, intp, intp, int32[::1], uint16[:,::1], intp, intp)")
def _horizontal_strip(dst, step, pixel, cols, start, weights, channels, origin):
    """For every output column x and channel c: 16 bytes at dst + x * pixel + c * step."""
    taps = weights.shape[1]
    wbase = weights.ctypes.data
    bias = taps // 2 + 128
    for x in range(start.shape[0]):
        w = wbase + x * taps * 2
        src = cols + (start[x] - origin) * channels * 32
        out = dst + x * pixel
        if channels == 3:
            _simd.horizontal_c3(out, step, src, w, taps, bias)
        elif channels == 1:
            _simd.horizontal_c1(out, step, src, w, taps, bias)
        else:
            _simd.horizontal_c4(out, step, src, w, taps, bias)


@kernel(
    "void(uint8[:,:,:], int32[::1], uint16[:,::1], int32[::1], uint16[:,::1], uint8[::1], uint8[:,:,::1])",
)
def resize_hwc(src, ystart, yweights, xstart, xweights, work, out):
    """src (H, W, C) with contiguous rows -> out (h, w, C); work has `work_size` bytes."""
    height, width, channels = out.shape
    x0 = xstart.min()
    x1 = xstart.max() + xweights.shape[1]
    n = (x1 - x0) * channels
    tmp_stride = 2 * (n + 16)
    tmp = work.ctypes.data
    cols = tmp + LANES * tmp_stride
    line = cols + (n + 16) * 32
    base = src.ctypes.data
    row_bytes = width * channels
    target = out.ctypes.data
    for first in range(0, height, LANES):
        rows = min(LANES, height - first)
        _vertical_strip(
            base, src.strides[0], n, first, rows, ystart, yweights, tmp, tmp_stride, cols, 32, x0 * channels
        )
        _horizontal_strip(line, 16, 16 * channels, cols, xstart, xweights, channels, x0)
        at = target + first * row_bytes
        j = 0
        while j + 16 <= row_bytes:
            _simd.transpose_u8_16x16(at + j, row_bytes, line + j * 16, 16, rows)
            j += 16
        if j < row_bytes:
            j = row_bytes - 16
            _simd.transpose_u8_16x16(at + j, row_bytes, line + j * 16, 16, rows)


@kernel(
    "void(uint8[:,:,:], int32[::1], uint16[:,::1], int32[::1], uint16[:,::1], uint8[::1],"
    " float32[::1], float32[::1], float32[:,:,::1])",
)
def resize_normalize_chw(src, ystart, yweights, xstart, xweights, work, mean, scale, out):
    """Like `resize_hwc`, then (rounded value - mean) * scale into out (C, h, w); needs w >= 16."""
    channels, height, width = out.shape
    x0 = xstart.min()
    x1 = xstart.max() + xweights.shape[1]
    n = (x1 - x0) * channels
    tmp_stride = 2 * (n + 16)
    tmp = work.ctypes.data
    cols = tmp + LANES * tmp_stride
    line = cols + (n + 16) * 32
    base = src.ctypes.data
    target = out.ctypes.data
    plane = 16 * width
    for first in range(0, height, LANES):
        rows = min(LANES, height - first)
        _vertical_strip(
            base, src.strides[0], n, first, rows, ystart, yweights, tmp, tmp_stride, cols, 32, x0 * channels
        )
        _horizontal_strip(line, plane, 16, cols, xstart, xweights, channels, x0)
        for c in range(channels):
            at = target + ((c * height) + first) * width * 4
            from_ = line + c * plane
            x = 0
            while x + 16 <= width:
                _simd.normalize_u8_16x16(at + 4 * x, 4 * width, from_ + 16 * x, 16, rows, mean[c], scale[c])
                x += 16
            if x < width:
                x = width - 16
                _simd.normalize_u8_16x16(at + 4 * x, 4 * width, from_ + 16 * x, 16, rows, mean[c], scale[c])


def work_size(source_columns: int, width: int, channels: int) -> int:
    """Bytes of scratch memory for a strip: source_columns is the range of columns that the weights touch."""
    n = source_columns * channels
    return 2 * LANES * 2 * (n + 16) + 16 * width * channels + 512
