"""What the operators that move every pixel by a formula have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator
from adali.types import DALIInterpType

__all__ = ["DISPLACEMENT_ARGS", "Displacement"]

Floats = npt.NDArray[np.float32]

DISPLACEMENT_ARGS = (
    Arg(
        "fill_value",
        ArgKind.FLOAT,
        0.0,
        "Value of what comes from outside of the image; its fraction is cut off for UINT8 images.",
    ),
    Arg("interp_type", ArgKind.INTERP, DALIInterpType.INTERP_NN, "INTERP_NN or INTERP_LINEAR."),
    Arg("mask", ArgKind.INT, 1, "Images whose mask is 0 stay as they are.", tensor=True),
)


class Displacement(SampleOperator):
    """Base of operators that take each pixel of the output from another point of the input (H, W, C)."""

    def setup(self) -> None:
        interp = self.args["interp_type"]
        if interp not in (DALIInterpType.INTERP_LINEAR, DALIInterpType.INTERP_NN):
            raise self.error(f"interp_type must be INTERP_NN or INTERP_LINEAR, got {interp.name}")
        self.linear = interp == DALIInterpType.INTERP_LINEAR

    def points(self, ctx: SampleContext, height: int, width: int) -> tuple[Any, Any]:
        """Where the pixels come from: x and y of shape (height, width); (0, 0) is the corner of the first pixel."""
        raise NotImplementedError

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        if image.dtype.name not in ("uint8", "float32"):
            raise ValueError(f"the image must be of type UINT8 or FLOAT, got {image.dtype}")
        if not ctx.arg("mask") or not image.size:
            return image
        from adali.kernels import _displace

        x, y = self.points(ctx, image.shape[0], image.shape[1])
        out = ctx.empty(image.shape, image.dtype)
        target = out if out.flags.c_contiguous else np.empty(image.shape, image.dtype)
        fill = np.float32(self.args["fill_value"])
        if image.dtype == np.uint8:
            fill = np.float32(min(max(int(fill), 0), 255))
        source = np.ascontiguousarray(image)
        if self.linear:
            _displace.sample(source, x, y, True, fill, target)
        else:
            _displace.nearest(source, x, y, image.dtype.type(fill), target)
        return target
