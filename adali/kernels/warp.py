"""Affine warps: every pixel of the output is taken from where a matrix sends it in the source.

Coordinates are those of the graphics world: (0, 0) is the corner of the first pixel, its centre is (0.5, 0.5). Points
are (x, y) or (x, y, z), in this order, while arrays are (height, width, channels) or (depth, height, width, channels).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adali.kernels.normalize import convert
from adali.kernels.scratch import scratch

__all__ = ["affine", "inverse"]

_SLOT_RESULT = 40

#: Types of sources; the result has the source's type or is float32, and a float32 source may give any of them.
TYPES = ("uint8", "int16", "int32", "float32")


def affine(
    src: NDArray[Any],
    matrix: NDArray[Any],
    out: NDArray[Any],
    *,
    linear: bool = True,
    fill: float | None = None,
) -> NDArray[Any]:
    """Fill ``out`` with ``out(p) = src(matrix @ (p, 1))`` and return it.

    Args:
        src: image (H, W, C) or volume (D, H, W, C) of one of `TYPES`.
        matrix: (2, 3), or (3, 4) for volumes; from points of the output to points of the source, in pixels.
        out: C-contiguous (h, w, C) or (d, h, w, C).
        linear: interpolate between the nearest 4 (8) pixels, or take the one that the point lies in.
        fill: value of what lies outside of the source, rounded to its type where it is interpolated; None repeats
            its border.

    Raises ValueError if the types or shapes do not fit, or if the source is empty and ``fill`` is None.
    """
    ndim = src.ndim - 1
    if ndim not in (2, 3) or out.ndim != src.ndim or matrix.shape != (ndim, ndim + 1):
        raise ValueError(
            f"a source of shape {src.shape}, an output of {out.shape} and a matrix of {matrix.shape} differ"
        )
    if src.shape[-1] != out.shape[-1]:
        raise ValueError(f"{src.shape[-1]} channels cannot become {out.shape[-1]}")
    if src.dtype.name not in TYPES or (out.dtype != src.dtype and np.dtype(np.float32) not in (src.dtype, out.dtype)):
        raise ValueError(f"cannot warp {src.dtype} into {out.dtype}; types are {', '.join(TYPES)}, one of them float32")
    if 0 in out.shape:
        return out
    if 0 in src.shape:
        if fill is None:
            raise ValueError("an empty image has no border to repeat; give a fill_value")
        out[...] = convert(np.asarray(fill, np.float32).reshape(1), out.dtype)
        return out
    from adali.kernels import _warp

    src = np.ascontiguousarray(src)
    m = np.ascontiguousarray(matrix, np.float32)
    target = out if out.dtype in (src.dtype, np.dtype(np.float32)) else scratch(out.shape, np.float32, _SLOT_RESULT)
    value = np.float32(0 if fill is None else fill)
    if linear:
        # The border is interpolated as part of the source, so it has the source's type.
        value = np.float32(convert(value.reshape(1), src.dtype)[0])
        if target.dtype == np.uint8 and ndim == 2:
            _warp.linear_u8(src, m, fill is not None, value, target)
        else:
            if target.dtype != np.float32:
                target = scratch(out.shape, np.float32, _SLOT_RESULT)
            (_warp.linear if ndim == 2 else _warp.linear3d)(src, m, fill is not None, value, target)
    else:
        own = convert(value.reshape(1), target.dtype)[0]
        (_warp.nearest if ndim == 2 else _warp.nearest3d)(src, m, fill is not None, own, target)
    if target is not out:
        convert(target, out.dtype, out=out)
    return out


def inverse(matrix: NDArray[Any]) -> NDArray[np.float32]:
    """The matrix (n, n + 1) that undoes an affine ``matrix`` of this shape.

    Raises ValueError if there is none.
    """
    n = matrix.shape[0]
    square = np.asarray(matrix[:, :n], np.float64)
    try:
        undo = np.linalg.inv(square)
    except np.linalg.LinAlgError:
        raise ValueError(f"the matrix {matrix.tolist()} has no inverse") from None
    return np.hstack([undo, -undo @ np.asarray(matrix[:, n:], np.float64)]).astype(np.float32)
