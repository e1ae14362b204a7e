"""hsv: Changes hue, saturation and value of an image."""

from __future__ import annotations

from typing import Any

from adali.operators.base import Arg, ArgKind, Array, SampleContext, operator
from adali.operators.color._common import HUE, IMAGE, SATURATION, MatrixOperator, factor, twist_matrix
from adali.types import DALIDataType


@operator(
    "Hsv",
    inputs=(IMAGE,),
    args=(
        HUE,
        SATURATION,
        factor("value", 1.0, "Factor of the value (brightness)."),
        Arg("dtype", ArgKind.DTYPE, DALIDataType.UINT8, "Type of the output."),
    ),
    devices=("cpu", "gpu"),
)
class Hsv(MatrixOperator):
    """Changes hue, saturation and value of an image.

    The change is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.
    """

    def matrix(self, ctx: SampleContext, frame: int, dtype: Any) -> tuple[Array, float]:
        hue, saturation = self.value(ctx, "hue", frame), self.value(ctx, "saturation", frame)
        return twist_matrix(hue, saturation, self.value(ctx, "value", frame)), 0.0
