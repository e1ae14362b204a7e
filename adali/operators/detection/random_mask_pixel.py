"""segmentation.random_mask_pixel: a random pixel of a mask."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator


@operator(
    "segmentation__RandomMaskPixel",
    inputs=(Input("masks", doc="Masks with any number of axes: integers, BOOL or FLOAT."),),
    args=(
        Arg(
            "foreground",
            ArgKind.INT,
            0,
            "Whether only pixels of the foreground are chosen (0: any pixel).",
            tensor=True,
        ),
        Arg("threshold", ArgKind.FLOAT, 0.0, "Pixels with a value above this are foreground.", tensor=True),
        Arg(
            "value", ArgKind.INT, None, "Pixels with this value are foreground, in place of ``threshold``.", tensor=True
        ),
    ),
    random=True,
)
class RandomMaskPixel(SampleOperator):
    """Chooses one pixel of a mask, each with the same probability, and gives its indices: INT64, one for each axis.

    If ``foreground`` is asked for and the mask has none, any pixel is chosen.
    """

    out_layout = ""

    def setup(self) -> None:
        if self.given("threshold") and self.given("value"):
            raise self.error("give either 'threshold' or 'value'")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        mask = inputs[0]
        if mask.dtype.kind not in "iub" and mask.dtype != np.float32:
            raise TypeError(f"a mask must be of integers, BOOL or FLOAT, got {mask.dtype}")
        if mask.ndim == 0 or mask.size == 0:
            raise ValueError(f"there is no pixel in a mask of shape {mask.shape}")
        draw = ctx.generator().random()
        place = int(draw * mask.size)
        if ctx.arg("foreground"):
            value = ctx.arg("value")
            chosen = np.flatnonzero(mask > ctx.arg("threshold") if value is None else mask == value)
            if chosen.size:
                place = int(chosen[int(draw * chosen.size)])
        out = ctx.empty((mask.ndim,), np.int64)
        out[:] = np.unravel_index(place, mask.shape)
        return out
