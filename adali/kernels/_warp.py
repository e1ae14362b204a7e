# mypy: allow-untyped-defs
"""Affine warps of images and volumes: nearest and linear, any number of channels.

Coordinates are single precision. DALI computes them at every 256th column of the output and adds the same step from
there on; the rounding of these sums moves edges in its images by up to a thousandth of a pixel, so they are made the
same way here. Between two such columns the source coordinates grow steadily: the pixels that need no look at the border
form one interval, which is found beforehand.
"""

from __future__ import annotations

import numpy as np

from adali.kernels._jit import kernel

KINDS = ("uint8", "int16", "int32", "float32")
_MATRIX = "float32[:,::1]"
_HALF = np.float32(0.5)
_ONE = np.float32(1)
TILE = 256


@kernel("UniTuple(intp, 2)(float32, float32, float32, float32, intp, intp, intp)")
def _inside(step_x, start_x, step_y, start_y, width, height, count):
    """Columns [first, last) of a tile whose 2x2 neighbourhood surely lies in the source, whatever the sums round to."""
    low, high = -1.0, np.float64(count)
    for step, start, extent in ((step_x, start_x, width), (step_y, start_y, height)):
        step, start = np.float64(step), np.float64(start)
        margin = 4e-5 * (extent + abs(start) + TILE * abs(step))
        if step == 0:
            if not (start >= margin and start < extent - 1 - margin):
                return 0, 0
        else:
            a = (margin - start) / step
            b = (extent - 1 - margin - start) / step
            if step < 0:
                a, b = b, a
            # NaN (an infinite matrix) fails every comparison and leaves nothing.
            if not (a < b and a < count and b > 0):
                return 0, 0
            low = max(low, a)
            high = min(high, b)
    first, last = np.intp(low) + 1, np.intp(high)
    return (first, last) if first < last else (0, 0)


@kernel()
def _clamped(value, extent):
    """A coordinate near enough to the source to be an integer: beyond it, how far no longer matters."""
    if not value > np.float32(-2):  # also NaN
        return np.float32(-2)
    return min(value, np.float32(extent) + _ONE)


@kernel()
def _border_pixel(src, sx, sy, use_fill, fill, out, y, x):
    """out[y, x] where some of the four pixels may lie outside of the source; integers are rounded and clamped."""
    height, width, channels = src.shape
    sx, sy = _clamped(sx, width), _clamped(sy, height)
    u, v = np.intp(np.floor(sx)), np.intp(np.floor(sy))
    if use_fill and (u < -1 or u >= width or v < -1 or v >= height):
        for c in range(channels):
            out[y, x, c] = fill
        return
    fx, fy = sx - np.float32(u), sy - np.float32(v)
    gx, gy = _ONE - fx, _ONE - fy
    w00, w01, w10, w11 = gx * gy, fx * gy, gx * fy, fx * fy
    outside = np.float32(0)
    if use_fill:
        left, right = 0 <= u < width, 0 <= u + 1 < width
        top, low = 0 <= v < height, 0 <= v + 1 < height
        if not (top and left):
            outside, w00 = outside + w00, np.float32(0)
        if not (top and right):
            outside, w01 = outside + w01, np.float32(0)
        if not (low and left):
            outside, w10 = outside + w10, np.float32(0)
        if not (low and right):
            outside, w11 = outside + w11, np.float32(0)
        outside *= fill
    u0, u1 = min(max(u, 0), width - 1), min(max(u + 1, 0), width - 1)
    v0, v1 = min(max(v, 0), height - 1), min(max(v + 1, 0), height - 1)
    if not use_fill and (u0 == u1 or v0 == v1):  # beside the source: along its edge only
        f = fy if u0 == u1 else fx
        g = _ONE - f
        for c in range(channels):
            s = np.float32(src[v0, u0, c]) * g + np.float32(src[v1, u1, c]) * f
            if out.itemsize == 1:
                s += _HALF
            out[y, x, c] = s
        return
    for c in range(channels):
        s = np.float32(src[v0, u0, c]) * w00 + np.float32(src[v0, u1, c]) * w01
        s += np.float32(src[v1, u0, c]) * w10 + np.float32(src[v1, u1, c]) * w11
        s += outside
        if out.itemsize == 1:
            s = min(max(s + _HALF, np.float32(0)), np.float32(255))
        out[y, x, c] = s


@kernel(f"void(uint8[:,:,::1], {_MATRIX}, boolean, float32, uint8[:,:,::1])")
def linear_u8(src, m, use_fill, fill, out):
    """out[y, x] = src at m @ (x + 0.5, y + 0.5, 1), rounded."""
    height, width, channels = src.shape
    pitch = np.uint64(width * channels)
    n = np.uint64(channels)
    flat = src.reshape(-1)
    dx, dy = m[0, 0], m[1, 0]
    for y in range(out.shape[0]):
        yf = np.float32(y) + _HALF
        for x0 in range(0, out.shape[1], TILE):
            xf = np.float32(x0) + _HALF
            sx = (m[0, 0] * xf + m[0, 1] * yf + m[0, 2]) - _HALF
            sy = (m[1, 0] * xf + m[1, 1] * yf + m[1, 2]) - _HALF
            count = min(TILE, out.shape[1] - x0)
            first, last = _inside(dx, sx, dy, sy, width, height, count)
            for x in range(x0, x0 + first):
                _border_pixel(src, sx, sy, use_fill, fill, out, y, x)
                sx += dx
                sy += dy
            for x in range(x0 + first, x0 + last):
                u, v = np.int32(sx), np.int32(sy)
                fx, fy = sx - np.float32(u), sy - np.float32(v)
                gx, gy = _ONE - fx, _ONE - fy
                w00, w01, w10, w11 = gx * gy, fx * gy, gx * fy, fx * fy
                p = np.uint64(v) * pitch + np.uint64(u) * n
                q = p + pitch
                if channels == 3:
                    for c in range(3):
                        k = np.uint64(c)
                        s = np.float32(flat[p + k]) * w00 + np.float32(flat[p + n + k]) * w01
                        s += np.float32(flat[q + k]) * w10 + np.float32(flat[q + n + k]) * w11
                        out[y, x, c] = np.uint8(np.int32(s + _HALF))
                else:
                    for c in range(channels):
                        k = np.uint64(c)
                        s = np.float32(flat[p + k]) * w00 + np.float32(flat[p + n + k]) * w01
                        s += np.float32(flat[q + k]) * w10 + np.float32(flat[q + n + k]) * w11
                        out[y, x, c] = np.uint8(np.int32(s + _HALF))
                sx += dx
                sy += dy
            for x in range(x0 + last, x0 + count):
                _border_pixel(src, sx, sy, use_fill, fill, out, y, x)
                sx += dx
                sy += dy


@kernel(*(f"void({kind}[:,:,::1], {_MATRIX}, boolean, float32, float32[:,:,::1])" for kind in KINDS))
def linear(src, m, use_fill, fill, out):
    """out[y, x] = src at m @ (x + 0.5, y + 0.5, 1)."""
    height, width, channels = src.shape
    dx, dy = m[0, 0], m[1, 0]
    for y in range(out.shape[0]):
        yf = np.float32(y) + _HALF
        for x0 in range(0, out.shape[1], TILE):
            xf = np.float32(x0) + _HALF
            sx = (m[0, 0] * xf + m[0, 1] * yf + m[0, 2]) - _HALF
            sy = (m[1, 0] * xf + m[1, 1] * yf + m[1, 2]) - _HALF
            count = min(TILE, out.shape[1] - x0)
            first, last = _inside(dx, sx, dy, sy, width, height, count)
            for i in range(count):
                x = x0 + i
                if first <= i < last:
                    u, v = np.intp(sx), np.intp(sy)
                    fx, fy = sx - np.float32(u), sy - np.float32(v)
                    gx, gy = _ONE - fx, _ONE - fy
                    for c in range(channels):
                        top = np.float32(src[v, u, c]) * gx + np.float32(src[v, u + 1, c]) * fx
                        low = np.float32(src[v + 1, u, c]) * gx + np.float32(src[v + 1, u + 1, c]) * fx
                        out[y, x, c] = top * gy + low * fy
                else:
                    _border_pixel(src, sx, sy, use_fill, fill, out, y, x)
                sx += dx
                sy += dy


_SAME_OR_FLOAT = [(kind, kind) for kind in KINDS] + [(kind, "float32") for kind in KINDS if kind != "float32"]


@kernel(*(f"void({a}[:,:,::1], {_MATRIX}, boolean, {b}, {b}[:,:,::1])" for a, b in _SAME_OR_FLOAT))
def nearest(src, m, use_fill, fill, out):
    """out[y, x] = src at the floor of m @ (x + 0.5, y + 0.5, 1)."""
    height, width, channels = src.shape
    dx, dy = m[0, 0], m[1, 0]
    for y in range(out.shape[0]):
        yf = np.float32(y) + _HALF
        for x0 in range(0, out.shape[1], TILE):
            xf = np.float32(x0) + _HALF
            sx = m[0, 0] * xf + m[0, 1] * yf + m[0, 2]
            sy = m[1, 0] * xf + m[1, 1] * yf + m[1, 2]
            for x in range(x0, min(x0 + TILE, out.shape[1])):
                u, v = np.intp(np.floor(_clamped(sx, width))), np.intp(np.floor(_clamped(sy, height)))
                sx += dx
                sy += dy
                if u < 0 or u >= width or v < 0 or v >= height:
                    if use_fill:
                        for c in range(channels):
                            out[y, x, c] = fill
                        continue
                    u, v = min(max(u, 0), width - 1), min(max(v, 0), height - 1)
                for c in range(channels):
                    out[y, x, c] = src[v, u, c]


@kernel(*(f"void({kind}[:,:,:,::1], {_MATRIX}, boolean, float32, float32[:,:,:,::1])" for kind in KINDS))
def linear3d(src, m, use_fill, fill, out):
    """out[z, y, x] = src at m @ (x + 0.5, y + 0.5, z + 0.5, 1)."""
    depth, height, width, channels = src.shape
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            ax = ay = az = np.float32(0)
            for x in range(out.shape[2]):
                if x % TILE == 0:
                    xf, yf, zf = np.float32(x) + _HALF, np.float32(y) + _HALF, np.float32(z) + _HALF
                    ax = (m[0, 0] * xf + m[0, 1] * yf + m[0, 2] * zf + m[0, 3]) - _HALF
                    ay = (m[1, 0] * xf + m[1, 1] * yf + m[1, 2] * zf + m[1, 3]) - _HALF
                    az = (m[2, 0] * xf + m[2, 1] * yf + m[2, 2] * zf + m[2, 3]) - _HALF
                sx, sy, sz = _clamped(ax, width), _clamped(ay, height), _clamped(az, depth)
                ax += m[0, 0]
                ay += m[1, 0]
                az += m[2, 0]
                u, v, w = np.intp(np.floor(sx)), np.intp(np.floor(sy)), np.intp(np.floor(sz))
                fx, fy, fz = sx - np.float32(u), sy - np.float32(v), sz - np.float32(w)
                for c in range(channels):
                    total = np.float32(0)
                    for t in range(8):
                        i, j, k = t & 1, (t >> 1) & 1, t >> 2
                        a, b, d = u + i, v + j, w + k
                        if use_fill and (a < 0 or a >= width or b < 0 or b >= height or d < 0 or d >= depth):
                            value = fill
                        else:
                            a, b = min(max(a, 0), width - 1), min(max(b, 0), height - 1)
                            d = min(max(d, 0), depth - 1)
                            value = np.float32(src[d, b, a, c])
                        weight = (fx if i == 1 else _ONE - fx) * (fy if j == 1 else _ONE - fy)
                        total += value * weight * (fz if k == 1 else _ONE - fz)
                    out[z, y, x, c] = total


@kernel(*(f"void({a}[:,:,:,::1], {_MATRIX}, boolean, {b}, {b}[:,:,:,::1])" for a, b in _SAME_OR_FLOAT))
def nearest3d(src, m, use_fill, fill, out):
    """out[z, y, x] = src at the floor of m @ (x + 0.5, y + 0.5, z + 0.5, 1)."""
    depth, height, width, channels = src.shape
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            ax = ay = az = np.float32(0)
            for x in range(out.shape[2]):
                if x % TILE == 0:
                    xf, yf, zf = np.float32(x) + _HALF, np.float32(y) + _HALF, np.float32(z) + _HALF
                    ax = m[0, 0] * xf + m[0, 1] * yf + m[0, 2] * zf + m[0, 3]
                    ay = m[1, 0] * xf + m[1, 1] * yf + m[1, 2] * zf + m[1, 3]
                    az = m[2, 0] * xf + m[2, 1] * yf + m[2, 2] * zf + m[2, 3]
                sx, sy, sz = _clamped(ax, width), _clamped(ay, height), _clamped(az, depth)
                ax += m[0, 0]
                ay += m[1, 0]
                az += m[2, 0]
                u, v, w = np.intp(np.floor(sx)), np.intp(np.floor(sy)), np.intp(np.floor(sz))
                if u < 0 or u >= width or v < 0 or v >= height or w < 0 or w >= depth:
                    if use_fill:
                        for c in range(channels):
                            out[z, y, x, c] = fill
                        continue
                    u, v = min(max(u, 0), width - 1), min(max(v, 0), height - 1)
                    w = min(max(w, 0), depth - 1)
                for c in range(channels):
                    out[z, y, x, c] = src[w, v, u, c]
