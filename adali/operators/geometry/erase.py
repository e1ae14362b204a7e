"""erase: boxes of one value."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.cuda import MAX_AXES
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.generic._common import c_cast
from adali.operators.gpu import GpuContext, addresses, struct
from adali.operators.gpu_copy import shown
from adali.types import storage_dtype

REFUSED = ("float64", "bool")
_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("shape", "i8", MAX_AXES),
    *((name, "i4") for name in ("axes", "fill_axis", "fills", "first_fill", "first", "regions")),
)


@operator(
    "Erase",
    inputs=(Input("data", doc="Data of any integer type, FLOAT16 or FLOAT."),),
    args=(
        Arg(
            "anchor",
            ArgKind.FLOATS,
            None,
            "Start of each region along the named axes, one region after the other; 0 by default.",
            tensor=True,
        ),
        Arg("axes", ArgKind.INTS, (1, 0), "Axes that anchor and shape belong to, counted from 0."),
        Arg(
            "axis_names",
            ArgKind.STR,
            "HW",
            "Axes that anchor and shape belong to, by their letters in the layout; goes before ``axes``. Without both, "
            "they belong to all axes but ``C``.",
        ),
        Arg(
            "centered_anchor", ArgKind.BOOL, False, "Whether anchors are the centres of the regions, not their starts."
        ),
        Arg(
            "fill_value",
            ArgKind.FLOATS,
            (0.0,),
            "Value of the regions: one number, or one for each channel. Cast to the input's type as in C.",
            tensor=True,
        ),
        Arg("normalized", ArgKind.BOOL, False, "Whether anchor and shape are relative to the extents of the input."),
        Arg("normalized_anchor", ArgKind.BOOL, False, "Whether the anchor is relative to the extents of the input."),
        Arg("normalized_shape", ArgKind.BOOL, False, "Whether the shape is relative to the extents of the input."),
        Arg("shape", ArgKind.FLOATS, None, "Extents of each region along the named axes.", tensor=True),
    ),
    devices=("cpu", "gpu"),
)
class Erase(SampleOperator):
    """Fills one or more regions of the input with a value.

    A region covers all of the axes that are not named. Its start and its end are cut off to whole numbers, and what
    lies outside of the input is left out.
    """

    def setup(self) -> None:
        if self.given("normalized") and (self.given("normalized_anchor") or self.given("normalized_shape")):
            raise self.error("give either 'normalized' or 'normalized_anchor' and 'normalized_shape'")
        both = self.args["normalized"]
        self.relative_anchor = both or self.args["normalized_anchor"]
        self.relative_shape = both or self.args["normalized_shape"]

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        regions, fill = self._regions(ctx, data)
        out = ctx.empty(data.shape, data.dtype)
        out[...] = data
        for region in regions:
            part = out[tuple(slice(start, end) for start, end in region)]
            part[...] = fill
        return out

    gpu_kernels = (("paste.cu", "erase"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        plans = ctx.each(lambda i: self._regions(ctx.sample(i), shown(starts[i], shapes[i], kind)))
        out = ctx.empty(shapes, kind, batch._layout)
        table = np.zeros(len(shapes), _ROW)
        table["in"], table["out"] = addresses(batch), addresses(out)
        boxes: list[Array] = []
        fills: list[Array] = []
        for row, shape, (regions, fill) in zip(table, shapes, plans, strict=True):
            if len(shape) > MAX_AXES:
                raise ValueError(f"data of {len(shape)} axes cannot be erased on the GPU; {MAX_AXES} are the most")
            row["size"], row["axes"] = int(np.prod(shape)), len(shape)
            row["shape"][: len(shape)] = shape
            row["fills"], row["first_fill"] = fill.size, sum(f.size for f in fills)
            row["fill_axis"] = int(np.argmax(fill.shape)) if fill.size > 1 else 0
            row["regions"], row["first"] = len(regions), len(boxes)
            fills.append(fill.reshape(-1))
            for region in regions:
                box = np.zeros((2, MAX_AXES), np.int64)
                box[:, : len(shape)] = np.array(region).T
                boxes.append(box)
        places = ctx.upload(np.array(boxes or [np.zeros((2, MAX_AXES), np.int64)]))
        values = ctx.upload(np.concatenate(fills) if fills else np.zeros(1, kind))
        elements = int(table["size"].max(initial=0))
        width = np.int32(kind.itemsize)
        ctx.launch("paste.cu", "erase", table, places, values, width, elements=elements, reads=[batch], writes=[out])
        return out

    def _regions(self, ctx: SampleContext, data: Array) -> tuple[list[list[tuple[int, int]]], Array]:
        """What is erased: for each region where it starts and ends along all axes; and the value that it becomes.

        Of the data only shape and type are looked at.
        """
        if data.dtype.name in REFUSED:
            raise ValueError(f"the type {data.dtype} is not supported")
        layout = ctx.batch.in_layouts[0]
        axes = self._axes(layout, data.ndim)
        shape = np.asarray(ctx.arg("shape") or (), np.float32)
        anchor = np.asarray(ctx.arg("anchor") or np.zeros(shape.size), np.float32)
        if anchor.size != shape.size or shape.size % max(len(axes), 1):
            raise ValueError(f"{anchor.size} anchors and {shape.size} extents do not fit {len(axes)} axes")
        if not shape.size:
            return [], np.zeros((), data.dtype)
        extents = np.array([data.shape[a] for a in axes], np.float32)
        starts, sizes = anchor.reshape(-1, len(axes)), shape.reshape(-1, len(axes))
        starts = starts * extents if self.relative_anchor else starts
        sizes = sizes * extents if self.relative_shape else sizes
        if self.args["centered_anchor"]:
            starts = starts - sizes * np.float32(0.5)
        ends = starts + sizes
        fill = self._fill(ctx.arg("fill_value"), data, layout)
        if fill.ndim:
            fill = fill.reshape(tuple(-1 if c == "C" else 1 for c in layout))
        regions = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            region = [(0, extent) for extent in data.shape]
            for axis, a, b in zip(axes, start, end, strict=True):
                region[axis] = (min(max(int(a), 0), data.shape[axis]), min(max(int(b), 0), data.shape[axis]))
            regions.append(region)
        return regions, fill

    def _axes(self, layout: str, ndim: int) -> list[int]:
        if self.given("axis_names"):
            missing = [c for c in self.args["axis_names"] if c not in layout]
            if missing:
                raise ValueError(f"the layout {layout!r} of the input has no axis {missing[0]!r}")
            return [layout.index(c) for c in self.args["axis_names"]]
        if self.given("axes"):
            axes = list(self.args["axes"])
            if any(not 0 <= a < ndim for a in axes):
                raise ValueError(f"axes {axes} are not all within 0 to {ndim - 1}")
            return axes
        if not layout:
            raise ValueError("the input has no layout; give the argument 'axes'")
        return [i for i, c in enumerate(layout) if c != "C"]

    @staticmethod
    def _fill(values: tuple[float, ...], data: Array, layout: str) -> Array:
        cast = [c_cast(v, data.dtype) for v in values]
        if len(cast) == 1:
            return cast[0]
        if "C" not in layout or data.shape[layout.index("C")] != len(cast):
            raise ValueError(f"{len(cast)} fill values do not fit data of shape {data.shape} and layout {layout!r}")
        return np.array(cast, data.dtype)
