"""sphere: the image as on a ball."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Input, SampleContext, operator
from adali.operators.geometry._displacement import DISPLACEMENT_ARGS, Displacement, Floats


@operator(
    "Sphere",
    inputs=(Input("images", ("HWC",), doc="Images of type UINT8 or FLOAT."),),
    args=DISPLACEMENT_ARGS,
    devices=("cpu", "gpu"),
)
class Sphere(Displacement):
    """Makes images look as if wrapped around a ball.

    A pixel at distance ``r`` from the centre of the image comes from distance ``r * r / R`` in the same direction,
    where ``R`` is half of the longer side, rounded down to whole pixels.
    """

    def points(self, ctx: SampleContext, height: int, width: int) -> tuple[Floats, Floats]:
        half = np.float32(0.5)
        middle_x, middle_y = np.float32(width) * half, np.float32(height) * half
        x = np.arange(width, dtype=np.float32) + half - middle_x
        y = (np.arange(height, dtype=np.float32) + half - middle_y)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):  # a single pixel has no radius and is filled
            scale = x * x + y * y
            np.sqrt(scale, out=scale)
            scale /= np.float32(max(width, height) // 2)
            xs = scale * x
            scale *= y
        xs += middle_x
        scale += middle_y
        return xs, scale

    kernel = "sphere"
    gpu_kernels = (("displace.cu", kernel),)
