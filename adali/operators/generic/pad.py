"""pad: samples extended to a common or an aligned shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.data.device_samples import pointers
from adali.operators.base import Arg, ArgKind, BatchContext, BatchOperator, Input, operator
from adali.operators.generic._common import c_cast, column_value, exclusive, normalize_axis, rebatch
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, Box, copy_boxes, packed
from adali.types import storage_dtype


@operator(
    "Pad",
    inputs=(Input("data", doc="Any data with at least one axis."),),
    args=(
        Arg(
            "align", ArgKind.INTS, None, "Make the extents multiples of this; one number, or one an axis.", tensor=True
        ),
        Arg(
            "axes", ArgKind.INTS, None, "Axes to pad, negative ones counted from the end; all by default.", tensor=True
        ),
        Arg("axis_names", ArgKind.LAYOUT, None, "Axes to pad, by their letters in the layout."),
        Arg("fill_value", ArgKind.FLOAT, 0.0, "Value of the new elements, converted as a cast in C does.", tensor=True),
        Arg(
            "shape",
            ArgKind.INTS,
            None,
            "Least extents of the padded axes; one number, or one an axis; -1 is the largest in the batch.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class Pad(BatchOperator):
    """Extends samples at the end of some axes with a value.

    Each axis gets the largest extent in the batch, or at least that of ``shape`` where it is given, rounded up to a
    multiple of ``align``.
    """

    def setup(self) -> None:
        exclusive(self, "axes", "axis_names")

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        if not len(batch):
            return rebatch(batch, [], batch._layout)
        if batch.ndim() == 0:
            raise ValueError("scalars cannot be padded")
        largest = [max(extents) for extents in zip(*batch.shape(), strict=True)]
        shapes = [self._shape(ctx, i, s.shape, batch._layout, largest) for i, s in enumerate(batch._samples)]
        if all(shape == s.shape for shape, s in zip(shapes, batch._samples, strict=True)):
            return rebatch(batch, list(batch._samples), batch._layout, slab=batch._slab)
        dtype = batch._samples[0].dtype
        slab = np.empty((len(batch), *shapes[0]), dtype) if len(set(shapes)) == 1 else None
        samples = []
        for i, (shape, data) in enumerate(zip(shapes, batch._samples, strict=True)):
            out = np.empty(shape, dtype) if slab is None else slab[i]
            value = c_cast(ctx.arg("fill_value", i), dtype)
            inside = tuple(slice(e) for e in data.shape)
            # What is not the sample's: for each axis, the part beyond it within the axes before.
            for axis, extent in enumerate(data.shape):
                if extent < shape[axis]:
                    beyond = (*inside[:axis], slice(extent, None))
                    out[beyond] = value
            out[inside] = data
            samples.append(out)
        return rebatch(batch, samples, batch._layout, slab=slab)

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        if not len(batch):
            return batch
        if batch.ndim() == 0:
            raise ValueError("scalars cannot be padded")
        kind, before, layout = storage_dtype(batch._dtype), batch.shape(), batch._layout
        largest = [max(extents) for extents in zip(*before, strict=True)]
        shapes = ctx.each(lambda i: self._shape(ctx, i, before[i], layout, largest))
        boxes = [
            Box(shape, source, packed(old), extent=old, fill=(c_cast(ctx.arg("fill_value", i), kind).item(),))
            for i, (shape, old, source) in enumerate(zip(shapes, before, pointers(batch._samples), strict=True))
        ]
        return copy_boxes(ctx, [batch], boxes, kind, layout=layout)

    def _shape(
        self, ctx: BatchContext, i: int, before: tuple[int, ...], layout: str, largest: list[int]
    ) -> tuple[int, ...]:
        ndim = len(before)
        names: str | None = self.args["axis_names"]
        axes = column_value(ctx, "axes", i)
        if names:
            missing = [c for c in names if c not in layout]
            if missing:
                raise ValueError(f"the layout {layout!r} of the input has no axis {missing[0]!r}")
            axes = tuple(layout.index(c) for c in names)
        axes = tuple(normalize_axis(a, ndim) for a in axes) if axes else tuple(range(ndim))
        if len(set(axes)) != len(axes):
            raise ValueError(f"an axis is named twice: {list(axes)}")
        least = self._for_axes(column_value(ctx, "shape", i), len(axes), -1, "shape")
        align = self._for_axes(column_value(ctx, "align", i), len(axes), 1, "align")
        if any(a <= 0 for a in align):
            raise ValueError(f"'align' must be positive, got {list(align)}")
        shape = list(before)
        for axis, low, step in zip(axes, least, align, strict=True):
            extent = largest[axis] if low < 0 else max(low, before[axis])
            shape[axis] = -(-extent // step) * step
        return tuple(shape)

    @staticmethod
    def _for_axes(value: tuple[int, ...] | None, count: int, default: int, name: str) -> tuple[int, ...]:
        if not value:
            return (default,) * count
        if len(value) not in (1, count):
            raise ValueError(f"'{name}' has {len(value)} values for {count} axes")
        return value * count if len(value) == 1 else value
