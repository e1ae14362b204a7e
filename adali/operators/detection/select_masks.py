"""segmentation.select_masks: some of the polygons of a sample."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator


@operator(
    "segmentation__SelectMasks",
    inputs=(
        Input("mask_ids", doc="Numbers of the masks to keep, each once: INT32, one axis."),
        Input("polygons", doc="One row (mask number, first vertex, one past the last vertex) a polygon: INT32."),
        Input("vertices", doc="One row of coordinates a vertex, of any type."),
    ),
    args=(
        Arg(
            "reindex_masks",
            ArgKind.BOOL,
            False,
            "Whether a mask's number in the output is its position in ``mask_ids``.",
        ),
    ),
    num_outputs=2,
)
class SelectMasks(SampleOperator):
    """Selects polygons by the number of the mask that they belong to.

    The outputs are polygons and vertices in the form of the inputs, in the order of ``mask_ids``. As in DALI a mask is
    one polygon: where several rows have its number, the last one counts.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, Array]:
        mask_ids, polygons, vertices = inputs
        self._check(mask_ids, polygons, vertices)
        rows = {int(mask): row for row, mask in enumerate(polygons[:, 0].tolist())}
        chosen = [rows.get(mask, -1) for mask in mask_ids.tolist()]
        if -1 in chosen:
            raise ValueError(f"there is no polygon of the mask {mask_ids[chosen.index(-1)]}")
        count = len(vertices)
        first, last = polygons[chosen, 1], polygons[chosen, 2]
        for mask, start, end in zip(mask_ids.tolist(), first.tolist(), last.tolist(), strict=True):
            if not 0 <= start <= end <= count:
                raise ValueError(f"mask {mask} has the vertices {start} to {end}, but there are {count}")
        ends = np.cumsum(last - first)
        selected = ctx.empty((len(chosen), 3), polygons.dtype)
        selected[:, 0] = np.arange(len(chosen)) if self.args["reindex_masks"] else mask_ids
        selected[:, 1] = ends - (last - first)
        selected[:, 2] = ends
        points = ctx.empty((int(ends[-1]) if len(chosen) else 0, vertices.shape[1]), vertices.dtype, 1)
        for (_, begin, end), start, stop in zip(selected.tolist(), first.tolist(), last.tolist(), strict=True):
            points[begin:end] = vertices[start:stop]
        return selected, points

    @staticmethod
    def _check(mask_ids: Array, polygons: Array, vertices: Array) -> None:
        if mask_ids.dtype != np.int32 or polygons.dtype != np.int32:
            raise TypeError(f"mask_ids and polygons must be INT32, got {mask_ids.dtype} and {polygons.dtype}")
        if mask_ids.ndim != 1:
            raise ValueError(f"mask_ids must have one axis, got shape {mask_ids.shape}")
        if polygons.ndim != 2 or polygons.shape[1] != 3:
            raise ValueError(f"polygons must have the shape (count, 3), got {polygons.shape}")
        if vertices.ndim != 2:
            raise ValueError(f"vertices must have two axes, got shape {vertices.shape}")
        if len(np.unique(mask_ids)) != len(mask_ids):
            raise ValueError(f"mask_ids must differ from each other, got {mask_ids.tolist()}")
