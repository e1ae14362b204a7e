"""coord_flip: points reflected at a centre."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator


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
        if points.dtype != np.float32:
            raise ValueError(f"the points must be of type FLOAT, got {points.dtype}")
        if points.ndim != 2:
            raise ValueError(f"the points must have the shape (count, 1 to 3), got {points.shape}")
        columns = points.shape[1]
        layout = self.args["layout"] or "xyz"[:columns]
        if columns > len(layout):
            raise ValueError(f"{columns} coordinates do not fit the layout {layout!r}")
        out = ctx.empty(points.shape, np.float32)
        for column, name in zip(range(columns), layout, strict=False):
            if ctx.arg(f"flip_{name}"):
                np.subtract(np.float32(2 * ctx.arg(f"center_{name}")), points[:, column], out=out[:, column])
            else:
                out[:, column] = points[:, column]
        return out
