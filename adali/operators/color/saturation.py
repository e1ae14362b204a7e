"""saturation: Scales the saturation of an image."""

from __future__ import annotations

from typing import Any

from adali.operators.base import Array, SampleContext, operator
from adali.operators.color._common import DTYPE, IMAGE, IMAGE_TYPE, SATURATION, MatrixOperator, twist_matrix


@operator(
    "Saturation",
    inputs=(IMAGE,),
    args=(SATURATION, IMAGE_TYPE, DTYPE),
    devices=("cpu", "gpu"),
)
class Saturation(MatrixOperator):
    """Scales the saturation of an image.

    The change is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.
    """

    def matrix(self, ctx: SampleContext, frame: int, dtype: Any) -> tuple[Array, float]:
        return twist_matrix(0.0, self.value(ctx, "saturation", frame), 1.0), 0.0
