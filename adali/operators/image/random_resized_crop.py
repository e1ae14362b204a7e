"""random_resized_crop: a random window of an image, resized."""

from __future__ import annotations

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, operator
from adali.operators.image._layout import Axes, axes_of
from adali.operators.image._random_crop import RANDOM_CROP_ARGS, RandomCrop
from adali.operators.image._resize_args import FILTER_ARGS, Filters, ResizePlan
from adali.operators.image.resize import ResizeBase

RANDOM_RESIZED_CROP_LAYOUTS = ("HWC", "CHW", "FHWC", "FCHW", "CFHW")


@operator(
    "RandomResizedCrop",
    inputs=(Input("images", RANDOM_RESIZED_CROP_LAYOUTS, doc="Images or sequences of them."),),
    args=(
        *FILTER_ARGS,
        *RANDOM_CROP_ARGS,
        Arg("size", ArgKind.INTS, REQUIRED, "Size of the output in pixels: (height, width), or one value for both."),
    ),
    devices=("cpu", "gpu"),
    random=True,
)
class RandomResizedCrop(ResizeBase):
    """Resizes a random window of each image, of random area and aspect ratio, to a given size.

    The window is the same for all frames of a sequence. The layout stays.
    """

    def setup(self) -> None:
        self.filters = Filters(self)
        self.crop = RandomCrop(self)
        size = self.args["size"]
        if len(size) not in (1, 2) or min(size) < 1:
            raise self.error(f"size must be one or two positive numbers, got {list(size)}")
        self.size = (size[0], size[-1])

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        axes = axes_of(ctx.batch.in_layouts[0] or ctx.layout(image))
        return self.resize(ctx, image, axes, self.plan(ctx, image, axes))

    def plan(self, ctx: SampleContext, image: Array, axes: Axes) -> ResizePlan:
        """See :class:`ResizeBase`."""
        height, width = (image.shape[i] for i in axes.spatial)
        y, x, h, w = self.crop.window(ctx.generator(), height, width)
        return self.size, ((y, x), (y + h, x + w))
