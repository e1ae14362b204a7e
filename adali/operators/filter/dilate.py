"""dilate: the greatest value around each pixel."""

from __future__ import annotations

from adali.operators.base import Input, operator
from adali.operators.filter._morphology import MORPHOLOGY_ARGS, MORPHOLOGY_LAYOUTS, Morphology


@operator(
    "experimental__Dilate",
    inputs=(
        Input(
            "images", MORPHOLOGY_LAYOUTS, doc="UINT8, INT16, UINT16, INT32, FLOAT or FLOAT64, each channel by itself."
        ),
    ),
    args=MORPHOLOGY_ARGS,
    devices=("cpu", "gpu"),
)
class Dilate(Morphology):
    """Gives each pixel the greatest value under a rectangular mask (dilation).

    Dark spots that are smaller than the mask disappear.

    (The real DALI has this operator on the GPU only.)

    Raises:
        ValueError: another type, a mask without extent, or an anchor outside of it.
    """

    function = "dilate"
