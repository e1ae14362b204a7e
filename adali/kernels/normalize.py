"""Crop, mirror and normalize in one pass; flipping; and the rounding, saturating cast between element types.

The rules were taken from DALI's results.  A cast to an integer rounds halves away from zero and clamps to the
range of the type.  Normalization is (value - mean) * inv_std in single precision, in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Union

import numpy as np
from numpy.typing import DTypeLike, NDArray

from adali.kernels.scratch import scratch

__all__ = ["Crop", "affine", "convert", "crop_mirror_normalize", "flip", "per_channel"]

Crop = tuple[int, int, int, int]
PerChannel = Union[float, Sequence[float], "NDArray[Any]"]

_SLOT_FLOAT, _SLOT_SOURCE, _SLOT_FLAT = 24, 25, 26


def per_channel(value: PerChannel, channels: int) -> NDArray[np.float32]:
    """Return `value`, one number or one per channel, as a float32 array of `channels` elements.

    Raises ValueError if it has another number of elements.
    """
    if isinstance(value, np.ndarray) and value.shape == (channels,) and value.dtype == np.float32:
        return np.ascontiguousarray(value)
    array = np.asarray(value, np.float32).reshape(-1)
    if array.size == channels:
        return np.ascontiguousarray(array)
    if array.size != 1:
        raise ValueError(f"{array.size} values were given for {channels} channels")
    return np.full(channels, array[0], np.float32)


def affine(
    mean: PerChannel, std: PerChannel, scale: float = 1.0, shift: float = 0.0, channels: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fold scale * (value - mean) / std + shift into (value - m) * inv_std and return (m, inv_std).

    The result has as many elements as the longer of `mean` and `std`, and at least `channels`.
    """
    count = max(np.size(mean), np.size(std), channels)
    means, stds = per_channel(mean, count), per_channel(std, count)
    inv_std = np.float32(scale) / stds
    return (means - np.float32(shift) / inv_std if shift else means), inv_std


def crop_mirror_normalize(
    src: NDArray[Any],
    crop: Crop | None = None,
    mirror: bool = False,
    *,
    mean: PerChannel = 0.0,
    std: PerChannel = 1.0,
    scale: float = 1.0,
    shift: float = 0.0,
    inv_std: PerChannel | None = None,
    dtype: DTypeLike = np.float32,
    layout: Literal["CHW", "HWC"] = "CHW",
    pad_output: bool = False,
    fill: PerChannel = 0.0,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return `scale * (window - mean) / std + shift` of an HWC image, mirrored and in another layout if
    asked.

    `src` is (height, width, channels), any strides. `crop` is the window `(y, x, height, width)` in pixels;
    where it lies outside the image the output is `fill` (not normalized). `mirror` swaps left and right of
    the window. `mean`, `std` and `fill` have one value, or one per channel. With `inv_std` given, `std`,
    `scale` and `shift` are ignored and the result is (value - mean) * inv_std; see `affine`. `pad_output`
    adds channels, filled with `fill`, up to the next power of two. Integer outputs are rounded (halves away
    from zero) and clamped.

    Raises ValueError if shapes, channel counts or `out` do not fit together.
    """
    from adali.kernels import _normalize

    if src.ndim != 3:
        raise ValueError(f"expected an HWC image, got an array of shape {src.shape}")
    height, width, channels = src.shape
    y, x, h, w = (0, 0, height, width) if crop is None else crop
    if h <= 0 or w <= 0:
        raise ValueError(f"the crop window must not be empty: {crop}")
    target = np.dtype(dtype)
    total = 1 << (channels - 1).bit_length() if pad_output else channels
    chw = layout == "CHW"
    shape = (total, h, w) if chw else (h, w, total)
    if out is None:
        out = np.empty(shape, target)
    elif out.shape != shape or out.dtype != target or not out.flags.c_contiguous:
        raise ValueError(f"out must be a C-contiguous {target} array of shape {shape}")
    if inv_std is None:
        means, scales = affine(mean, std, scale, shift, channels)
    else:
        means, scales = per_channel(mean, channels), per_channel(inv_std, channels)
    if means.size != channels:
        raise ValueError(f"mean and std have {means.size} values, the image has {channels} channels")
    if src.dtype.name not in _normalize.KINDS:
        wide = scratch(src.shape, np.float32, _SLOT_SOURCE)
        wide[...] = src
        src = wide
    result = out if target == np.float32 else scratch(shape, np.float32, _SLOT_FLOAT)
    y0, y1 = max(0, min(h, -y)), max(0, min(h, height - y))
    x0, x1 = max(0, min(w, -x)), max(0, min(w, width - x))
    if y1 - y0 < h or x1 - x0 < w or total > channels:
        values = per_channel(fill, total)
        result[...] = values[:, None, None] if chw else values
    if y1 > y0 and x1 > x0:
        window = src[y + y0 : y + y1, x + x0 : x + x1]
        if mirror:
            x0, x1 = w - x1, w - x0
        view = result[:channels, y0:y1, x0:x1] if chw else result[y0:y1, x0:x1, :channels].transpose(2, 0, 1)
        if (
            src.dtype == np.uint8
            and chw
            and channels in (1, 3, 4)
            and window.strides[1:] == (channels, 1)
            and x1 - x0 >= _normalize.LANES
        ):
            _normalize.pixels_to_planes(window, bool(mirror), means, scales, view)
        else:
            _normalize.any_to_any(window[:, ::-1] if mirror else window, means, scales, view)
    if result is not out:
        convert(result, target, out=out)
    return out


def flip(
    src: NDArray[Any],
    horizontal: bool = False,
    vertical: bool = False,
    depthwise: bool = False,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Return a mirrored copy of an (..., depth, height, width, channels) array; a plain copy if no axis is
    named.

    Raises ValueError if `out` has another shape or type, or if there is no such axis.
    """
    if src.ndim < 3 + depthwise:
        raise ValueError(f"an array of shape {src.shape} has no such axis to flip")
    if out is None:
        out = np.empty(src.shape, src.dtype)
    elif out.shape != src.shape or out.dtype != src.dtype:
        raise ValueError(f"out must be a {src.dtype} array of shape {src.shape}")
    small = src.ndim == 3 and src.shape[2] <= 4 and src.dtype in (np.uint8, np.uint16, np.int16, np.float32)
    if horizontal and small and src.flags.c_contiguous and out.flags.c_contiguous and src.size:
        import cv2

        flat = src[:, :, 0] if src.shape[2] == 1 else src
        cv2.flip(flat, -1 if vertical else 1, dst=out[:, :, 0] if src.shape[2] == 1 else out)
        return out
    axes = tuple(axis for axis, on in ((-2, horizontal), (-3, vertical), (-4, depthwise)) if on)
    out[...] = np.flip(src, axes) if axes else src
    return out


def convert(src: NDArray[Any], dtype: DTypeLike, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Cast as DALI does: to integers rounding halves away from zero and clamping, to bool by the rounded
    value.

    NaN becomes 0, or the lowest value for int32 and int64. Returns `out`, or a new array of the shape of
    `src`.

    Raises ValueError if `out` has another shape or type.
    """
    target = np.dtype(dtype)
    if out is None:
        out = np.empty(src.shape, target)
    elif out.shape != src.shape or out.dtype != target:
        raise ValueError(f"out must be a {target} array of shape {src.shape}")
    if src.dtype == target or src.dtype == np.bool_:
        out[...] = src
    elif target == np.bool_:
        out[...] = ~(np.abs(src) < 0.5) if src.dtype.kind == "f" else src != 0
    elif target == np.float16 and src.dtype == np.float32 and src.size >= 16 and out.flags.c_contiguous:
        _to_half(src, out)
    elif target.kind == "f":
        with np.errstate(over="ignore"):
            out[...] = src
    elif src.dtype.kind == "f":
        _round_to_integer(src, target, out)
    else:
        limits, own = np.iinfo(target), np.iinfo(src.dtype)
        low, high = max(limits.min, own.min), min(limits.max, own.max)
        if low > own.min or high < own.max:
            src = np.clip(src, np.asarray(low, src.dtype), np.asarray(high, src.dtype))
        out[...] = src
    return out


def _to_half(src: NDArray[np.float32], out: NDArray[np.float16]) -> None:
    from adali.kernels import _normalize

    if _normalize.HALF_INSTRUCTIONS:
        _normalize.to_float16(np.ascontiguousarray(src).reshape(-1), out.ctypes.data)
        return
    with np.errstate(over="ignore"):
        out[...] = src


def _round_to_integer(src: NDArray[Any], target: np.dtype[Any], out: NDArray[Any]) -> None:
    from adali.kernels import _normalize

    if src.dtype == np.float32 and target.name in _normalize.ROUNDED and out.flags.c_contiguous:
        _normalize.round_float32(np.ascontiguousarray(src).reshape(-1), out.reshape(-1))
        return
    limits = np.iinfo(target)
    wide = src.astype(np.float64)
    whole = np.trunc(wide)
    with np.errstate(invalid="ignore"):
        whole += np.where(np.abs(wide - whole) >= 0.5, np.copysign(1.0, wide), 0.0)
        inside = (whole > float(limits.min)) & (whole < float(limits.max))
        result = np.where(inside, whole, 0.0).astype(target)
    result[whole >= float(limits.max)] = limits.max
    result[whole <= float(limits.min)] = limits.min
    if target in (np.int32, np.int64):
        result[np.isnan(wide)] = limits.min
    out[...] = result
