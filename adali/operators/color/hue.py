"""hue: Turns the hue of an image."""

from __future__ import annotations

from typing import Any

from adali.operators.base import Array, SampleContext, operator
from adali.operators.color._common import DTYPE, HUE, IMAGE, IMAGE_TYPE, MatrixOperator, twist_matrix


@operator(
    "Hue",
    inputs=(IMAGE,),
    args=(HUE, IMAGE_TYPE, DTYPE),
    devices=("cpu", "gpu"),
)
class Hue(MatrixOperator):
    """Turns the hue of an image.

    The change is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.
    """

    def matrix(self, ctx: SampleContext, frame: int, dtype: Any) -> tuple[Array, float]:
        return twist_matrix(self.value(ctx, "hue", frame), 1.0, 1.0), 0.0
