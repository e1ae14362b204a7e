"""contrast: Scales the distance of every value to ``contrast_center``."""

from __future__ import annotations

from typing import Any

from adali.operators.base import SampleContext, operator
from adali.operators.color._common import CONTRAST, CONTRAST_CENTER, DTYPE, IMAGE, AffineOperator, half_range


@operator(
    "Contrast",
    inputs=(IMAGE,),
    args=(
        CONTRAST,
        CONTRAST_CENTER,
        DTYPE,
    ),
    devices=("cpu", "gpu"),
)
class Contrast(AffineOperator):
    """Scales the distance of every value to ``contrast_center``."""

    def coefficients(self, ctx: SampleContext, frame: int, source: Any, target: Any) -> tuple[float, float]:
        contrast = self.value(ctx, "contrast", frame)
        center = self.value(ctx, "contrast_center", frame) if self.given("contrast_center") else half_range(source)
        return contrast, center * (1 - contrast)
