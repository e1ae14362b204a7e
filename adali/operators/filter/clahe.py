"""clahe: contrast-limited adaptive histogram equalisation."""

from __future__ import annotations

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator


@operator(
    "Clahe",
    inputs=(Input("image", ("HWC",), doc="uint8 images with one channel or three (RGB)."),),
    args=(
        Arg("bins", ArgKind.INT, 256, "Bins of a histogram, a power of two. On CPU there are always 256, as in DALI."),
        Arg(
            "clip_limit",
            ArgKind.FLOAT,
            REQUIRED,
            "How many times its even share of pixels a bin may hold; the surplus is spread over all. 0 or less: no "
            "limit.",
        ),
        Arg("luma_only", ArgKind.BOOL, True, "Whether only the lightness of RGB images is equalised, or each channel."),
        Arg("tiles_x", ArgKind.INT, REQUIRED, "Number of tiles along the width."),
        Arg("tiles_y", ArgKind.INT, REQUIRED, "Number of tiles along the height."),
    ),
    devices=("cpu", "gpu"),
)
class Clahe(SampleOperator):
    """Equalises the histogram of each tile of an image, with limited contrast, and blends between tiles.

    The algorithm is that of OpenCV. The lightness of an RGB image is the L of CIELAB in 8 bits.

    Raises:
        ValueError: the image is not uint8, or has neither one channel nor three.
    """

    def setup(self) -> None:
        self.tiles = (self.args["tiles_x"], self.args["tiles_y"])
        if min(self.tiles) < 1:
            raise self.error(f"tiles_x and tiles_y must be positive, got {self.tiles}")
        bins = self.args["bins"]
        if bins < 1:
            raise self.error(f"bins must be positive, got {bins}")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        import cv2

        image = np.ascontiguousarray(inputs[0])
        if image.dtype != np.uint8:
            raise ValueError(f"expected a uint8 image, got {image.dtype}")
        if image.shape[2] not in (1, 3):
            raise ValueError(f"expected 1 or 3 channels, got an image of shape {image.shape}")
        out = ctx.empty(image.shape, np.uint8)
        if not image.size:
            return out
        # An object of its own: OpenCV keeps the histograms in it.
        clahe = cv2.createCLAHE(self.args["clip_limit"], self.tiles)
        if image.shape[2] == 1:
            out[..., 0] = clahe.apply(image[..., 0])
        elif self.args["luma_only"]:
            lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
            lab[..., 0] = clahe.apply(np.ascontiguousarray(lab[..., 0]))
            cv2.cvtColor(lab, cv2.COLOR_LAB2RGB, dst=out)
        else:
            for channel in range(3):
                out[..., channel] = clahe.apply(np.ascontiguousarray(image[..., channel]))
        return out
