"""bb_flip: bounding boxes of a mirrored image."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.detection._boxes import flat_boxes
from adali.operators.gpu import GpuContext, addresses, struct
from adali.operators.gpu_copy import ghosts

_ROW = struct(("in", "p"), ("out", "p"), ("size", "i8"), ("horizontal", "i4"), ("vertical", "i4"))


@operator(
    "BbFlip",
    inputs=(Input("boxes", doc="FLOAT, four numbers a box, as fractions of the image's size."),),
    args=(
        Arg("horizontal", ArgKind.INT, 1, "Whether the image is mirrored from left to right (0: no).", tensor=True),
        Arg(
            "ltrb",
            ArgKind.BOOL,
            False,
            "Whether a box is (left, top, right, bottom) rather than (x, y, width, height).",
        ),
        Arg("vertical", ArgKind.INT, 0, "Whether the image is mirrored from top to bottom (0: no).", tensor=True),
    ),
    devices=("cpu", "gpu"),
)
class BbFlip(SampleOperator):
    """Mirrors bounding boxes, so that they stay on their objects when the image is flipped.

    Coordinates are fractions of the image's width and height; boxes may reach beyond it.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        boxes = flat_boxes(inputs[0])
        out = ctx.empty(inputs[0].shape, boxes.dtype)
        flipped = out.reshape(-1, 4)
        flipped[...] = boxes
        for axis, name in enumerate(("horizontal", "vertical")):
            if not ctx.arg(name):
                continue
            if self.args["ltrb"]:
                flipped[:, axis] = 1 - boxes[:, axis + 2]
                flipped[:, axis + 2] = 1 - boxes[:, axis]
            else:
                flipped[:, axis] = 1 - boxes[:, axis] - boxes[:, axis + 2]
        return out

    gpu_kernels = (("boxes.cu", "bb_flip"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        outlines = ghosts(batch)._samples
        table = np.zeros(len(batch), _ROW)

        def describe(i: int) -> None:
            sample = ctx.sample(i)
            table["size"][i] = len(flat_boxes(outlines[i]))
            table["horizontal"][i], table["vertical"][i] = bool(sample.arg("horizontal")), bool(sample.arg("vertical"))

        ctx.each(describe)
        out = ctx.empty(batch.shape(), np.float32, batch._layout)
        table["in"], table["out"] = addresses(batch), addresses(out)
        elements = int(table["size"].max(initial=0))
        corners = np.int32(self.args["ltrb"])
        ctx.launch("boxes.cu", "bb_flip", table, corners, elements=elements, reads=[batch], writes=[out])
        return out
