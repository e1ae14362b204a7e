"""numba kernels of `normalize`."""

# mypy: allow-untyped-defs
from __future__ import annotations

import platform
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from adali.kernels import _simd
from adali.kernels._jit import kernel

KINDS = ("uint8", "int8", "uint16", "int16", "int32", "float32")
ROUNDED = ("uint8", "int8", "uint16", "int16", "int32", "uint32")
LANES = 16


@kernel(*(f"void({kind}[:,:,:], float32[::1], float32[::1], float32[:,:,:])" for kind in KINDS))
def any_to_any(src, mean, scale, out):
    """out[c, y, x] = (src[y, x, c] - mean[c]) * scale[c], any strides."""
    height, width, channels = src.shape
    for c in range(channels):
        m = mean[c]
        s = scale[c]
        for y in range(height):
            for x in range(width):
                out[c, y, x] = (np.float32(src[y, x, c]) - m) * s


@kernel("void(uint8[:,:,:], boolean, float32[::1], float32[::1], float32[:,:,:])")
def pixels_to_planes(src, mirror, mean, scale, out):
    """The same for 1, 3 or 4 interleaved uint8 channels into planes with contiguous rows, by 16 pixels."""
    height, width, channels = src.shape
    means = mean.ctypes.data
    scales = scale.ctypes.data
    plane = out.strides[0]
    for y in range(height):
        row = src.ctypes.data + y * src.strides[0]
        to = out.ctypes.data + y * out.strides[1]
        x = 0
        while x < width:
            if x + LANES > width:
                x = width - LANES
            at = row + (width - LANES - x if mirror else x) * channels
            if channels == 3:
                _simd.planes_c3(to + 4 * x, plane, at, means, scales, mirror)
            elif channels == 1:
                _simd.planes_c1(to + 4 * x, plane, at, means, scales, mirror)
            else:
                _simd.planes_c4(to + 4 * x, plane, at, means, scales, mirror)
            x += LANES


@kernel(*(f"void(float32[::1], {kind}[::1], float32, float32, int64, int64, int64)" for kind in ROUNDED))
def _round(src, out, low, high, bottom, top, nan):
    # The largest 32-bit integers are no floats: comparing before the cast keeps the cast inside the range.
    for i in range(src.shape[0]):
        v = src[i]
        t = np.trunc(v)
        if abs(v - t) >= np.float32(0.5):
            t += np.float32(1.0) if v > 0 else np.float32(-1.0)
        if t >= high:
            out[i] = top
        elif t <= low:
            out[i] = bottom
        elif t == t:
            out[i] = t
        else:
            out[i] = nan


def round_float32(src: Any, out: Any) -> None:
    """out[i] = src[i] rounded (halves away from zero) and clamped to the type of out."""
    _round(src, out, *_LIMITS[out.dtype.name])


def _limits(kind: str) -> tuple[np.float32, np.float32, int, int, int]:
    info = np.iinfo(kind)
    nan = info.min if kind == "int32" else 0
    return np.float32(info.min), np.float32(info.max), info.min, info.max, nan


_LIMITS = {kind: _limits(kind) for kind in ROUNDED}


def _has_half_instructions() -> bool:
    """Whether the processor converts float32 to float16 in vectors; without, LLVM would call a missing function."""
    machine = platform.machine().lower()
    if machine in ("aarch64", "arm64"):
        return True
    return bool(llvm.get_host_cpu_features().get("f16c", False))


HALF_INSTRUCTIONS = _has_half_instructions()

if HALF_INSTRUCTIONS:

    @kernel("void(float32[::1], intp)")
    def to_float16(src, out):
        """Round src into float16 numbers at the address `out`."""
        n = src.shape[0]
        at = src.ctypes.data
        i = 0
        while i < n:
            if i + LANES > n:
                i = n - LANES
            _simd.to_half16(out + 2 * i, at + 4 * i)
            i += LANES
