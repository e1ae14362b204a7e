"""Weights of a one-dimensional resampling, as DALI's CPU resize computes them (found by feeding it unit
impulses).

Output sample i lies at c = lo + (i + 1/2) * s - 1/2 in source coordinates, s = (hi - lo) / out. With
antialiasing and |s| > 1 the filter is stretched by |s|. Its taps are the samples in (c - r, c + r), r the
radius, normalized to a sum of one; a tap outside the source counts for the border sample. How many taps there are and
which is the first is decided in single precision. Cubic
(Catmull-Rom: Keys 1981, a = -1/2), Lanczos (windowed by its own main lobe, radius 3) and Gaussian (radius
1, exp(-4 t^2)) are read from a table of 32 steps per unit with linear interpolation, behind whose end is a zero;
triangular and linear are computed.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adali.kernels._jit import kernel

NN, LINEAR, CUBIC, LANCZOS3, TRIANGULAR, GAUSSIAN = range(6)

#: Nearest neighbour along any axis but the last spatial one; see `nearest`.
NN_STEPPED = 6

_STEPS = 32

Axis = tuple["NDArray[np.int32]", "NDArray[np.float32]"]


def _cubic(t: NDArray[Any]) -> NDArray[Any]:
    t = np.abs(t)
    inner = (1.5 * t - 2.5) * t * t + 1
    outer = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return np.where(t < 1, inner, np.where(t < 2, outer, 0.0))


def _table(kind: int) -> tuple[float, NDArray[np.float32]]:
    """Return a filter's radius and its samples on [-radius, radius]; an empty table stands for 1 - |t|."""
    if kind == CUBIC:
        radius = 2
    elif kind == LANCZOS3:
        radius = 3
    else:
        radius = 1
    t = np.arange(-radius * _STEPS, radius * _STEPS + 1) / _STEPS
    if kind == CUBIC:
        values = _cubic(t)
    elif kind == LANCZOS3:
        values = np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0.0)
    elif kind == GAUSSIAN:
        values = np.exp(-4 * t * t)
    else:
        values = np.empty(0)
    return float(radius), np.ascontiguousarray(values, np.float32)


_TABLES = {kind: _table(kind) for kind in (LINEAR, CUBIC, LANCZOS3, TRIANGULAR, GAUSSIAN)}


@kernel("int64(int64, float32, float32, float64, float32[::1], int32[::1], float32[:,::1])")
def _fill(n, lo, scale, reach, table, start, weights):
    """Fill start[m] and weights[m, k] (k taps, zero padded); return the number of columns in use."""
    m, k = weights.shape
    stretch = 1.0
    radius = reach
    if table.shape[0] > 0:
        radius = (table.shape[0] - 1) // 2 / 32.0
    elif reach > 0:
        radius = 1.0
    stretch = reach / radius
    # A little less than the radius. How much is a guess from many cases, right for 99 of 100 windows with taps on both
    # edges; it matters for the Gaussian only, whose edge weighs 1.8 %.
    anchor = np.float32(np.float64(np.float32(reach)) * (1 - (1.19e-7 if reach == 1.0 else 4.23e-8)))
    # In single precision, as DALI: sometimes there is one tap more than the window is wide.
    count = int(np.ceil(np.float32(2) / (np.float32(1) / np.float32(reach))))
    origin = np.float32(0.5) * scale - np.float32(0.5) + lo
    # The edge of the window in single precision, in this order: decides which of two taps counts that lie on its edges.
    edge = np.float32(lo + np.float32(0.5) * scale) - np.float32(np.float32(0.5) + anchor)
    used = 1
    for x in range(m):
        c = np.float64(np.float32(np.float32(x) * scale + origin))
        first = int(np.ceil(np.float32(np.float32(np.float32(x) * scale) + edge)))
        total = 0.0
        base = min(max(first, 0), max(n - k, 0))
        for j in range(k):
            weights[x, j] = 0
        for j in range(count):
            t = (first + j - c) / stretch
            if table.shape[0] > 0:
                p = (t + radius) * 32.0
                if p < -1e-3 or p >= table.shape[0]:
                    continue
                p = max(p, 0.0)
                q = int(p)
                # Behind the table comes a zero; the last tap of a window may lie between the two.
                after = table[q + 1] if q < table.shape[0] - 1 else np.float32(0)
                w = table[q] + (after - table[q]) * (p - q)
            else:
                w = max(0.0, 1.0 - abs(t))
            if w == 0.0:
                continue
            at = min(max(first + j, 0), n - 1) - base
            if at < 0 or at >= k:
                continue
            weights[x, at] += np.float32(w)
            total += w
            used = max(used, at + 1)
        start[x] = base
        for j in range(k):
            weights[x, j] = np.float32(weights[x, j] / total)
    return used


@lru_cache(maxsize=256)
def nearest(n: int, out: int, lo: float, hi: float, accumulate: bool) -> NDArray[np.int32]:
    """Return the source index of every output sample: the one whose cell holds the output's centre.

    With `accumulate` the centres are summed up step by step in single precision, as DALI does for rows (and not for
    columns); the two differ where a centre falls on the border of two cells.
    """
    scale = (np.float32(hi) - np.float32(lo)) / np.float32(out)
    if accumulate:
        steps = np.full(out, scale, np.float32)
        steps[0] = np.float32(lo) + np.float32(0.5) * scale
        centre = np.add.accumulate(steps, dtype=np.float32)
    else:
        centre = np.float32(lo) + (np.arange(out, dtype=np.float32) + np.float32(0.5)) * scale
    return np.clip(np.floor(centre), 0, n - 1).astype(np.int32)


@lru_cache(maxsize=1024)
def axis(n: int, out: int, lo: float, hi: float, kind: int, antialias: bool) -> Axis:
    """Return (start int32[out], weights float32[out, k]): out[i] = sum over t of weights[i, t] *
    in[start[i] + t].

    Every start + k is at most `n`, so no index needs a check.  The arrays are shared: do not write to them.
    """
    scale = np.float32((hi - lo) / out)
    if kind in (NN, NN_STEPPED):
        return nearest(n, out, lo, hi, kind == NN_STEPPED), np.ones((out, 1), np.float32)
    radius, table = _TABLES[kind]
    reach = radius * max(1.0, abs(float(scale))) if antialias else radius
    k = min(n, int(np.ceil(2 * reach)) + 1)
    start = np.empty(out, np.int32)
    weights = np.empty((out, k), np.float32)
    used = _fill(n, np.float32(lo), scale, reach, table, start, weights)
    return start, weights if used == k else np.ascontiguousarray(weights[:, :used])


@kernel("void(float32[:,::1], uint16[:,::1])")
def _quantize(weights, out):
    """Round to 16-bit fractions whose sum is 65536 (or 65535, where one weight is the whole)."""
    m, k = weights.shape
    for x in range(m):
        total = 0
        best = 0
        for j in range(k):
            q = int(weights[x, j] * np.float32(65536.0) + np.float32(0.5))
            total += q
            if weights[x, j] > weights[x, best]:
                best = j
            out[x, j] = min(q, 65535)
        fixed = int(weights[x, best] * np.float32(65536.0) + np.float32(0.5)) + 65536 - total
        out[x, best] = min(max(fixed, 0), 65535)


@lru_cache(maxsize=2048)
def fixed_axis(
    n: int,
    out: int,
    lo: float,
    hi: float,
    kind: int,
    antialias: bool,
    first: int,
    count: int,
    flip: bool,
    offset: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """Like `axis`, in 16-bit fractions, for outputs first .. first + count, in reverse order if `flip`.

    The starts count from sample `offset` of the source.
    """
    start, weights = axis(n, out, lo, hi, kind, antialias)
    step = -1 if flip else 1
    start = np.ascontiguousarray(start[first : first + count][::step] - np.int32(offset))
    weights = np.ascontiguousarray(weights[first : first + count][::step])
    fixed = np.empty(weights.shape, np.uint16)
    _quantize(weights, fixed)
    return start, fixed


@lru_cache(maxsize=1024)
def reach(
    n: int, out: int, lo: float, hi: float, kind: int, antialias: bool, first: int, count: int
) -> tuple[int, int]:
    """Return the range of source samples (begin, end) that outputs first .. first + count are made from."""
    start, weights = axis(n, out, lo, hi, kind, antialias)
    part = start[first : first + count]
    return int(part.min()), int(part.max()) + weights.shape[1]
