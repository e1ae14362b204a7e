"""Filters: separable ones with symmetric windows, any others, and where a window meets the border of the data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.kernels.normalize import convert
from adali.kernels.scratch import scratch

__all__ = ["border_index", "correlate", "gaussian_window", "separable"]

Array = npt.NDArray[Any]

_SLOT_WIDE, _SLOT_RESULT, _SLOT_DEPTH, _SLOT_LINE, _SLOT_SUMS = 50, 51, 52, 53, 54


def border_index(index: Array, size: int, border: str = "reflect_101") -> Array:
    """Where to read for positions that may lie outside ``0..size-1``.

    Args:
        index: integers, any shape.
        size: extent of the axis, at least 1.
        border: "reflect_101" (``dcb|abcd|cba``), "reflect_1001" (``cba|abcd|dcb``), "wrap" or "clamp"; the first
            three go on and on for windows larger than the data.

    Raises:
        ValueError: unknown border.
    """
    index = np.asarray(index, np.int64)
    if border == "clamp" or (size == 1 and border in ("reflect_101", "reflect_1001", "wrap")):
        found = np.clip(index, 0, size - 1)
    elif border == "wrap":
        found = index % size
    elif border == "reflect_101":
        found = index % (2 * size - 2)
        found = np.minimum(found, 2 * size - 2 - found)
    elif border == "reflect_1001":
        found = index % (2 * size)
        found = np.minimum(found, 2 * size - 1 - found)
    else:
        raise ValueError(f"border must be 'reflect_101', 'reflect_1001', 'wrap', 'clamp' or 'constant', got {border!r}")
    return found.astype(np.int32)


@lru_cache(maxsize=256)
def gaussian_window(sigma: float, size: int) -> Array:
    """One half of a sampled Gaussian, ``exp(-k**2 / (2 sigma**2))`` for k = 0..(size-1)/2, with a sum of 1 over the
    whole window; float32."""
    positions = np.arange((size + 1) // 2, dtype=np.float64)
    values = np.exp(-(positions**2) / (2 * sigma * sigma))
    values /= values[0] + 2 * values[1:].sum()
    window: Array = values.astype(np.float32)
    return window


def window_table(size: int, half: Array) -> tuple[Array, Array]:
    """A symmetric window with reflected borders as a matrix: each output's first input and weights."""
    return _window_table(size, half.tobytes())


@lru_cache(maxsize=256)
def _window_table(size: int, half: bytes) -> tuple[Array, Array]:
    values = np.frombuffer(half, np.float32)
    reach = np.arange(1 - len(values), len(values))
    at = border_index(np.arange(size)[:, None] + reach, size)
    start = at.min(axis=1)
    taps = int((at.max(axis=1) - start).max()) + 1
    start = np.minimum(start, size - taps)  # all of them lie inside
    weights = np.zeros((size, taps), np.float32)
    rows = np.broadcast_to(np.arange(size)[:, None], at.shape)
    np.add.at(weights, (rows, at - start[:, None]), np.broadcast_to(values[np.abs(reach)], at.shape))
    return start.astype(np.int32), weights


@lru_cache(maxsize=256)
def _rows(size: int, radius: int) -> Array:
    table = border_index(np.arange(size)[:, None] + np.arange(-radius, radius + 1), size)
    return np.ascontiguousarray(table)


@lru_cache(maxsize=256)
def _columns(size: int, radius: int) -> Array:
    outside = np.concatenate([np.arange(-radius, 0), np.arange(size, size + radius)])
    return np.ascontiguousarray(border_index(outside, size))


def separable(src: Array, windows: Sequence[Array], out: Array, add: bool = False) -> Array:
    """Filter along each of the leading axes of ``src`` with a symmetric window; borders are reflected (101).

    Args:
        src: shape (*spatial, channels) with one to three spatial axes, C-contiguous, any numeric type.
        windows: for each spatial axis the half window from the centre outwards, float32, C-contiguous.
        out: same shape, any numeric type, C-contiguous; integers are rounded and clamped.
        add: add to ``out``, which must then be float32.

    Returns:
        ``out``.
    """
    from adali.kernels import _filter

    if not src.size:
        return out
    if src.dtype not in (np.uint8, np.float32):
        wide = scratch(src.shape, np.float32, _SLOT_WIDE)
        wide[...] = src
        src = wide
    direct = out.dtype == np.float32 or (out.dtype == np.uint8 and src.dtype == np.uint8 and src.ndim < 4)
    result = out if direct else scratch(out.shape, np.float32, _SLOT_RESULT)
    if src.ndim == 4 and windows[0].size > 1:
        depth = scratch(src.shape, np.float32, _SLOT_DEPTH)
        flat = src.reshape(src.shape[0], -1)
        stack = _filter.stack_u8 if src.dtype == np.uint8 else _filter.stack_f32
        stack(flat, _rows(src.shape[0], windows[0].size - 1), windows[0], depth.reshape(flat.shape))
        src = depth
    elif src.ndim == 4 and windows[0][0] != 1:
        src = np.multiply(src, windows[0][0], out=scratch(src.shape, np.float32, _SLOT_DEPTH), dtype=np.float32)
    height, width, channels = src.shape[-3:] if src.ndim > 2 else (1, *src.shape)
    wy = windows[-2] if src.ndim > 2 else np.ones(1, np.float32)
    wx = windows[-1]
    planes = src.reshape(math.prod(src.shape[:-3]), height, width * channels)
    targets = result.reshape(planes.shape)
    padded = scratch(planes.shape[2] + 2 * (wx.size - 1) * channels, np.float32, _SLOT_LINE)
    sums = scratch(planes.shape[2], np.float32, _SLOT_SUMS)
    rest = (_rows(height, wy.size - 1), wy, _columns(width, wx.size - 1), wx, channels, padded, sums)
    for plane, target in zip(planes, targets, strict=True):
        if target.dtype == np.uint8:
            _filter.plane_u8_u8(plane, *rest, target)
        elif plane.dtype == np.uint8:
            _filter.plane_u8_f32(plane, *rest, add, target)
        else:
            _filter.plane_f32_f32(plane, *rest, add, target)
    if result is not out:
        convert(result, out.dtype, out=out)
    return out


def correlate(src: Array, window: Array) -> Array:
    """Correlate with a window where it lies inside the data.

    Args:
        src: shape (*spatial, channels) with one to three spatial axes, any numeric type.
        window: float32, one axis for each spatial one, nowhere larger than the data.

    Returns:
        float32; each spatial extent is smaller than that of ``src`` by one less than the window's.
    """
    import cv2

    if window.ndim == 1:
        row: Array = correlate(src[None], window[None])[0]
        return row
    if window.ndim == 3:
        depth = src.shape[0] - window.shape[0] + 1
        planes = []
        for z in range(depth):
            total = correlate(src[z], window[0])
            for k in range(1, window.shape[0]):
                total += correlate(src[z + k], window[k])
            planes.append(total)
        return np.stack(planes)
    height, width = src.shape[0] - window.shape[0] + 1, src.shape[1] - window.shape[1] + 1
    wide = np.ascontiguousarray(src, np.float32)
    result = np.empty((height, width, src.shape[2]), np.float32)
    for first in range(0, src.shape[2], 4):  # OpenCV takes up to four channels at once
        few = np.ascontiguousarray(wide[..., first : first + 4])
        whole = cv2.filter2D(few, cv2.CV_32F, window, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        result[..., first : first + 4] = whole.reshape(few.shape)[:height, :width]
    return result
