"""brightness: Multiplies an image by ``brightness`` and adds ``brightness_shift`` times the output type's range."""

from __future__ import annotations

from typing import Any

from adali.operators.base import SampleContext, operator
from adali.operators.color._common import BRIGHTNESS, BRIGHTNESS_SHIFT, DTYPE, IMAGE, AffineOperator, full_range


@operator(
    "Brightness",
    inputs=(IMAGE,),
    args=(
        BRIGHTNESS,
        BRIGHTNESS_SHIFT,
        DTYPE,
    ),
    devices=("cpu", "gpu"),
)
class Brightness(AffineOperator):
    """Multiplies an image by ``brightness`` and adds ``brightness_shift`` times the output type's range."""

    def coefficients(self, ctx: SampleContext, frame: int, source: Any, target: Any) -> tuple[float, float]:
        brightness = self.value(ctx, "brightness", frame)
        return brightness, self.value(ctx, "brightness_shift", frame) * full_range(target)
