"""resize_crop_mirror: resize, crop and flip in one resampling."""

from __future__ import annotations

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, operator
from adali.operators.image._crop_args import CROP_ARGS, CropWindow
from adali.operators.image._layout import Axes, axes_of
from adali.operators.image._resize_args import SIZE_ARGS, Filters, ResizePlan, Sizes
from adali.operators.image.resize import RESIZE_LAYOUTS, ResizeBase

_MIRROR = Arg(
    "mirror",
    ArgKind.INT,
    0,
    "What to flip: a sum of 1 (left and right), 2 (top and bottom) and 4 (front and back); 0 for nothing.",
    tensor=True,
)
_INPUTS = (Input("images", RESIZE_LAYOUTS, doc="Images, volumes or sequences of them."),)


@operator("ResizeCropMirror", inputs=_INPUTS, args=(*SIZE_ARGS, *CROP_ARGS, _MIRROR), devices=("cpu", "gpu"))
class ResizeCropMirror(ResizeBase):
    """Resizes images, cuts a window out of the result and flips it; only the window is computed.

    Equal to ``resize``, ``crop`` and ``flip`` one after the other, except that a window may leave the resized image:
    the border is repeated there. The layout stays.
    """

    def setup(self) -> None:
        self.filters = Filters(self)
        self.sizes = Sizes(self)
        self.crop = CropWindow(self)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        axes = axes_of(ctx.batch.in_layouts[0] or ctx.layout(image))
        return self.resize(ctx, image, axes, self.plan(ctx, image, axes))

    def plan(self, ctx: SampleContext, image: Array, axes: Axes) -> ResizePlan:
        """See :class:`ResizeBase`."""
        extents = tuple(image.shape[i] for i in axes.spatial)
        full, roi = self.sizes.plan(ctx, extents, axes.names)
        first, shape = self.crop.box(ctx, axes.names, full)
        mirror = ctx.arg("mirror")
        start, end = [], []
        for i, name in enumerate(axes.names):
            low, high = (0.0, float(extents[i])) if roi is None else (roi[0][i], roi[1][i])
            scale = (high - low) / full[i]
            a, b = low + first[i] * scale, low + (first[i] + shape[i]) * scale
            if mirror & {"W": 1, "H": 2, "D": 4}[name]:
                a, b = b, a
            start.append(a)
            end.append(b)
        return tuple(shape), (tuple(start), tuple(end))


@operator(
    "FastResizeCropMirror",
    inputs=_INPUTS,
    args=(
        *(
            Arg("antialias", ArgKind.BOOL, False, a.doc) if a.name == "antialias" else a
            for a in (*SIZE_ARGS, *CROP_ARGS, _MIRROR)
        ),
    ),
    devices=("cpu", "gpu"),
)
class FastResizeCropMirror(ResizeCropMirror):
    """Old name of ``resize_crop_mirror``, without antialiasing by default."""
