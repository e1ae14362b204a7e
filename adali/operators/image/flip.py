"""flip: mirror images."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels import normalize
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, copy_views
from adali.operators.image._layout import axes_of

FLIP_LAYOUTS = ("FDHWC", "FHWC", "DHWC", "HWC", "FCDHW", "FCHW", "CDHW", "CHW")


@operator(
    "Flip",
    inputs=(Input("images", FLIP_LAYOUTS, doc="Images, volumes or sequences of them."),),
    args=(
        Arg("horizontal", ArgKind.INT, 1, "Nonzero swaps left and right.", tensor=True),
        Arg("vertical", ArgKind.INT, 0, "Nonzero swaps top and bottom.", tensor=True),
        Arg("depthwise", ArgKind.INT, 0, "Nonzero swaps front and back of a volume.", tensor=True),
    ),
    devices=("cpu", "gpu"),
)
class Flip(SampleOperator):
    """Mirrors images horizontally, vertically or depthwise. Shape, type and layout stay."""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        horizontal, vertical, depthwise = ctx.arg("horizontal"), ctx.arg("vertical"), ctx.arg("depthwise")
        if not (horizontal or vertical or depthwise):
            return image
        axes = axes_of(ctx.layout(image))
        if depthwise and axes.index("D") < 0:
            if not (horizontal or vertical):
                return image
            depthwise = False
        out = ctx.empty(image.shape, image.dtype)
        if axes.hwc and not depthwise:
            return normalize.flip(image, bool(horizontal), bool(vertical), out=out)
        flips = {"H": vertical, "W": horizontal, "D": depthwise}
        which = tuple(axis for axis, name in zip(axes.spatial, axes.names, strict=True) if flips[name])
        out[...] = np.flip(image, which)
        return out

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        def flipped(i: int, image: Array) -> Array:
            axes = axes_of(ctx.sample(i).layout(image))
            names = {"H": "vertical", "W": "horizontal", "D": "depthwise"}
            which = [a for a, n in zip(axes.spatial, axes.names, strict=True) if ctx.arg(names[n], i)]
            view: Array = np.flip(image, tuple(which))
            return view

        return copy_views(ctx, inputs[0], flipped)
