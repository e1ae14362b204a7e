"""coord_flip: points reflected at a centre."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import storage_dtype

_ROW = struct(("in", "p"), ("out", "p"), ("size", "i8"), ("columns", "i4"), ("flip", "i4", 3), ("twice", "f4", 3))


@operator(
    "CoordFlip",
    inputs=(Input("points", doc="FLOAT points, one a row: shape (count, 1), (count, 2) or (count, 3)."),),
    args=(
        Arg("layout", ArgKind.LAYOUT, "", 'Meaning of the columns, letters of "xyz"; by default "x", "xy" or "xyz".'),
        *(
            arg
            for name, what, on in (("x", "horizontal", 1), ("y", "vertical", 0), ("z", "depthwise", 0))
            for arg in (
                Arg(f"flip_{name}", ArgKind.INT, on, f"Nonzero flips the {what} coordinate.", tensor=True),
                Arg(f"center_{name}", ArgKind.FLOAT, 0.5, f"Where the {what} coordinate stays the same.", tensor=True),
            )
        ),
    ),
    devices=("cpu", "gpu"),
)
class CoordFlip(SampleOperator):
    """Reflects coordinates at a centre: ``x`` becomes ``2 * center_x - x``, and so on for y and z."""

    def setup(self) -> None:
        layout = self.args["layout"]
        if len(set(layout)) != len(layout) or set(layout) - set("xyz"):
            raise self.error(f'layout must consist of different letters of "xyz", got {layout!r}')

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        points = inputs[0]
        out = ctx.empty(points.shape, np.float32)
        for column, twice in enumerate(self._centres(ctx, points.shape, points.dtype)):
            if twice is not None:
                np.subtract(twice, points[:, column], out=out[:, column])
            else:
                out[:, column] = points[:, column]
        return out

    def _centres(self, ctx: SampleContext, shape: tuple[int, ...], dtype: Any) -> list[np.float32 | None]:
        """For each column twice the centre, or None where it stays."""
        if dtype != np.float32:
            raise ValueError(f"the points must be of type FLOAT, got {dtype}")
        if len(shape) != 2:
            raise ValueError(f"the points must have the shape (count, 1 to 3), got {shape}")
        layout = self.args["layout"] or "xyz"[: shape[1]]
        if shape[1] > len(layout):
            raise ValueError(f"{shape[1]} coordinates do not fit the layout {layout!r}")
        return [
            np.float32(2 * ctx.arg(f"center_{name}")) if ctx.arg(f"flip_{name}") else None
            for name in layout[: shape[1]]
        ]

    gpu_kernels = (("boxes.cu", "coord_flip"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, kind = batch.shape(), storage_dtype(batch._dtype)
        table = np.zeros(len(shapes), _ROW)

        def describe(i: int) -> None:
            centres = self._centres(ctx.sample(i), shapes[i], kind)
            row = table[i]
            row["size"], row["columns"] = prod(shapes[i]), len(centres)
            for column, twice in enumerate(centres):
                if twice is not None:
                    row["flip"][column], row["twice"][column] = 1, twice

        ctx.each(describe)
        out = ctx.empty(shapes, np.float32, batch._layout)
        table["in"], table["out"] = addresses(batch), addresses(out)
        elements = int(table["size"].max(initial=0))
        ctx.launch("boxes.cu", "coord_flip", table, elements=elements, reads=[batch], writes=[out])
        return out
