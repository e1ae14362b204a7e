"""equalize: histogram equalisation."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator

LAYOUTS = ("HW", "HWC", "CHW", "FHW", "FHWC", "FCHW")


@operator(
    "Equalize",
    inputs=(Input("image", LAYOUTS, doc="uint8 images or sequences of them, with any number of channels."),),
    devices=("cpu", "gpu"),
    legacy=("experimental__Equalize",),
)
class Equalize(SampleOperator):
    """Spreads the values of each channel of an image so that its histogram is as even as it can be.

    A value ``v`` becomes ``255 * (n(v) - n(v0)) / (n(255) - n(v0))``, where ``n`` counts the pixels up to a value and
    ``v0`` is the least value of the channel. A channel with one value stays as it is.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        import cv2

        image = inputs[0]
        if image.dtype != np.uint8:
            raise ValueError(f"expected a uint8 image, got {image.dtype}")
        out = ctx.empty(image.shape, np.uint8)
        if not image.size:
            return out
        source, target = image, out
        if ctx.layout(image).endswith("C"):
            source, target = np.moveaxis(image, -1, 0), np.moveaxis(out, -1, 0)
        for place in np.ndindex(*source.shape[:-2]):
            # OpenCV takes a channel with one value for what it is.
            target[place] = cv2.equalizeHist(np.ascontiguousarray(source[place]))
        return out
