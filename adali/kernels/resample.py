"""Resize images and volumes with the filters of DALI's `fn.resize`.

Two ways lead to the result: a fixed-point one for uint8 images and filters without negative weights (see
`_resize_u8`), and float32 passes for everything else. The filters and the geometry are described in
`_weights`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from adali.kernels.scratch import scratch

__all__ = ["Filter", "Roi", "Window", "resample", "resample_normalize", "source_window", "spans_of", "stepped"]

Roi = tuple[Sequence[float], Sequence[float]]
Window = tuple[int, int, int, int]


class Filter(IntEnum):
    """Interpolation filters; the values are those of `DALIInterpType`."""

    NN = 0
    LINEAR = 1
    CUBIC = 2
    LANCZOS3 = 3
    TRIANGULAR = 4
    GAUSSIAN = 5


# Scratch slots of this module; decoding and normalizing use none.
_SLOT_STRIP, _SLOT_PASS_A, _SLOT_PASS_B, _SLOT_IMAGE = 16, 17, 18, 19

_Span = tuple[float, float]


def spans_of(shape: Sequence[int], roi: Roi | None, n: int) -> list[_Span]:
    """Start and end of the region along each of ``n`` axes."""
    if roi is None:
        return [(0.0, float(size)) for size in shape[:n]]
    start, end = roi
    if len(start) != n or len(end) != n:
        raise ValueError(f"roi needs {n} start and {n} end coordinates, not {len(start)} and {len(end)}")
    return [(float(a), float(b)) for a, b in zip(start, end, strict=True)]


def _kind(span: _Span, out: int, min_filter: int, mag_filter: int) -> int:
    return int(min_filter) if abs(span[1] - span[0]) > out else int(mag_filter)


def stepped(kinds: Sequence[int]) -> list[int]:
    """The filters as `_weights.axis` knows them, which has two nearest neighbours."""
    from adali.kernels import _weights

    return [_weights.NN_STEPPED if kind == Filter.NN else kind for kind in kinds[:-1]] + list(kinds[-1:])


def _is_fast(src: NDArray[Any], kinds: Sequence[int]) -> bool:
    """Whether the fixed-point kernels take this image: see their docstrings."""
    if src.dtype != np.uint8 or len(kinds) != 2 or src.ndim != 3:
        return False
    return src.shape[2] in (1, 3, 4) and not any(kind in (Filter.CUBIC, Filter.LANCZOS3) for kind in kinds)


def _dense_rows(src: NDArray[Any]) -> NDArray[Any]:
    """Return the image, or a copy if the pixels of a row do not follow each other in memory."""
    channels = src.shape[2]
    dense = src.strides[1] == channels and (channels == 1 or src.strides[2] == 1)
    return src if dense else np.ascontiguousarray(src)


def resample(
    src: NDArray[Any],
    out_size: Sequence[int],
    *,
    min_filter: int = Filter.LINEAR,
    mag_filter: int = Filter.LINEAR,
    antialias: bool = True,
    roi: Roi | None = None,
    dtype: DTypeLike | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Resize `src` to `out_size` and return a C-contiguous array.

    `src` has shape (height, width, channels) for two sizes, (depth, height, width, channels) for three; a
    missing channel axis is allowed. `roi` is `(start, end)` in source pixels, one float per axis; it may
    reach outside (border samples are repeated) and end before it starts (the axis is mirrored). An axis
    that shrinks uses `min_filter`, any other `mag_filter`. `antialias` stretches the filter when shrinking.
    `dtype` is that of the source (default) or float32. Integer results are rounded (halves away from zero)
    and clamped.

    Raises ValueError if a size is not positive, the source is empty, or shapes do not fit together.
    """
    n = len(out_size)
    if any(size <= 0 for size in out_size):
        raise ValueError(f"the output size must be positive, not {tuple(out_size)}")
    if src.ndim not in (n, n + 1) or src.size == 0:
        raise ValueError(f"cannot resize an array of shape {src.shape} to {tuple(out_size)}")
    target = src.dtype if dtype is None else np.dtype(dtype)
    shape = (*(int(size) for size in out_size), *src.shape[n:])
    if out is None:
        out = np.empty(shape, target)
    elif out.shape != shape or out.dtype != target or not out.flags.c_contiguous:
        raise ValueError(f"out must be a C-contiguous {target} array of shape {shape}")
    spans = spans_of(src.shape, roi, n)
    kinds = [_kind(span, size, min_filter, mag_filter) for span, size in zip(spans, shape, strict=False)]
    if all(kind == Filter.NN for kind in kinds):
        if target == src.dtype:
            _nearest(src, shape[:n], spans, out)
        else:
            from adali.kernels import normalize

            same = scratch(shape, src.dtype, _SLOT_IMAGE)
            _nearest(src, shape[:n], spans, same)
            normalize.convert(same, target, out=out)
        return out
    kinds = stepped(kinds)
    view = src if src.ndim == n + 1 else src[..., None]
    out_view = out if out.ndim == n + 1 else out[..., None]
    if target == np.uint8 and _is_fast(view, kinds):
        plan = _plan(
            view, shape[:2], spans, kinds, antialias, (0, 0, shape[0], shape[1]), False, (0, 0, *src.shape[:2])
        )
        if plan is not None:
            from adali.kernels import _resize_u8

            _resize_u8.resize_hwc(_dense_rows(view), *plan, out_view)
            return out
    _resample_float(view, shape[:n], spans, kinds, antialias, out_view)
    return out


def source_window(
    size: Sequence[int],
    out_size: Sequence[int],
    crop: Window,
    *,
    min_filter: int = Filter.LINEAR,
    mag_filter: int = Filter.LINEAR,
    antialias: bool = True,
    roi: Roi | None = None,
) -> Window:
    """Return the part (y, x, height, width) of an image that a crop of its resized version is made from.

    `size` and `out_size` are (height, width) of the image and of the resized image, `crop` a window of the latter.
    Decoding only this part, and passing it on as `source` of `resample_normalize`, saves time and no accuracy.
    """
    from adali.kernels import _weights

    height, width = int(size[0]), int(size[1])
    spans = spans_of((height, width), roi, 2)
    y, x, h, w = crop
    kinds = stepped([_kind(span, out, min_filter, mag_filter) for span, out in zip(spans, out_size, strict=True)])
    top, bottom = _weights.reach(height, out_size[0], *spans[0], kinds[0], antialias, y, h)
    left, right = _weights.reach(width, out_size[1], *spans[1], kinds[1], antialias, x, w)
    return top, left, bottom - top, right - left


def _embed(part: NDArray[Any], source: Window) -> NDArray[Any]:
    """Return an image of full size with `part` in its place: for the paths that know no windows."""
    y, x, height, width = source
    h, w = part.shape[:2]
    if y < 0 or x < 0 or y + h > height or x + w > width:
        raise ValueError(f"the window {source} is too small for a part of {h}x{w} pixels")
    whole = np.zeros((height, width, *part.shape[2:]), part.dtype)
    whole[y : y + h, x : x + w] = part
    return whole


def _nearest(src: NDArray[Any], size: Sequence[int], spans: Sequence[_Span], out: NDArray[Any]) -> None:
    from adali.kernels import _weights

    last = len(size) - 1
    index = [_weights.nearest(src.shape[k], size[k], *spans[k], accumulate=k < last) for k in range(len(size))]
    if len(size) == 2 and src.dtype.kind != "O":
        from adali.kernels import _nearest

        image = src if src.ndim == 3 else src[..., None]
        image = _dense_rows(image) if image.itemsize == 1 else np.ascontiguousarray(image)
        pixel = image.shape[2] * image.itemsize
        rows, columns = index
        target = out.reshape(-1).view(np.uint8).reshape(size[0], size[1] * pixel)
        _nearest.gather(image.ctypes.data, image.strides[0], rows, columns, pixel, target)
        return
    for k in range(last):
        src = src.take(index[k], axis=k)
    src.take(index[last], axis=last, out=out, mode="clip")


def _plan(
    src: NDArray[np.uint8],
    size: Sequence[int],
    spans: Sequence[_Span],
    kinds: Sequence[int],
    antialias: bool,
    crop: Window,
    mirror: bool,
    source: Window,
) -> tuple[Any, ...] | None:
    """Return (ystart, yweights, xstart, xweights, work) for `_resize_u8`, or None if the image is too small."""
    from adali.kernels import _resize_u8, _weights

    y, x, height, width = crop
    top, left, full_height, full_width = source
    ys, yw = _weights.fixed_axis(full_height, size[0], *spans[0], kinds[0], antialias, y, height, False, top)
    xs, xw = _weights.fixed_axis(full_width, size[1], *spans[1], kinds[1], antialias, x, width, mirror, left)
    channels = src.shape[2]
    ends = (int(xs[0]), int(xs[-1]))
    if source[:2] != (0, 0) or source[2:] != src.shape[:2]:
        low, high = min(int(ys[0]), int(ys[-1])), max(int(ys[0]), int(ys[-1]))
        if low < 0 or min(ends) < 0 or high + yw.shape[1] > src.shape[0] or max(ends) + xw.shape[1] > src.shape[1]:
            raise ValueError(f"the window {source[:2]} + {src.shape[:2]} does not hold all pixels of the crop {crop}")
    columns = max(ends) + xw.shape[1] - min(ends)
    limit = _resize_u8.MAX_TAPS
    if columns * channels < 32 or width * channels < 16 or yw.shape[1] > limit or xw.shape[1] > limit:
        return None
    work = scratch(_resize_u8.work_size(columns, width, channels), np.uint8, _SLOT_STRIP)
    return ys, yw, xs, xw, work


def _resize_strips(
    src: NDArray[Any],
    size: Sequence[int],
    spans: Sequence[_Span],
    kinds: Sequence[int],
    antialias: bool,
    out: NDArray[Any],
) -> bool:
    """Resize an image with `_resize_f32` and return True, or False where that cannot do it."""
    from adali.kernels import _resize_f32, _weights, normalize

    channels = src.shape[2]
    if src.dtype.name not in _resize_f32.KINDS or size[1] * channels < 16:
        return False
    ys, yw = _weights.axis(src.shape[0], size[0], *spans[0], kinds[0], antialias)
    xs, xw = _weights.axis(src.shape[1], size[1], *spans[1], kinds[1], antialias)
    columns = max(int(xs[0]), int(xs[-1])) + xw.shape[1] - min(int(xs[0]), int(xs[-1]))
    if columns * channels < _resize_f32.BLOCK:
        return False
    work = scratch(_resize_f32.work_size(columns, size[1], channels), np.uint8, _SLOT_STRIP)
    direct = out.dtype in (np.uint8, np.float32)
    result = out if direct else scratch(out.shape, np.float32, _SLOT_PASS_A)
    _resize_f32.resize(_dense_rows(src), ys, yw, xs, xw, work, result)
    if not direct:
        normalize.convert(result, out.dtype, out=out)
    return True


def _resample_float(
    src: NDArray[Any],
    size: Sequence[int],
    spans: Sequence[_Span],
    kinds: Sequence[int],
    antialias: bool,
    out: NDArray[Any],
) -> None:
    from adali.kernels import _resize_any, _weights, normalize

    if len(size) == 2 and _resize_strips(src, size, spans, kinds, antialias, out):
        return
    # The axis that shrinks most goes first: the others then have less to do.
    order = sorted(range(len(size)), key=lambda k: size[k] / src.shape[k])
    current = np.ascontiguousarray(src)
    if current.dtype.name not in _resize_any._KINDS:
        current = current.astype(np.float32)
    slots = (_SLOT_PASS_A, _SLOT_PASS_B)
    for step, k in enumerate(order):
        last = step == len(order) - 1
        start, weights = _weights.axis(current.shape[k], size[k], *spans[k], kinds[k], antialias)
        shape = (*current.shape[:k], size[k], *current.shape[k + 1 :])
        direct = last and out.dtype == np.float32
        result = out if direct else scratch(shape, np.float32, slots[step % 2])
        outer = math.prod(current.shape[:k])
        inner = math.prod(current.shape[k + 1 :])
        _resize_any.axis_pass(
            current.reshape(outer, current.shape[k], inner),
            start,
            weights,
            result.reshape(outer, size[k], inner),
        )
        current = result
    if current is not out:
        normalize.convert(current, out.dtype, out=out)


def resample_normalize(
    src: NDArray[Any],
    out_size: Sequence[int],
    *,
    min_filter: int = Filter.LINEAR,
    mag_filter: int = Filter.LINEAR,
    antialias: bool = True,
    roi: Roi | None = None,
    source: Window | None = None,
    crop: Window | None = None,
    mirror: bool = False,
    mean: Sequence[float] | NDArray[Any] = (0.0,),
    inv_std: Sequence[float] | NDArray[Any] = (1.0,),
    layout: Literal["CHW", "HWC"] = "CHW",
    dtype: DTypeLike = np.float32,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Resize an image, cut a window out of the result, mirror it, and normalize: (value - mean) * inv_std.

    Equal to `resample` in the type of the source followed by `crop_mirror_normalize`, without storing what
    lies between, and only the window is computed. `crop` is `(y, x, height, width)` in pixels of the
    resized image (default: all of it); `mean` and `inv_std` have one value or one per channel.

    `source = (y, x, height, width)` says that `src` holds only a part of an image of height x width pixels, the
    part that begins at (y, x) and is at least the `source_window`; `out_size` and `roi` refer to the whole image,
    and the result is the one of the whole image.

    Raises ValueError as `resample` does, if the crop does not lie inside the resized image, or if `src` does not
    hold all it is made from.
    """
    from adali.kernels import normalize

    height, width = int(out_size[0]), int(out_size[1])
    window = (0, 0, height, width) if crop is None else crop
    y, x, h, w = window
    if height <= 0 or width <= 0 or src.size == 0:
        raise ValueError(f"cannot resize an array of shape {src.shape} to {tuple(out_size)}")
    if y < 0 or x < 0 or h <= 0 or w <= 0 or y + h > height or x + w > width:
        raise ValueError(f"the crop {window} does not lie inside the resized {height}x{width} image")
    origin = (0, 0, *src.shape[:2]) if source is None else source
    spans = spans_of(origin[2:], roi, 2)
    kinds = stepped([_kind(spans[0], height, min_filter, mag_filter), _kind(spans[1], width, min_filter, mag_filter)])
    target = np.dtype(dtype)
    plan = None
    if _is_fast(src, kinds):
        plan = _plan(src, (height, width), spans, kinds, antialias, window, mirror, origin)
    if plan is not None:
        src = _dense_rows(src)
    else:
        image = resample(
            src if source is None else _embed(src, source),
            (height, width),
            min_filter=min_filter,
            mag_filter=mag_filter,
            antialias=antialias,
            roi=roi,
            out=scratch((height, width, *src.shape[2:]), src.dtype, _SLOT_IMAGE),
        )
        return normalize.crop_mirror_normalize(
            image, window, mirror, mean=mean, inv_std=inv_std, dtype=target, layout=layout, out=out
        )
    from adali.kernels import _resize_u8

    channels = src.shape[2]
    if layout == "CHW" and target == np.float32 and w >= 16:
        shape = (channels, h, w)
        if out is None:
            out = np.empty(shape, target)
        elif out.shape != shape or out.dtype != target or not out.flags.c_contiguous:
            raise ValueError(f"out must be a C-contiguous {target} array of shape {shape}")
        means = normalize.per_channel(mean, channels)
        scales = normalize.per_channel(inv_std, channels)
        _resize_u8.resize_normalize_chw(src, *plan, means, scales, out)
        return out
    image = scratch((h, w, channels), np.uint8, _SLOT_IMAGE)
    _resize_u8.resize_hwc(src, *plan, image)
    return normalize.crop_mirror_normalize(
        image, None, False, mean=mean, inv_std=inv_std, dtype=target, layout=layout, out=out
    )
