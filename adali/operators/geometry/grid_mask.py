"""grid_mask: a grid of black squares."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator

TYPES = ("uint8", "int16", "int32", "float32")


@operator(
    "GridMask",
    inputs=(Input("images", doc="Images (H, W, ...) of type UINT8, INT16, INT32 or FLOAT."),),
    args=(
        Arg(
            "angle", ArgKind.FLOAT, 0.0, "Angle in radians by which the grid is turned around the origin.", tensor=True
        ),
        Arg("ratio", ArgKind.FLOAT, 0.5, "Side of the black squares divided by that of the tiles.", tensor=True),
        Arg("shift_x", ArgKind.FLOAT, 0.0, "Horizontal shift of the turned grid in pixels.", tensor=True),
        Arg("shift_y", ArgKind.FLOAT, 0.0, "Vertical shift of the turned grid in pixels.", tensor=True),
        Arg(
            "tile",
            ArgKind.INT,
            100,
            "Side of the tiles in pixels: a black square and the gap to the next.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class GridMask(SampleOperator):
    """Sets the pixels of images to zero in a regular grid of squares (Chen et al., "GridMask", arXiv:2001.04086).

    The first two axes are taken for height and width. Shape, type and layout stay.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        if image.ndim < 2 or image.dtype.name not in TYPES:
            raise ValueError(
                f"images must have 2 axes or more and be {', '.join(TYPES)}; got {image.ndim}, {image.dtype}"
            )
        tile, ratio, angle = ctx.arg("tile"), ctx.arg("ratio"), ctx.arg("angle")
        if tile <= 0:
            raise ValueError(f"'tile' must be positive, got {tile}")
        c, s = np.float32(np.cos(angle) / tile), np.float32(np.sin(angle) / tile)
        x = np.arange(image.shape[1], dtype=np.float32)
        y = np.arange(image.shape[0], dtype=np.float32)[:, None]
        # Position in the grid, in tiles.
        u = x * c + (y * -s - np.float32(ctx.arg("shift_x") / tile))
        v = x * s + (y * c - np.float32(ctx.arg("shift_y") / tile))
        u -= np.floor(u)
        v -= np.floor(v)
        keep = (u >= np.float32(ratio)) | (v >= np.float32(ratio))
        out = ctx.empty(image.shape, image.dtype)
        np.multiply(image, keep.reshape(keep.shape + (1,) * (image.ndim - 2)), out=out, casting="unsafe")
        return out
