"""Compiled kernels of :mod:`adali.kernels.color`."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels._jit import kernel

_MATRIX = "float32[:,::1], float32[::1]"


@kernel(f"void(uint8[:,::1], {_MATRIX}, uint8[:,::1])")
def mix_u8_u8(src: Any, matrix: Any, offset: Any, out: Any) -> None:
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    d, e, f = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    g, h, i = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    # Adding a half before truncation rounds; clamping first keeps the conversion defined.
    half, top, zero = np.float32(0.5), np.float32(255), np.float32(0)
    p, q, s = offset[0] + half, offset[1] + half, offset[2] + half
    for n in range(src.shape[0]):
        x, y, z = np.float32(src[n, 0]), np.float32(src[n, 1]), np.float32(src[n, 2])
        out[n, 0] = np.uint8(min(max(a * x + b * y + c * z + p, zero), top))
        out[n, 1] = np.uint8(min(max(d * x + e * y + f * z + q, zero), top))
        out[n, 2] = np.uint8(min(max(g * x + h * y + i * z + s, zero), top))


def _mix(src: Any, matrix: Any, offset: Any, out: Any) -> None:
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    d, e, f = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    g, h, i = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    p, q, s = offset[0], offset[1], offset[2]
    for n in range(src.shape[0]):
        x, y, z = np.float32(src[n, 0]), np.float32(src[n, 1]), np.float32(src[n, 2])
        out[n, 0] = a * x + b * y + c * z + p
        out[n, 1] = d * x + e * y + f * z + q
        out[n, 2] = g * x + h * y + i * z + s


mix_u8_f32 = kernel(f"void(uint8[:,::1], {_MATRIX}, float32[:,::1])")(_mix)
mix_f32_f32 = kernel(f"void(float32[:,::1], {_MATRIX}, float32[:,::1])")(_mix)
