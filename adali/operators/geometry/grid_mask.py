"""grid_mask: a grid of black squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import storage_dtype

TYPES = ("uint8", "int16", "int32", "float32")

_GRID = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("width", "i4"),
    ("channels", "i4"),
    ("cosine", "f4"),
    ("sine", "f4"),
    ("shift_x", "f4"),
    ("shift_y", "f4"),
    ("ratio", "f4"),
)


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
        c, s, shift_x, shift_y, ratio = self._grid(ctx, image.ndim, image.dtype)
        x = np.arange(image.shape[1], dtype=np.float32)
        y = np.arange(image.shape[0], dtype=np.float32)[:, None]
        # Position in the grid, in tiles.
        u = x * c + (y * -s - shift_x)
        v = x * s + (y * c - shift_y)
        u -= np.floor(u)
        v -= np.floor(v)
        keep = (u >= ratio) | (v >= ratio)
        out = ctx.empty(image.shape, image.dtype)
        np.multiply(image, keep.reshape(keep.shape + (1,) * (image.ndim - 2)), out=out, casting="unsafe")
        return out

    @staticmethod
    def _grid(ctx: SampleContext, ndim: int, dtype: Any) -> Sequence[np.float32]:
        """Cosine and sine for each pixel, the shifts (all of them in tiles), and the ratio."""
        if ndim < 2 or dtype.name not in TYPES:
            raise ValueError(f"images must have 2 axes or more and be {', '.join(TYPES)}; got {ndim}, {dtype}")
        tile, angle = ctx.arg("tile"), ctx.arg("angle")
        if tile <= 0:
            raise ValueError(f"'tile' must be positive, got {tile}")
        shifts = ctx.arg("shift_x") / tile, ctx.arg("shift_y") / tile
        return [np.float32(n) for n in (np.cos(angle) / tile, np.sin(angle) / tile, *shifts, ctx.arg("ratio"))]

    gpu_kernels = (("grid.cu", "grid_mask"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        table = np.zeros(len(batch), _GRID)

        def fill(i: int) -> None:
            row, shape = table[i : i + 1], shapes[i]
            grid = self._grid(ctx.sample(i), len(shape), kind)
            row["size"], row["width"], row["channels"] = math.prod(shape), shape[1], math.prod(shape[2:])
            for name, value in zip(("cosine", "sine", "shift_x", "shift_y", "ratio"), grid, strict=True):
                row[name] = value

        ctx.each(fill)
        out = ctx.empty(shapes, kind, batch._layout)
        table["in"], table["out"] = addresses(batch), addresses(out)
        elements = int(table["size"].max(initial=0))
        ctx.launch(
            "grid.cu", "grid_mask", table, np.int32(kind.itemsize), elements=elements, reads=[batch], writes=[out]
        )
        return out
