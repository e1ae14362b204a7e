"""paste: images on a larger canvas."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, Box, copy_boxes, packed, shown
from adali.types import storage_dtype


@operator(
    "Paste",
    inputs=(Input("images", ("HWC",), doc="UINT8 images."),),
    args=(
        Arg(
            "fill_value",
            ArgKind.INTS,
            REQUIRED,
            "Colour of the canvas: one number for each channel, or one for all. The lowest 8 bits count.",
        ),
        Arg("min_canvas_size", ArgKind.FLOAT, 0.0, "Least height and width of the canvas in pixels.", tensor=True),
        Arg("n_channels", ArgKind.INT, 3, "Number of channels of the images."),
        Arg(
            "paste_x",
            ArgKind.FLOAT,
            0.5,
            "Where the image lies, from 0 (at the left) to 1 (at the right).",
            tensor=True,
        ),
        Arg(
            "paste_y",
            ArgKind.FLOAT,
            0.5,
            "Where the image lies, from 0 (at the top) to 1 (at the bottom).",
            tensor=True,
        ),
        Arg(
            "ratio",
            ArgKind.FLOAT,
            REQUIRED,
            "Size of the canvas divided by that of the image, at least 1.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class Paste(SampleOperator):
    """Pastes each image on a larger canvas of one colour."""

    def setup(self) -> None:
        fill, channels = self.args["fill_value"], self.args["n_channels"]
        if len(fill) not in (1, channels):
            raise self.error(f"fill_value must have 1 or n_channels = {channels} values, got {len(fill)}")
        self.fill = np.array([v & 255 for v in fill], np.uint8)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        h, w, y, x = self._canvas(ctx, image)
        height, width, channels = image.shape
        out = ctx.empty((h, w, channels), np.uint8)
        for border in (out[:y], out[y + height :], out[y : y + height, :x], out[y : y + height, x + width :]):
            border[...] = self.fill
        out[y : y + height, x : x + width] = image
        return out

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        fill = self.fill.tolist()

        def box(i: int) -> Box:
            h, w, y, x = self._canvas(ctx.sample(i), shown(starts[i], shapes[i], kind))
            channels = shapes[i][2]
            return Box(
                (h, w, channels), starts[i], packed(shapes[i]), (-y, -x, 0), extent=shapes[i], fill=fill, fill_axis=2
            )

        return copy_boxes(ctx, [batch], ctx.each(box), kind, layout=batch._layout)

    def _canvas(self, ctx: SampleContext, image: Array) -> tuple[int, int, int, int]:
        """Height and width of the canvas, and the row and column where the image starts."""
        if image.dtype != np.uint8:
            raise ValueError(f"the image must be of type UINT8, got {image.dtype}")
        height, width, channels = image.shape
        if channels != self.args["n_channels"]:
            raise ValueError(f"the image has {channels} channels, but n_channels is {self.args['n_channels']}")
        # All numbers are single precision, which decides where a product is a whole number.
        ratio, least = np.float32(ctx.arg("ratio")), ctx.arg("min_canvas_size")
        if not ratio >= 1:
            raise ValueError(f"'ratio' must be at least 1, got {ratio:g}")
        h, w = max(int(ratio * np.float32(height)), int(least)), max(int(ratio * np.float32(width)), int(least))
        corner = []
        for name, room in (("paste_y", h - height), ("paste_x", w - width)):
            position = np.float32(ctx.arg(name))
            if not 0 <= position <= 1:
                raise ValueError(f"'{name}' must lie in 0..1, got {position:g}")
            corner.append(int(position * np.float32(room)))
        return h, w, corner[0], corner[1]
