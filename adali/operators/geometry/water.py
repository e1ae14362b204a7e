"""water: waves across the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Input, SampleContext, operator
from adali.operators.geometry._displacement import DISPLACEMENT_ARGS, Displacement, Floats
from adali.operators.gpu import GpuContext

#: One wave in 128 pixels.
FREQUENCY = float(np.float32(2 * np.pi / 128))
_NUMBERS = ("ampl_x", "ampl_y", "freq_x", "freq_y", "phase_x", "phase_y")


@operator(
    "Water",
    inputs=(Input("images", ("HWC",), doc="Images of type UINT8 or FLOAT."),),
    args=(
        *DISPLACEMENT_ARGS,
        Arg("ampl_x", ArgKind.FLOAT, 10.0, "Amplitude of the horizontal shift in pixels."),
        Arg("ampl_y", ArgKind.FLOAT, 10.0, "Amplitude of the vertical shift in pixels."),
        Arg("freq_x", ArgKind.FLOAT, FREQUENCY, "Frequency of the horizontal shift, in radians a row."),
        Arg("freq_y", ArgKind.FLOAT, FREQUENCY, "Frequency of the vertical shift, in radians a column."),
        Arg("phase_x", ArgKind.FLOAT, 0.0, "Phase of the horizontal shift in radians."),
        Arg("phase_y", ArgKind.FLOAT, 0.0, "Phase of the vertical shift in radians."),
    ),
    devices=("cpu", "gpu"),
)
class Water(Displacement):
    """Makes images look as if seen through water.

    The pixel at (x, y) comes from ``(x + ampl_x * sin(freq_x * y + phase_x), y + ampl_y * cos(freq_y * x + phase_y))``,
    where the corner of the first pixel is (0, 0).
    """

    def points(self, ctx: SampleContext, height: int, width: int) -> tuple[Floats, Floats]:
        a = {n: np.float32(self.args[n]) for n in _NUMBERS}
        x = np.arange(width, dtype=np.float32)
        y = np.arange(height, dtype=np.float32)[:, None]
        xs = x + a["ampl_x"] * np.sin(a["freq_x"] * y + a["phase_x"])
        ys = y + a["ampl_y"] * np.cos(a["freq_y"] * x + a["phase_y"])
        return xs, ys

    kernel = "water"
    gpu_kernels = (("displace.cu", kernel),)

    def numbers(self, ctx: GpuContext) -> tuple[Any, ...]:
        return tuple(np.float32(self.args[n]) for n in _NUMBERS)
