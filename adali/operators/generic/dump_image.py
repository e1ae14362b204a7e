"""dump_image: write images to files, for a look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext

_LAYOUTS = ("HWC", "CHW", "HW")


@operator(
    "DumpImage",
    inputs=(Input("image", doc="uint8 images with one channel or three."),),
    args=(
        Arg("input_layout", ArgKind.LAYOUT, "HWC", "Layout of the images: HWC, CHW or HW."),
        Arg("suffix", ArgKind.STR, "", "Part of the names of the files."),
    ),
    devices=("cpu", "gpu"),
)
class DumpImage(SampleOperator):
    """Writes each image to ``{index in the batch}-{suffix}-0.ppm`` in the current directory and passes it on.

    On the device, the host waits for the images and writes them before it goes on with this iteration.

    The files are of the Netpbm text formats: P3 for three channels, P2 for one. Each batch overwrites those of the one
    before.

    Raises:
        ValueError: images of another type or shape.
        OSError: the file cannot be written.
    """

    inline = False

    def setup(self) -> None:
        self.layout: str = self.args["input_layout"]
        if self.layout not in _LAYOUTS:
            raise self.error(f"input_layout must be one of {', '.join(_LAYOUTS)}, got {self.layout!r}")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        self._write(image, ctx.index)
        out = ctx.empty(image.shape, np.uint8)
        out[...] = image
        return out

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """A copy to the host, which is written there; the images themselves are passed on."""
        host = ctx.read(inputs[0])
        places = range(len(host)) if ctx.places is None else ctx.places
        ctx.each(lambda i: self._write(host._samples[i], places[i]))
        return inputs[0]

    def _write(self, image: Array, index: int) -> None:
        pixels = image
        if image.ndim == len(self.layout):
            pixels = image[..., None] if self.layout == "HW" else image
            pixels = np.moveaxis(pixels, 0, -1) if self.layout == "CHW" else pixels
        if image.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
            raise ValueError(
                f"expected a uint8 image of layout {self.layout} with 1 or 3 channels, got {image.dtype} of shape "
                f"{image.shape}"
            )
        kind = "P3" if pixels.shape[2] == 3 else "P2"
        lines = [f"{kind}\n{pixels.shape[1]} {pixels.shape[0]}\n255\n"]
        lines += [" ".join(map(str, row)) + " \n" for row in pixels.reshape(len(pixels), pixels[:1].size).tolist()]
        Path(f"{index}-{self.args['suffix']}-0.ppm").write_text("".join(lines), encoding="ascii")
