"""jitter: every pixel moved a little, at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Input, SampleContext, operator
from adali.operators.geometry._displacement import DISPLACEMENT_ARGS, Displacement, Floats
from adali.operators.gpu import GpuContext


@operator(
    "Jitter",
    inputs=(Input("images", ("HWC",), doc="Images of type UINT8 or FLOAT."),),
    args=(
        *DISPLACEMENT_ARGS,
        Arg(
            "nDegree",
            ArgKind.INT,
            2,
            "Pixels are moved by -nDegree/2 to nDegree/2 along each axis, uniformly, not in whole steps.",
        ),
    ),
    devices=("cpu", "gpu"),
    random=True,
)
class Jitter(Displacement):
    """Moves each pixel by a random amount in x and y.

    The pixel at (x, y) comes from the point that lies at the random distances from its centre. (The real DALI has this
    operator on the GPU only.)
    """

    def setup(self) -> None:
        super().setup()
        if self.args["nDegree"] < 0:
            raise self.error(f"nDegree must not be negative, got {self.args['nDegree']}")

    def points(self, ctx: SampleContext, height: int, width: int) -> tuple[Floats, Floats]:
        moved = ctx.generator().random((2, height, width), np.float32)
        moved -= np.float32(0.5)
        moved *= np.float32(self.args["nDegree"])
        moved[0] += np.arange(0.5, width, dtype=np.float32)
        moved[1] += np.arange(0.5, height, dtype=np.float32)[:, None]
        return moved[0], moved[1]

    kernel = "jitter"
    gpu_kernels = (("displace.cu", kernel),)

    def numbers(self, ctx: GpuContext) -> tuple[Any, ...]:
        return (np.float32(self.args["nDegree"]), *ctx.stream_key())
