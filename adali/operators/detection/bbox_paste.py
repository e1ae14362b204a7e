"""bbox_paste: bounding boxes of an image that is pasted on a larger canvas."""

from __future__ import annotations

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.detection._boxes import flat_boxes


@operator(
    "BBoxPaste",
    inputs=(Input("boxes", doc="FLOAT, four numbers a box, as fractions of the image's size."),),
    args=(
        Arg("ltrb", ArgKind.BOOL, False, "Whether a box is (left, top, right, bottom) rather than (x, y, w, h)."),
        Arg("paste_x", ArgKind.FLOAT, 0.5, "Place of the image: 0 at the left edge, 1 at the right.", tensor=True),
        Arg("paste_y", ArgKind.FLOAT, 0.5, "Place of the image: 0 at the upper edge, 1 at the lower.", tensor=True),
        Arg("ratio", ArgKind.FLOAT, REQUIRED, "Size of the canvas divided by that of the image.", tensor=True),
    ),
)
class BBoxPaste(SampleOperator):
    """Moves bounding boxes to where their objects are after the image is pasted on a larger canvas.

    A coordinate c becomes ``c / ratio + paste * (ratio - 1) / ratio`` and an extent e becomes ``e / ratio``: fractions
    of the canvas, as those before were of the image. ``paste * (ratio - 1)`` is at most ``ratio - 1``: the image does
    not leave the canvas to the right or below.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        boxes = flat_boxes(inputs[0])
        ratio = ctx.arg("ratio")
        if ratio == 0:
            raise ValueError("'ratio' must not be 0")
        margin = ratio - 1
        shift = [min(ctx.arg(name) * margin, margin) / ratio for name in ("paste_x", "paste_y")]
        shift += shift if self.args["ltrb"] else [0.0, 0.0]
        out = ctx.empty(inputs[0].shape, boxes.dtype)
        np.add(boxes / np.float32(ratio), np.array(shift, np.float32), out=out.reshape(-1, 4))
        return out
