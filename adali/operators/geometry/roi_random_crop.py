"""roi_random_crop: random windows around or in a region of interest."""

from __future__ import annotations

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator


@operator(
    "ROIRandomCrop",
    inputs=(Input("data", doc="Optional; data to crop, of which only the shape is used."),),
    min_inputs=0,
    args=(
        Arg("crop_shape", ArgKind.INTS, REQUIRED, "Extents of the window.", tensor=True),
        Arg("in_shape", ArgKind.INTS, None, "Shape of the data, if they are no input.", tensor=True),
        Arg("roi_end", ArgKind.INTS, None, "End of the region, in place of ``roi_shape``.", tensor=True),
        Arg("roi_shape", ArgKind.INTS, None, "Extents of the region.", tensor=True),
        Arg("roi_start", ArgKind.INTS, REQUIRED, "Start of the region.", tensor=True),
    ),
    random=True,
)
class ROIRandomCrop(SampleOperator):
    """Places a window of a given shape so that it holds as much as possible of a region of interest.

    Along each axis the window lies within the region if that is the larger, and otherwise around it; all such places
    are equally likely. It does not leave the data, if their shape is known. The output is the start of the window,
    INT64.
    """

    out_layout = ""

    def setup(self) -> None:
        if self.given("roi_end") == self.given("roi_shape"):
            raise self.error("give either 'roi_end' or 'roi_shape'")
        if self.given("in_shape") and self.spec.inputs:
            raise self.error("give either an input or 'in_shape'")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        crop, start = self._values(ctx, "crop_shape"), self._values(ctx, "roi_start")
        n = crop.size
        second = self._values(ctx, "roi_end" if self.given("roi_end") else "roi_shape")
        bounds = self._values(ctx, "in_shape") if self.given("in_shape") else None
        if start.size != n or second.size != n or (bounds is not None and bounds.size != n):
            raise ValueError(f"the window has {n} axes; the region, or the shape of the data, has another number")
        if inputs:
            if inputs[0].ndim < n:
                raise ValueError(f"the window has {n} axes, the data only {inputs[0].ndim}")
            bounds = np.array(inputs[0].shape[:n], np.int64)
        end = second if self.given("roi_end") else start + second
        low, high = np.minimum(start, end - crop), np.maximum(start, end - crop)
        if bounds is not None:
            if (crop > bounds).any():
                raise ValueError(f"the window {crop.tolist()} is larger than the data, {bounds.tolist()}")
            if (start < 0).any() or (end > bounds).any():
                raise ValueError(f"the region {start.tolist()} to {end.tolist()} leaves the data, {bounds.tolist()}")
            low, high = np.maximum(low, 0), np.minimum(high, bounds - crop)
        corner: Array = ctx.generator().integers(low, high, endpoint=True, dtype=np.int64)
        return corner

    @staticmethod
    def _values(ctx: SampleContext, name: str) -> Array:
        return np.array(ctx.arg(name), np.int64)
