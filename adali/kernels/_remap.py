# mypy: allow-untyped-defs
"""Pixels of an image taken from given points: nearest, linear, cubic and Lanczos; what lies outside is 0."""

from __future__ import annotations

import numpy as np

from adali.kernels._jit import kernel

KINDS = ("uint8", "int16", "uint16", "float32")


@kernel("void(intp, float64, float64[::1])")
def _weights(taps, f, weights):
    """Weights of the pixels around a point that lies the fraction f behind the middle one."""
    if taps == 1:
        weights[0] = 1
    elif taps == 2:
        weights[0], weights[1] = 1 - f, f
    elif taps == 4:  # Keys' cubic with a = -1/2
        weights[0] = ((-0.5 * f + 1) * f - 0.5) * f
        weights[1] = (1.5 * f - 2.5) * f * f + 1
        weights[2] = ((-1.5 * f + 2) * f + 0.5) * f
        weights[3] = (0.5 * f - 0.5) * f * f
    else:  # sinc(x) * sinc(x / 3)
        total = 0.0
        for k in range(6):
            x = np.pi * (f + 2 - k)
            weights[k] = 1.0 if abs(x) < 1e-9 else 3 * np.sin(x) * np.sin(x / 3) / (x * x)
            total += weights[k]
        for k in range(6):
            weights[k] /= total


@kernel(
    *(f"void({k}[:,:,::1], float32[:,:], float32[:,:], float64, intp, float64, float64, {k}[:,:,::1])" for k in KINDS)
)
def remap(src, xs, ys, shift, taps, low, high, out):
    """out[y, x] = src at (xs[y, x] + shift, ys[y, x] + shift), where (0, 0) is the centre of the first pixel.

    Integers are rounded and clamped to low..high; both are NaN for floats.
    """
    height, width, channels = src.shape
    wx, wy = np.empty(6), np.empty(6)
    before = (taps - 1) // 2
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            px, py = xs[y, x] + shift, ys[y, x] + shift
            for c in range(channels):
                out[y, x, c] = 0
            # Far away, or NaN.
            if not (px > -taps and py > -taps and px < width + taps and py < height + taps):
                continue
            if taps == 1:
                u, v = np.intp(np.floor(px + 0.5)), np.intp(np.floor(py + 0.5))
                if 0 <= u < width and 0 <= v < height:
                    for c in range(channels):
                        out[y, x, c] = src[v, u, c]
                continue
            u, v = np.intp(np.floor(px)), np.intp(np.floor(py))
            _weights(taps, px - u, wx)
            _weights(taps, py - v, wy)
            u, v = u - before, v - before
            for c in range(channels):
                total = 0.0
                for j in range(max(0, -v), min(taps, height - v)):
                    row = 0.0
                    for i in range(max(0, -u), min(taps, width - u)):
                        row += wx[i] * src[v + j, u + i, c]
                    total += wy[j] * row
                if low <= high:
                    total = min(max(np.floor(total + 0.5), low), high)
                out[y, x, c] = total
