"""equalize: histogram equalisation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.graph.schema import layouts_of
from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._histograms import HISTOGRAM_KERNELS, Region, equalizing_tables
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import storage_dtype

LAYOUTS = ("HW", "HWC", "CHW", "FHW", "FHWC", "FCHW")

_APPLY = struct(("in", "p"), ("out", "p"), ("tables", "p"), ("size", "i8"), ("frame", "i8"), ("channels", "i4"))


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

    gpu_kernels = (*HISTOGRAM_KERNELS, ("equalize.cu", "apply_tables"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        if storage_dtype(batch._dtype) != np.uint8:
            raise ValueError(f"expected a uint8 image, got {storage_dtype(batch._dtype)}")
        last = (batch._layout or layouts_of(batch.ndim(), LAYOUTS)).endswith("C")
        out = ctx.empty(batch.shape(), np.uint8, batch._layout)
        table = np.zeros(len(batch), _APPLY)
        table["in"], table["out"] = addresses(batch), addresses(out)
        regions: list[Region] = []
        first = np.zeros(len(batch), np.uintp)
        for i, (row, shape, pointer) in enumerate(zip(table, batch.shape(), addresses(batch).tolist(), strict=True)):
            first[i] = len(regions)
            row["size"] = math.prod(shape)
            if not row["size"]:
                continue
            # In front of the rows, each plane is a frame with one channel.
            height, width, channels = shape[-3:] if last else (*shape[-2:], 1)
            frame = row["frame"] = height * width * channels
            row["channels"] = channels
            for plane in range(math.prod(shape) // (height * width)):
                start = pointer + plane // channels * frame + plane % channels
                regions.append(Region(int(start), width * channels, channels, (0, 0, width, height), (width, height)))
        tables = equalizing_tables(ctx, batch, regions)
        table["tables"] = first * np.uintp(256) + np.uintp(int(tables.data.ptr))
        elements = int(table["size"].max(initial=0))
        ctx.launch(
            "equalize.cu", "apply_tables", table, elements=elements, per_thread=4, reads=[batch, tables], writes=[out]
        )
        return out
