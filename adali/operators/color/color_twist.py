"""color_twist: Changes hue, saturation, brightness and contrast of an image in one go."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Array, SampleContext, operator
from adali.operators.color._common import (
    BRIGHTNESS,
    CONTRAST,
    DTYPE,
    HUE,
    IMAGE,
    IMAGE_TYPE,
    SATURATION,
    MatrixOperator,
    twist_matrix,
)


@operator(
    "ColorTwist",
    inputs=(IMAGE,),
    args=(
        HUE,
        SATURATION,
        BRIGHTNESS,
        CONTRAST,
        IMAGE_TYPE,
        DTYPE,
    ),
    devices=("cpu", "gpu"),
    legacy=("OldColorTwist",),
)
class ColorTwist(MatrixOperator):
    """Changes hue, saturation, brightness and contrast of an image in one go.

    Contrast is applied last before brightness, around 128 (0.5 for floats). The change of hue and saturation
    is linear in RGB: an approximation that rotates and scales the chroma plane of YIQ.
    """

    def matrix(self, ctx: SampleContext, frame: int, dtype: Any) -> tuple[Array, float]:
        brightness, contrast = self.value(ctx, "brightness", frame), self.value(ctx, "contrast", frame)
        hue, saturation = self.value(ctx, "hue", frame), self.value(ctx, "saturation", frame)
        center = 0.5 if np.dtype(dtype).kind == "f" else 128.0
        return twist_matrix(hue, saturation, brightness * contrast), brightness * center * (1 - contrast)
