"""crop: cut a window of a given size and relative position out of images."""

from __future__ import annotations

from typing import Any

from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER
from adali.operators.image._crop_args import CROP_ARGS, CropWindow
from adali.operators.image._layout import axes_of
from adali.operators.image._slicing import DTYPE_ARGS, OUT_OF_BOUNDS_ARGS, Cutter

CROP_LAYOUTS = ("HWC", "CHW", "DHWC", "CDHW", "FHWC", "FCHW", "CFHW", "FDHWC", "FCDHW", "CFDHW")


@operator(
    "Crop",
    inputs=(Input("images", CROP_LAYOUTS, doc="Images, volumes or sequences of them."),),
    args=(*CROP_ARGS, *OUT_OF_BOUNDS_ARGS, *DTYPE_ARGS),
    devices=("cpu", "gpu"),
)
class Crop(SampleOperator):
    """Cuts a window out of images: all channels, and all frames of a sequence.

    The output has the layout of the input. A window that leaves the image is an error unless ``out_of_bounds_policy``
    says otherwise.
    """

    def setup(self) -> None:
        self.crop = CropWindow(self)
        self.cutter = Cutter(self)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        axes = axes_of(ctx.layout(image))
        cutter = self.cutter
        if axes.hwc:
            height, width, _ = image.shape
            y, x, h, w = self.crop.window(ctx, height, width)
            if y >= 0 and x >= 0 and y + h <= height and x + w <= width:
                view = image[y : y + h, x : x + w]
                return view if cutter.dtype is None else cutter.cast(ctx, view)
        start, size = [0] * image.ndim, list(image.shape)
        where, extent = self.crop.box(ctx, axes.crop_names, [image.shape[i] for i in axes.cropped])
        for i, axis in enumerate(axes.cropped):
            start[axis], size[axis] = where[i], extent[i]
        return cutter.cut(ctx, image, start, size, axes.channel)

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        def window(i: int, shape: tuple[int, ...], layout: str) -> tuple[list[int], list[int], int]:
            axes = axes_of(layout)
            start, size = [0] * len(shape), list(shape)
            where, extent = self.crop.box(ctx.sample(i), axes.crop_names, [shape[k] for k in axes.cropped])
            for k, axis in enumerate(axes.cropped):
                start[axis], size[axis] = where[k], extent[k]
            return start, size, axes.channel

        return self.cutter.cut_gpu(ctx, inputs[0], window)
