"""Compiled kernels of :mod:`adali.kernels.filter`.

A window is symmetric, so its taps come in pairs; two pairs are added in one sweep over a row, which halves the number
of times the sum is loaded and stored. All sums are float32.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from adali.kernels._jit import kernel

_njit: Any = numba.njit


def _inline(function: Callable[..., Any]) -> Any:
    """Compile a function as a part of the kernels that call it."""
    return _njit(inline="always")(function)


@_inline
def _down(src: Any, rows: Any, y: int, weights: Any, line: Any) -> None:
    """``line = sum_k weights[|k|] * src[rows[y, k]]``; ``weights[0]`` is that of the centre."""
    radius = weights.shape[0] - 1
    n = line.shape[0]
    centre = src[rows[y, radius]]
    w = weights[0]
    k = 1
    if radius & 1:
        a, b, v = src[rows[y, radius - 1]], src[rows[y, radius + 1]], weights[1]
        for i in range(n):
            line[i] = w * np.float32(centre[i]) + v * (np.float32(a[i]) + np.float32(b[i]))
        k = 2
    else:
        for i in range(n):
            line[i] = w * np.float32(centre[i])
    while k < radius:
        a, b, v = src[rows[y, radius - k]], src[rows[y, radius + k]], weights[k]
        c, d, u = src[rows[y, radius - k - 1]], src[rows[y, radius + k + 1]], weights[k + 1]
        for i in range(n):
            line[i] += v * (np.float32(a[i]) + np.float32(b[i])) + u * (np.float32(c[i]) + np.float32(d[i]))
        k += 2


@_inline
def _along(padded: Any, columns: Any, channels: int, weights: Any, result: Any) -> None:
    """Filter a row of interleaved pixels, kept in ``padded`` behind room for the border; it fills in the border."""
    radius = weights.shape[0] - 1
    n = result.shape[0]
    margin = radius * channels
    for k in range(radius):
        left, right = margin + columns[k] * channels, margin + columns[radius + k] * channels
        for c in range(channels):
            padded[k * channels + c] = padded[left + c]
            padded[margin + n + k * channels + c] = padded[right + c]
    centre = padded[margin:]
    w = weights[0]
    k = 1
    if radius & 1:
        a, b, v = padded[margin - channels :], padded[margin + channels :], weights[1]
        for i in range(n):
            result[i] = w * centre[i] + v * (a[i] + b[i])
        k = 2
    else:
        for i in range(n):
            result[i] = w * centre[i]
    while k < radius:
        s, t = k * channels, (k + 1) * channels
        a, b, v = padded[margin - s :], padded[margin + s :], weights[k]
        c_, d, u = padded[margin - t :], padded[margin + t :], weights[k + 1]
        for i in range(n):
            result[i] += v * (a[i] + b[i]) + u * (c_[i] + d[i])
        k += 2


_REST = "int32[:,::1], float32[::1], int32[::1], float32[::1], int64, float32[::1], float32[::1]"


@kernel(f"void(uint8[:,::1], {_REST}, uint8[:,::1])")
def plane_u8_u8(
    src: Any, rows: Any, wy: Any, columns: Any, wx: Any, channels: int, padded: Any, sums: Any, out: Any
) -> None:
    n = src.shape[1]
    margin = (wx.shape[0] - 1) * channels
    half, top, zero = np.float32(0.5), np.float32(255), np.float32(0)
    for y in range(out.shape[0]):
        _down(src, rows, y, wy, padded[margin : margin + n])
        _along(padded, columns, channels, wx, sums)
        target = out[y]
        for i in range(n):
            target[i] = np.uint8(min(max(sums[i] + half, zero), top))


def _plane(
    src: Any, rows: Any, wy: Any, columns: Any, wx: Any, channels: int, padded: Any, sums: Any, add: bool, out: Any
) -> None:
    n = src.shape[1]
    margin = (wx.shape[0] - 1) * channels
    for y in range(out.shape[0]):
        _down(src, rows, y, wy, padded[margin : margin + n])
        target = out[y]
        if add:
            _along(padded, columns, channels, wx, sums)
            for i in range(n):
                target[i] += sums[i]
        else:
            _along(padded, columns, channels, wx, target)


plane_u8_f32 = kernel(f"void(uint8[:,::1], {_REST}, boolean, float32[:,::1])")(_plane)
plane_f32_f32 = kernel(f"void(float32[:,::1], {_REST}, boolean, float32[:,::1])")(_plane)


def _stack(src: Any, rows: Any, weights: Any, out: Any) -> None:
    for y in range(out.shape[0]):
        _down(src, rows, y, weights, out[y])


stack_u8 = kernel("void(uint8[:,::1], int32[:,::1], float32[::1], float32[:,::1])")(_stack)
stack_f32 = kernel("void(float32[:,::1], int32[:,::1], float32[::1], float32[:,::1])")(_stack)
