# mypy: allow-untyped-defs
"""Samples of an image at arbitrary points; what lies outside is filled with a value."""

from __future__ import annotations

import numpy as np

from adali.kernels._jit import kernel

_HALF = np.float32(0.5)


@kernel()
def _at(src, u, v, c, fill):
    if u < 0 or v < 0 or u >= src.shape[1] or v >= src.shape[0]:
        return np.float32(fill)
    return np.float32(src[v, u, c])


@kernel(
    *(
        f"void({k}[:,:,::1], float32[:,::1], float32[:,::1], boolean, float32, {k}[:,:,::1])"
        for k in ("uint8", "float32")
    )
)
def sample(src, xs, ys, linear, fill, out):
    """out[y, x] = src at (xs[y, x], ys[y, x]); (0, 0) is the corner of the first pixel."""
    height, width, channels = src.shape
    rounded = out.itemsize == 1
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            sx, sy = xs[y, x], ys[y, x]
            if linear:
                sx, sy = sx - _HALF, sy - _HALF
            inside = sx > np.float32(-2) and sy > np.float32(-2)
            if not (inside and sx < np.float32(width) + 1 and sy < np.float32(height) + 1):
                sx = sy = np.float32(-2)  # also NaN
            u, v = np.intp(np.floor(sx)), np.intp(np.floor(sy))
            fx, fy = sx - np.float32(u), sy - np.float32(v)
            for c in range(channels):
                value = _at(src, u, v, c, fill)
                if linear:
                    top = value + fx * (_at(src, u + 1, v, c, fill) - value)
                    low = _at(src, u, v + 1, c, fill)
                    low += fx * (_at(src, u + 1, v + 1, c, fill) - low)
                    value = top + fy * (low - top)
                if rounded:
                    value = min(max(np.floor(value + _HALF), np.float32(0)), np.float32(255))
                out[y, x, c] = value


@kernel(
    *(f"void({k}[:,:,::1], float32[:,::1], float32[:,::1], {k}, {k}[:,:,::1])" for k in ("uint8", "float32")),
)
def nearest(src, xs, ys, fill, out):
    """`sample` without interpolation."""
    height, width, channels = src.shape
    wide, high = np.float32(width), np.float32(height)
    pixels, target = src.reshape(-1), out.reshape(-1)
    n = np.uint64(channels)
    to = np.uint64(0)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            sx, sy = xs[y, x], ys[y, x]
            # Where both are positive, cutting off is rounding down; NaN fails.
            if sx >= np.float32(0) and sy >= np.float32(0) and sx < wide and sy < high:
                at = np.uint64(np.int32(sy) * np.int64(width) + np.int32(sx)) * n
                if n == np.uint64(3):
                    target[to] = pixels[at]
                    target[to + np.uint64(1)] = pixels[at + np.uint64(1)]
                    target[to + np.uint64(2)] = pixels[at + np.uint64(2)]
                else:
                    for c in range(n):
                        target[to + np.uint64(c)] = pixels[at + np.uint64(c)]
            else:
                for c in range(n):
                    target[to + np.uint64(c)] = fill
            to += n
