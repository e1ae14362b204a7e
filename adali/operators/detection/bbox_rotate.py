"""bbox_rotate: bounding boxes of a rotated image."""

from __future__ import annotations

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.detection._boxes import check_boxes
from adali.operators.geometry._matrices import rotation_2d
from adali.operators.geometry.rotate import canvas

MODES = {"expand": 1.0, "halfway": 0.5, "fixed": 0.0}


@operator(
    "BBoxRotate",
    inputs=(
        Input("boxes", doc="FLOAT, shape (count, 4)."),
        Input("labels", doc="INT32, one or one row for each box; removed together with its box."),
    ),
    min_inputs=1,
    args=(
        Arg("angle", ArgKind.FLOAT, REQUIRED, "Angle in degrees, counter-clockwise.", tensor=True),
        Arg(
            "bbox_layout", ArgKind.LAYOUT, "xyXY", "Order of a box's numbers: xyXY (start, end) or xyWH (start, size)."
        ),
        Arg("bbox_normalized", ArgKind.BOOL, True, "Whether boxes are fractions of the image's size, not pixels."),
        Arg(
            "input_shape",
            ArgKind.INTS,
            REQUIRED,
            "Shape of the image before its rotation, in the order of ``shape_layout``.",
            tensor=True,
        ),
        Arg("keep_size", ArgKind.BOOL, False, "Whether the rotated image has the size of the image before."),
        Arg(
            "mode",
            ArgKind.STR,
            "expand",
            "Size of a rotated box: ``expand`` (around the four rotated corners), ``fixed`` (as before, width and "
            "height exchanged where the box comes to lie on its side) or ``halfway`` (the mean of the two).",
        ),
        Arg(
            "remove_threshold",
            ArgKind.FLOAT,
            0.1,
            "A box is removed if a smaller part of its area than this is on the canvas; less than 1.",
        ),
        Arg("shape_layout", ArgKind.LAYOUT, "HW", "Order of the extents in ``input_shape``; has an H and a W."),
        Arg("size", ArgKind.FLOATS, (), "Size (height, width) of the rotated image, if given to rotate.", tensor=True),
    ),
    output_per_optional_input=True,
)
class BBoxRotate(SampleOperator):
    """Rotates bounding boxes together with their image, around its centre.

    The boxes are cut off at the edges of the canvas that ``rotate`` makes with the same arguments. Boxes without any
    area are removed. Labels given as the second input are removed with their boxes.
    """

    def setup(self) -> None:
        a = self.args
        if a["mode"] not in MODES:
            raise self.error(f"'mode' must be one of {', '.join(MODES)}, got {a['mode']!r}")
        if a["bbox_layout"] not in ("xyXY", "xyWH"):
            raise self.error(f"'bbox_layout' must be xyXY or xyWH, got {a['bbox_layout']!r}")
        if not 0 <= a["remove_threshold"] < 1:
            raise self.error(f"'remove_threshold' must be from 0 to less than 1, got {a['remove_threshold']}")
        if a["shape_layout"].count("H") != 1 or a["shape_layout"].count("W") != 1:
            raise self.error(f"'shape_layout' must have an H and a W, got {a['shape_layout']!r}")
        if a["keep_size"] and (a["size"] or "size" in self.spec.arg_inputs):
            raise self.error("give either 'keep_size' or 'size'")
        self.sizes = a["bbox_layout"] == "xyWH"

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        boxes = check_boxes(inputs[0])
        if len(inputs) > 1:
            self._check_labels(inputs[1], len(boxes))
        shape = self._shape(ctx)
        turn = rotation_2d(ctx.arg("angle"))
        before = np.array(shape[::-1], np.float64)
        after = np.array(self._canvas(ctx, turn, shape)[::-1], np.float64)
        scale = before if self.args["bbox_normalized"] else np.ones(2)
        start, end = boxes[:, :2] * scale, boxes[:, 2:] * scale
        if self.sizes:
            end = start + end
        # The matrix leads from the output to the input; a rotation's transpose is its inverse.
        centre = ((start + end - before) / 2) @ turn + after / 2
        extent = self._extents(end - start, np.abs(turn), self._wide(boxes, ctx.arg("angle"), before, after))
        low, high = np.clip(centre - extent / 2, 0, after), np.clip(centre + extent / 2, 0, after)
        area = extent.prod(1)
        kept = np.flatnonzero((area > 0) & ((high - low).prod(1) >= self.args["remove_threshold"] * area))
        first, second = low[kept], (high - low if self.sizes else high)[kept]
        out = ctx.empty((len(kept), 4), np.float32)
        scale = after if self.args["bbox_normalized"] else np.ones(2)
        out[:, :2], out[:, 2:] = first / scale, second / scale
        if len(inputs) == 1:
            return out
        labels = ctx.empty((len(kept), *inputs[1].shape[1:]), np.int32, 1)
        labels[...] = inputs[1][kept]
        return out, labels

    def _wide(self, boxes: Array, angle: float, before: Array, after: Array) -> Array:
        """Whether the rotated boxes are at least as wide as high.

        By the extents of their rotated corners, in single precision and in DALI's order of operations: at odd multiples
        of 45 degrees, where both extents are the same, rounding decides.
        """
        theta = np.float32(angle) * np.float32(np.pi / 180)
        cosine, sine = np.cos(theta), np.sin(theta)
        scale, half = before.astype(np.float32), (after / 2).astype(np.float32)
        start, end = boxes[:, :2], boxes[:, 2:]
        if self.sizes:
            end = start + end
        corners = np.stack([start, end])
        corners = (corners - np.float32(0.5)) * scale if self.args["bbox_normalized"] else corners - scale / 2
        xs, ys = corners[[0, 1, 1, 0], :, 0], corners[[0, 0, 1, 1], :, 1]
        turned_x, turned_y = cosine * xs + sine * ys + half[0], -sine * xs + cosine * ys + half[1]
        return np.asarray(np.ptp(turned_x, 0) >= np.ptp(turned_y, 0))

    def _extents(self, extent: Array, reach: Array, wide: Array) -> Array:
        """Widths and heights of the rotated boxes."""
        around = extent @ reach
        share = MODES[self.args["mode"]]
        if share == 1:
            return np.asarray(around)
        # A box that lies on its side after the rotation keeps its size lying on its side.
        turned = wide != (extent[:, 0] >= extent[:, 1])
        own = np.where(turned[:, None], extent[:, ::-1], extent)
        return np.asarray(share * around + (1 - share) * own)

    def _shape(self, ctx: SampleContext) -> tuple[int, int]:
        """Height and width of the image."""
        shape, layout = ctx.arg("input_shape"), self.args["shape_layout"]
        if len(shape) < len(layout):
            raise ValueError(f"'input_shape' has {len(shape)} extents, but 'shape_layout' is {layout!r}")
        height, width = (int(shape[layout.index(c)]) for c in "HW")
        if height < 1 or width < 1:
            raise ValueError(f"'input_shape' must be positive, got {list(shape)}")
        return height, width

    def _canvas(self, ctx: SampleContext, turn: Array, shape: tuple[int, int]) -> tuple[int, ...]:
        """Height and width of the rotated image."""
        size = ctx.arg("size")
        if size:
            if len(size) != 2 or min(size) < 1:
                raise ValueError(f"'size' must be a height and a width of at least 1, got {list(size)}")
            return int(size[0]), int(size[1])
        return shape if self.args["keep_size"] else canvas([turn], shape)

    @staticmethod
    def _check_labels(labels: Array, count: int) -> None:
        if labels.dtype != np.int32:
            raise TypeError(f"labels must be INT32, got {labels.dtype}")
        if labels.ndim < 1 or len(labels) != count:
            raise ValueError(f"there are labels of shape {labels.shape} for {count} boxes")
