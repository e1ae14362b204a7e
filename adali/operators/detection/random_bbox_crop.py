"""random_bbox_crop: a random window with conditions on the bounding boxes in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.detection._boxes import read_layout
from adali.operators.detection._windows import Box, Search, Windows


def output_count(args: Mapping[str, Any]) -> int:
    """Window and boxes, and indices where they are asked for."""
    return 3 + bool(args.get("output_bbox_indices", False))


@operator(
    "RandomBBoxCrop",
    inputs=(
        Input("boxes", doc="FLOAT, four numbers a box, or six in 3-D, as fractions of the image's extents."),
        Input("labels", doc="INT32, one or one row for each box."),
    ),
    min_inputs=1,
    args=(
        Arg(
            "all_boxes_above_threshold",
            ArgKind.BOOL,
            True,
            "Whether every box must meet the threshold, not just one of them.",
        ),
        Arg("allow_no_crop", ArgKind.BOOL, True, "Whether the whole image is as likely a choice as each threshold."),
        Arg(
            "aspect_ratio",
            ArgKind.FLOATS,
            (1.0, 1.0),
            "Least and greatest ratio of width to height. In 3-D it holds for all pairs of axes, or is a list of three "
            "ranges for x/y, x/z and y/z. Without ``input_shape`` it is relative to that of the image.",
        ),
        Arg(
            "bbox_layout",
            ArgKind.LAYOUT,
            None,
            "Order of a box's numbers: x, y, z for starts, X, Y, Z for ends or W, H, D for extents; xyXY or xyzXYZ by "
            "default.",
        ),
        Arg(
            "bbox_prune_threshold",
            ArgKind.FLOAT,
            None,
            "A box is kept if at least this part of its area, and some of it, lies in the window; without it, if its "
            "centre does.",
        ),
        Arg(
            "crop_shape",
            ArgKind.INTS,
            None,
            "Extents of the window in pixels, in place of ``scaling`` and ``aspect_ratio``; needs ``input_shape``.",
            tensor=True,
        ),
        Arg("input_shape", ArgKind.INTS, None, "Extents of the image in pixels.", tensor=True),
        Arg("ltrb", ArgKind.BOOL, True, "Older form of ``bbox_layout``: whether boxes have ends, not extents."),
        Arg("num_attempts", ArgKind.INT, 1, "Number of windows to try before another threshold is chosen."),
        Arg("output_bbox_indices", ArgKind.BOOL, False, "Whether the indices of the boxes that are kept are put out."),
        Arg("quiet", ArgKind.BOOL, False, "Whether nothing is said when no window meets the conditions."),
        Arg("scaling", ArgKind.FLOATS, (1.0, 1.0), "Least and greatest extent as a fraction of the image's."),
        Arg(
            "shape_layout",
            ArgKind.LAYOUT,
            None,
            "Order of the extents in ``crop_shape`` and ``input_shape``; WH or WHD by default.",
        ),
        Arg("threshold_type", ArgKind.STR, "iou", "What the thresholds are: ``iou`` or ``overlap``."),
        Arg(
            "thresholds",
            ArgKind.FLOATS,
            (0.0,),
            "Least intersection over union of box and window, or, as ``overlap``, part of the box in the window. For "
            "each sample one of them is chosen.",
        ),
        Arg(
            "total_num_attempts",
            ArgKind.INT,
            -1,
            "Number of windows to try before the best one is taken; without it, the search goes on until it succeeds.",
        ),
    ),
    num_outputs=output_count,
    output_per_optional_input=True,
    random=True,
)
class RandomBBoxCrop(SampleOperator):
    """Chooses a random window of an image such that its bounding boxes are sufficiently in it.

    A threshold is chosen at random, then windows are drawn until one fits the aspect ratio, the boxes meet the
    threshold in it, and at least one box is kept (if there is any). After ``num_attempts`` of them another threshold
    is chosen; after ``total_num_attempts`` the window is taken with the best overlap of the box that counts for the
    threshold: the worst of all, or the best if one is enough. The whole image is the answer if no window had fitted
    the aspect ratio. Without ``total_num_attempts`` a condition that cannot be met is an error after 100,000 attempts
    (DALI searches
    without end).

    Extents are drawn independently, uniform in ``scaling``, and the place is uniform. With equal bounds of an aspect
    ratio the one axis takes its extent from the other, which of them from which by chance, and then all extents are
    scaled so that the longest is as long as the longest that was drawn. Windows outside the aspect ratio are drawn
    again; this is decided in single precision, so that rounding rejects some of those that were made for a ratio.

    The outputs are the window's start (x, y(, z)) and its extents (w, h(, d)), both FLOAT: fractions of the image, or
    pixels with ``crop_shape``; the boxes that are kept, cut off at the window and as fractions of it; their labels, if
    given; and their indices, INT32, if ``output_bbox_indices``.
    """

    out_layout = ""

    def setup(self) -> None:
        a = self.args
        if self.given("ltrb") and self.given("bbox_layout"):
            raise self.error("give either 'bbox_layout' or 'ltrb', its older form")
        if self.given("bbox_layout"):
            read_layout(self, a["bbox_layout"])
        prune = a["bbox_prune_threshold"]
        if prune is not None and not 0 <= prune <= 1:
            raise self.error(f"'bbox_prune_threshold' must be from 0 to 1, got {prune}")
        self.fixed = self.given("crop_shape")
        if self.fixed:
            if not self.given("input_shape"):
                raise self.error("'crop_shape' needs 'input_shape'")
            for name in ("scaling", "aspect_ratio"):
                if self.given(name):
                    raise self.error(f"give either 'crop_shape' or '{name}'")
            if self.given("allow_no_crop") and a["allow_no_crop"]:
                raise self.error("'allow_no_crop' cannot be had with 'crop_shape'")
        self.windows = Windows(self)
        self.search = Search(self, no_crop=a["allow_no_crop"] and not self.fixed, prune=prune)

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, ...]:
        boxes = inputs[0]
        if boxes.dtype != np.float32:
            raise TypeError(f"bounding boxes must be FLOAT, got {boxes.dtype}")
        if boxes.ndim != 2 or boxes.shape[1] not in (4, 6):
            raise ValueError(f"bounding boxes must have the shape (count, 4) or (count, 6), got {boxes.shape}")
        if len(inputs) > 1:
            labels = inputs[1]
            if labels.dtype != np.int32:
                raise TypeError(f"labels must be INT32, got {labels.dtype}")
            if labels.ndim < 1 or len(labels) != len(boxes):
                raise ValueError(f"there are labels of shape {labels.shape} for {len(boxes)} boxes")
        ndim = boxes.shape[1] // 2
        layout = self.args["bbox_layout"]
        if layout is None:
            layout = ("xyz"[:ndim] + "XYZ"[:ndim]) if self.args["ltrb"] else ("xyz"[:ndim] + "WHD"[:ndim])
        starts, others, sizes = read_layout(self, layout)
        if len(starts) != ndim:
            raise ValueError(f"'bbox_layout' is {layout!r}, but the boxes have {boxes.shape[1]} numbers")
        low = boxes[:, starts].astype(np.float64)
        high = boxes[:, others] + (low if sizes else 0.0)
        self._check_inside(low, high)
        image, crop = self._shape(ctx, "input_shape", ndim), self._shape(ctx, "crop_shape", ndim)
        generator = ctx.generator()
        window, kept = self.search.run(
            generator, Box(low, high), lambda: self.windows.draw(generator, ndim, image, crop)
        )
        extent = window.high - window.low
        inside = (np.clip(low[kept], window.low, window.high) - window.low) / extent
        outside = (np.clip(high[kept], window.low, window.high) - window.low) / extent
        out = ctx.empty((len(kept), 2 * ndim), np.float32, 2)
        out[:, starts] = inside
        out[:, others] = outside - inside if sizes else outside
        unit = image if self.fixed and image is not None else np.ones(ndim)
        anchor, shape = ctx.empty((ndim,), np.float32), ctx.empty((ndim,), np.float32, 1)
        anchor[:], shape[:] = window.low * unit, extent * unit
        if self.fixed:
            np.rint(anchor, out=anchor)
            np.rint(shape, out=shape)
        results: list[Array] = [anchor, shape, out]
        if len(inputs) > 1:
            results.append(np.ascontiguousarray(inputs[1][kept]))
        if self.args["output_bbox_indices"]:
            results.append(kept.astype(np.int32))
        return tuple(results)

    @staticmethod
    def _check_inside(low: Array, high: Array) -> None:
        tolerance = 1e-6
        wrong = (np.minimum(low, high).min(1) < -tolerance) | (np.maximum(low, high).max(1) > 1 + tolerance)
        if wrong.any():
            first = int(np.argmax(wrong))
            start, end = low[first].round(4).tolist(), high[first].round(4).tolist()
            raise ValueError(f"box {first} reaches out of the image: from {start} to {end}")

    def _shape(self, ctx: SampleContext, name: str, ndim: int) -> Array | None:
        """Extents in the order x, y(, z), or None."""
        if not self.given(name):
            return None
        values, letters = ctx.arg(name), "WHD"[:ndim]
        layout = self.args["shape_layout"] or letters
        if sorted(layout) != sorted(letters):
            raise ValueError(f"'shape_layout' must hold each of {letters!r}, got {layout!r}")
        if len(values) != ndim or min(values) < 1:
            raise ValueError(f"'{name}' must be {ndim} positive extents, got {list(values)}")
        return np.array([values[layout.index(c)] for c in letters], np.float64)
