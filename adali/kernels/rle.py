"""Run-length encoded masks and polygons, as the COCO API has them.

Masks are column by column: counts of zeros and ones in turns, zeros first. Format of compressed counts:
https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c (rleFrString).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["counts_of_text", "fill_polygons", "fill_runs"]

Mask = NDArray[np.bool_]


def counts_of_text(text: str) -> list[int]:
    """Counts from their compressed form: five bits a character, differences to the count before the last.

    Raises:
        ValueError: this is no compressed form.
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or shift > 60:
            raise ValueError(f"compressed counts hold {character!r}")
        value |= (code & 31) << shift
        shift += 5
        if not code & 32:
            if code & 16:
                value |= -1 << shift
            if len(counts) > 2:
                value += counts[-2]
            counts.append(value)
            value = shift = 0
    if shift:
        raise ValueError("compressed counts are cut off")
    return counts


def fill_runs(counts: Sequence[int], height: int, width: int) -> Mask:
    """The mask of counts, (height, width); what they leave out at the end is not set.

    Raises:
        ValueError: a count is negative, or they go beyond the mask.
    """
    runs = np.asarray(counts, np.int64)
    if runs.ndim != 1 or (runs.size and runs.min() < 0):
        raise ValueError("counts of a mask must be a list of non-negative integers")
    total = height * width
    if runs.sum(dtype=np.float64) > total:
        raise ValueError(f"counts of a mask add up to more than its {height} x {width} pixels")
    flat = np.zeros(total, np.bool_)
    filled = np.repeat(np.arange(runs.size) % 2 == 1, runs)
    flat[: filled.size] = filled
    mask: Mask = flat.reshape(width, height).T
    return mask


def fill_polygons(polygons: Sequence[NDArray[np.float32]], height: int, width: int, mask: Any) -> Mask:
    """The pixels inside of any of the polygons, (height, width); vertices are x, y in pixels.

    Args:
        mask: the module ``pycocotools.mask``, which does the work.

    Raises:
        ValueError: a vertex is not finite or lies so far outside that filling would take for ever.
    """
    usable = []
    for polygon in polygons:
        if len(polygon) < 3:
            continue
        if not np.isfinite(polygon).all() or np.abs(polygon).max() > 100 * (height + width):
            raise ValueError("a polygon has vertices far outside of the image")
        usable.append(polygon.astype(np.float64).reshape(-1).tolist())
    if not usable or not height * width:
        return np.zeros((height, width), np.bool_)
    runs = mask.merge(mask.frPyObjects(usable, height, width))
    # Its own decode() relies on what NumPy has deprecated.
    return fill_runs(counts_of_text(runs["counts"].decode()), height, width)
