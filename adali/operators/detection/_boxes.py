"""What the operators on bounding boxes share."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Array, Operator

__all__ = ["check_boxes", "flat_boxes", "read_layout"]


def check_boxes(boxes: Array, width: int = 4) -> Array:
    """Return ``boxes``: FLOAT, of shape (count, width).

    Raises:
        TypeError: the boxes are not FLOAT.
        ValueError: the shape is another one.
    """
    if boxes.dtype != np.float32:
        raise TypeError(f"bounding boxes must be FLOAT, got {boxes.dtype}")
    if boxes.ndim != 2 or boxes.shape[1] != width:
        raise ValueError(f"bounding boxes must have the shape (count, {width}), got {boxes.shape}")
    return boxes


def flat_boxes(boxes: Array) -> Array:
    """A view of shape (count, 4) of boxes that come in any shape of a multiple of four elements.

    Raises:
        TypeError: the boxes are not FLOAT.
        ValueError: the number of elements is no multiple of four.
    """
    if boxes.dtype != np.float32:
        raise TypeError(f"bounding boxes must be FLOAT, got {boxes.dtype}")
    if boxes.size % 4:
        raise ValueError(f"bounding boxes are four numbers each, got an array of {boxes.size} (shape {boxes.shape})")
    return boxes.reshape(-1, 4)


def read_layout(op: Operator, layout: str, name: str = "bbox_layout") -> tuple[list[int], list[int], bool]:
    """Understand a layout such as "xyXY", "xyzWHD" or "yxHW".

    Returns:
        Positions of the starts in the order x, y(, z); positions of the ends or extents in that order; whether the
        latter are extents.

    Raises:
        ArgumentError: it is not made of all starts and either all ends or all extents.
    """
    for starts, others, sizes in (("xy", "XY", False), ("xy", "WH", True), ("xyz", "XYZ", False), ("xyz", "WHD", True)):
        if sorted(layout) == sorted(starts + others):
            return [layout.index(c) for c in starts], [layout.index(c) for c in others], sizes
    raise op.error(f"{name} must hold each of 'xy' and 'XY' or 'WH' (in 3-D 'xyz' and 'XYZ' or 'WHD'), got {layout!r}")
