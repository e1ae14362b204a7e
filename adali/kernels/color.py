"""Colour arithmetic: a 3x3 matrix for each pixel, and multiply-add for each value.

The results are rounded halves away from zero and clamped, as :func:`adali.kernels.normalize.convert` does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adali.kernels.normalize import convert
from adali.kernels.scratch import scratch

__all__ = ["mix_channels", "multiply_add"]

Array = npt.NDArray[Any]

_SLOT_IN, _SLOT_OUT = 40, 41


def mix_channels(src: Array, matrix: Array, offset: Array, out: Array) -> Array:
    """``out[p] = matrix @ src[p] + offset`` for every pixel p; arrays of shape (..., 3), C-contiguous.

    Args:
        src: any numeric type.
        matrix: float32, (3, 3).
        offset: float32, (3,).
        out: any numeric type; receives the result and is returned.
    """
    from adali.kernels import _color

    pixels, result = src.reshape(-1, 3), out.reshape(-1, 3)
    if src.dtype == np.uint8 and out.dtype in (np.uint8, np.float32):
        kernel = _color.mix_u8_u8 if out.dtype == np.uint8 else _color.mix_u8_f32
        kernel(pixels, matrix, offset, result)
        return out
    wide = pixels
    if src.dtype != np.float32:
        wide = scratch(pixels.shape, np.float32, _SLOT_IN)
        wide[...] = pixels
    mixed = result if out.dtype == np.float32 else scratch(pixels.shape, np.float32, _SLOT_OUT)
    _color.mix_f32_f32(wide, matrix, offset, mixed)
    if mixed is not result:
        convert(mixed, out.dtype, out=result)
    return out


def multiply_add(src: Array, factor: float, addend: float, out: Array) -> Array:
    """``out = factor * src + addend`` in float32, element by element; shapes must agree."""
    if src.dtype == np.uint8 and src.size > 1024:
        table = np.arange(256, dtype=np.float32) * np.float32(factor) + np.float32(addend)
        converted = convert(table, out.dtype)
        if out.dtype == np.uint8 and src.flags.c_contiguous and out.flags.c_contiguous:
            import cv2

            cv2.LUT(src.reshape(1, -1), converted, dst=out.reshape(1, -1))
        else:
            np.take(converted, src, out=out)
        return out
    wide = out if out.dtype == np.float32 else scratch(src.shape, np.float32, _SLOT_OUT)
    np.multiply(src, np.float32(factor), out=wide, casting="unsafe")
    wide += np.float32(addend)
    if wide is not out:
        convert(wide, out.dtype, out=out)
    return out
