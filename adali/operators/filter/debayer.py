"""debayer: colour images from the mosaic of a sensor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import vector

_PATTERNS = {(0, 0): "BG", (0, 1): "GB", (1, 0): "GR", (1, 1): "RG"}
_CODES = {"bilinear_ocv": "RGB", "edgeaware_ocv": "RGB_EA", "vng_ocv": "RGB_VNG", "gray_ocv": "GRAY"}


@operator(
    "Debayer",
    inputs=(Input("image", ("HW", "HWC", "FHW", "FHWC"), doc="uint8 or uint16, one channel, even height and width."),),
    args=(
        Arg(
            "algorithm",
            ArgKind.STR,
            None,
            "How missing colours are found: 'bilinear_ocv' (the default), 'edgeaware_ocv', 'vng_ocv' (uint8 only), or "
            "'gray_ocv', which gives grey images.",
        ),
        Arg(
            "blue_position",
            ArgKind.INTS,
            REQUIRED,
            "Row and column of blue in the 2x2 tile that begins in the second row and column of the sensor.",
            tensor=True,
            per_frame=True,
        ),
    ),
    devices=("cpu", "gpu"),
    legacy=("experimental__Debayer",),
)
class Debayer(SampleOperator):
    """Makes RGB images of the values behind a Bayer filter, with the algorithms of OpenCV.

    The output is HWC (FHWC for sequences) with three channels, or one with 'gray_ocv'.

    Raises:
        ValueError: an image of another type, with more than one channel or an odd side; a position outside the tile.
    """

    def setup(self) -> None:
        self.algorithm: str = self.args["algorithm"] or "bilinear_ocv"
        if self.algorithm not in _CODES:
            raise self.error(f"algorithm must be one of {', '.join(_CODES)} on CPU, got {self.algorithm!r}")

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return ("FHWC" if inputs[0].startswith("F") else "HWC",)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        import cv2

        image = inputs[0]
        layout = ctx.layout(image)
        if layout.endswith("C"):
            if image.shape[-1] != 1:
                raise ValueError(f"expected one channel, got an image of shape {image.shape}")
            image = image[..., 0]
        supported = (np.uint8,) if self.algorithm == "vng_ocv" else (np.uint8, np.uint16)
        if image.dtype not in supported:
            names = " or ".join(np.dtype(t).name for t in supported)
            raise ValueError(f"{self.algorithm} needs {names} images, got {image.dtype}")
        if image.shape[-1] % 2 or image.shape[-2] % 2:
            raise ValueError(f"height and width must be even, got an image of shape {image.shape}")
        out = ctx.empty((*image.shape, 1 if self.algorithm == "gray_ocv" else 3), image.dtype)
        if not image.size:
            return out
        frames = image.reshape((-1, *image.shape[-2:]))
        for index, (source, target) in enumerate(zip(frames, out.reshape(*frames.shape, out.shape[-1]), strict=True)):
            position = vector(ctx, "blue_position", index, 2)
            assert position is not None
            if position not in _PATTERNS:
                raise ValueError(f"blue_position lies in a tile of 2x2 pixels, got {position}")
            code = getattr(cv2, f"COLOR_Bayer{_PATTERNS[position]}2{_CODES[self.algorithm]}")
            target[...] = cv2.cvtColor(np.ascontiguousarray(source), code).reshape(target.shape)
        return out
