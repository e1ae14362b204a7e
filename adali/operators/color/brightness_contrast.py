"""brightness_contrast: Adjusts brightness and contrast of an image."""

from __future__ import annotations

from typing import Any

from adali.operators.base import SampleContext, operator
from adali.operators.color._common import (
    BRIGHTNESS,
    BRIGHTNESS_SHIFT,
    CONTRAST,
    CONTRAST_CENTER,
    DTYPE,
    IMAGE,
    AffineOperator,
    full_range,
    half_range,
)


@operator(
    "BrightnessContrast",
    inputs=(IMAGE,),
    args=(
        BRIGHTNESS,
        BRIGHTNESS_SHIFT,
        CONTRAST,
        CONTRAST_CENTER,
        DTYPE,
    ),
    devices=("cpu", "gpu"),
)
class BrightnessContrast(AffineOperator):
    """Adjusts brightness and contrast of an image.

    ``out = brightness_shift * range + brightness * (center + contrast * (in - center))``, where the range is the
    largest value of the output type (1 for floats) and the center is ``contrast_center``.
    """

    def coefficients(self, ctx: SampleContext, frame: int, source: Any, target: Any) -> tuple[float, float]:
        brightness, contrast = self.value(ctx, "brightness", frame), self.value(ctx, "contrast", frame)
        center = self.value(ctx, "contrast_center", frame) if self.given("contrast_center") else half_range(source)
        shift = self.value(ctx, "brightness_shift", frame) * full_range(target)
        return brightness * contrast, shift + brightness * center * (1 - contrast)
