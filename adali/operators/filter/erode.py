"""erode: the least value around each pixel."""

from __future__ import annotations

from adali.operators.base import Input, operator
from adali.operators.filter._morphology import MORPHOLOGY_ARGS, MORPHOLOGY_LAYOUTS, Morphology


@operator(
    "experimental__Erode",
    inputs=(
        Input(
            "images", MORPHOLOGY_LAYOUTS, doc="UINT8, INT16, UINT16, INT32, FLOAT or FLOAT64, each channel by itself."
        ),
    ),
    args=MORPHOLOGY_ARGS,
    devices=("cpu", "gpu"),
)
class Erode(Morphology):
    """Gives each pixel the least value under a rectangular mask (erosion).

    Bright spots that are smaller than the mask disappear.

    (The real DALI has this operator on the GPU only.)

    Raises:
        ValueError: another type, a mask without extent, or an anchor outside of it.
    """

    function = "erode"
