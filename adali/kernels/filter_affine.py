"""Mean and variance along axes, and ``(x - mean) * factor + shift`` with means and factors that are broadcast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from adali.kernels.normalize import convert
from adali.kernels.scratch import scratch

__all__ = ["moments", "shift_and_scale"]

Array = npt.NDArray[Any]

_SLOT_WIDE, _SLOT_RESULT, _SLOT_PATTERN = 55, 56, 57


def moments(data: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and variance (divided by the number of elements) along axes, which are kept with extent 1; float64.

    Where nothing is reduced the variance is 0. The mean of no elements is 0.
    """
    shape = tuple(1 if axis in axes else extent for axis, extent in enumerate(data.shape))
    count = math.prod(data.shape[axis] for axis in axes)
    if not axes:
        return data.astype(np.float64), np.zeros(shape)
    if not count or not data.size:
        return np.zeros(shape), np.zeros(shape)
    columns = math.prod(shape)
    leading = all(axis in axes or data.shape[axis] == 1 for axis in range(data.ndim - 1)) or columns == 1
    if leading and columns <= 4 and data.flags.c_contiguous and data.dtype in (np.uint8, np.float32):
        import cv2

        # A matrix of (rows, 1, channels): sums of integers are exact, those of floats are of double precision.
        means, deviations = cv2.meanStdDev(data.reshape(-1, 1, columns) if columns > 1 else data.reshape(-1, 1))
        return means.reshape(shape), (deviations * deviations).reshape(shape)
    mean = np.asarray(data.mean(axis=axes, keepdims=True, dtype=np.float64))
    difference = data - mean
    return mean, np.asarray(np.mean(np.square(difference, out=difference), axis=axes, keepdims=True))


def shift_and_scale(data: Array, mean: Array, factor: Array, shift: float, out: Array) -> Array:
    """``out = (data - mean) * factor + shift`` in float32.

    Args:
        data: any numeric type.
        mean: broadcastable to ``data``.
        factor: broadcastable to ``data``.
        shift: added to all.
        out: shape of ``data``; integers are rounded and clamped.
    """
    from adali.kernels import _filter_affine

    if not data.size:
        return out
    result = out if out.dtype == np.float32 else scratch(out.shape, np.float32, _SLOT_RESULT)
    mean, factor = np.asarray(mean, np.float32), np.asarray(factor, np.float32)
    # How many of the last axes the factors depend on.
    tail = max((a.ndim - axis for a in (mean, factor) for axis, n in enumerate(a.shape) if n > 1), default=0)
    mean, factor = (a.reshape((1,) * (data.ndim - a.ndim) + a.shape) for a in (mean, factor))
    period = math.prod(data.shape[data.ndim - tail :])
    if data.dtype in (np.uint8, np.float32) and data.flags.c_contiguous and period <= _filter_affine.CHUNK:
        # The factors depend on the last axes only: repeat them to a row of useful length.
        times = max(1, _filter_affine.CHUNK // period)
        pattern = scratch((2, times, period), np.float32, _SLOT_PATTERN)
        inner = data.shape[data.ndim - tail :]
        for row, value in zip(pattern, (mean, factor), strict=True):
            if value.size == 1:
                row.fill(value.item())
            else:
                row[...] = np.broadcast_to(value.reshape(value.shape[data.ndim - tail :]), inner).reshape(-1)
        kernel = _filter_affine.scale_u8 if data.dtype == np.uint8 else _filter_affine.scale_f32
        means, factors = pattern.reshape(2, -1)
        kernel(data.reshape(-1), means, factors, np.float32(shift), result.reshape(-1))
    else:
        if data.dtype.itemsize > 4 or (data.dtype.kind in "iu" and data.dtype.itemsize == 4):
            result[...] = data
            np.subtract(result, mean, out=result)
        else:
            np.subtract(data, mean, out=result, dtype=np.float32)
        np.multiply(result, factor, out=result)
        if shift:
            result += np.float32(shift)
    if result is not out:
        convert(result, out.dtype, out=out)
    return out
