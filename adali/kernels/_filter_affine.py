"""Compiled kernels of :mod:`adali.kernels.filter_affine`."""

from __future__ import annotations

from typing import Any

from adali.kernels._jit import kernel

#: Elements of one sweep: the factors of so many are kept in the first-level cache.
CHUNK = 1024


def _scale(src: Any, means: Any, factors: Any, shift: Any, out: Any) -> None:
    step = means.shape[0]
    start = 0
    while start < src.shape[0]:
        n = min(step, src.shape[0] - start)
        a, b = src[start : start + n], out[start : start + n]
        for i in range(n):
            b[i] = (a[i] - means[i]) * factors[i] + shift
        start += n


scale_u8 = kernel("void(uint8[::1], float32[::1], float32[::1], float32, float32[::1])")(_scale)
scale_f32 = kernel("void(float32[::1], float32[::1], float32[::1], float32, float32[::1])")(_scale)
