"""cat and stack: several inputs become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.generic._common import exclusive, normalize_axis
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, Box, copy_boxes, packed, shown
from adali.types import storage_dtype

_INPUTS = (Input("data", doc="Tensors of one type and number of axes."),)


class _Joined(SampleOperator):
    def setup(self) -> None:
        name = self.args["axis_name"]
        if name is not None and len(name) != 1:
            raise self.error(f"'axis_name' must be one letter, got {name!r}")

    @staticmethod
    def check(inputs: Sequence[Array]) -> None:
        """Raise an error unless all inputs have one type and number of axes."""
        first = inputs[0]
        for number, other in enumerate(inputs):
            if other.dtype != first.dtype or other.ndim != first.ndim:
                raise ValueError(
                    "all inputs must have one type and number of axes, but input 0 is "
                    f"{first.dtype} with {first.ndim} axes and input {number} is {other.dtype} with {other.ndim} axes"
                )


def _join(ctx: GpuContext, inputs: Any, shapes: list[Any], axis: int, extents: list[list[int]]) -> Any:
    """Copy the samples of several inputs side by side along an axis of the output."""
    kind = storage_dtype(inputs[0]._dtype)
    out = ctx.empty(shapes, kind, inputs[0]._layout)
    boxes, targets = [], []
    places = [pointers(batch._samples) for batch in inputs]
    for i, (shape, target) in enumerate(zip(shapes, pointers(out._samples), strict=True)):
        strides = packed(shape)
        position = 0
        for source, mine in zip(places, extents, strict=True):
            part = (*shape[:axis], mine[i], *shape[axis + 1 :])
            boxes.append(Box(part, source[i], packed(part), out_stride=strides))
            targets.append(target + position * strides[axis] * kind.itemsize)
            position += mine[i]
    return copy_boxes(ctx, inputs, boxes, kind, into=out, targets=targets)


def _shown(batch: Any, i: int) -> Array:
    array: Array = shown(1 << 20, batch.shape()[i], storage_dtype(batch._dtype))
    return array


@operator(
    "Cat",
    inputs=_INPUTS,
    max_inputs=999,
    args=(
        Arg("axis", ArgKind.INT, 0, "Axis to join along; negative numbers count from the end."),
        Arg("axis_name", ArgKind.STR, None, "The same axis by its letter in the layout."),
    ),
    devices=("cpu", "gpu"),
)
class Cat(_Joined):
    """Joins tensors along an axis they have; their extents may differ along this axis only.

    The output has the layout of the first input.
    """

    def setup(self) -> None:
        super().setup()
        exclusive(self, "axis", "axis_name")

    def _shape(self, ctx: SampleContext, *inputs: Array) -> tuple[int, list[int]]:
        self.check(inputs)
        axis = normalize_axis(self._axis(ctx), inputs[0].ndim)
        shape = list(inputs[0].shape)
        for number, other in enumerate(inputs[1:], 1):
            for k, (mine, its) in enumerate(zip(shape, other.shape, strict=True)):
                if k != axis and mine != its:
                    raise ValueError(
                        f"input 0 of shape {inputs[0].shape} and input {number} of {other.shape} cannot be joined "
                        f"along axis {axis}: they differ in axis {k}"
                    )
            shape[axis] += other.shape[axis]
        return axis, shape

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        made = ctx.each(lambda i: self._shape(ctx.sample(i), *[_shown(b, i) for b in inputs]))
        axis = made[0][0] if made else 0
        extents = [[shape[axis] for shape in batch.shape()] for batch in inputs]
        return _join(ctx, inputs, [tuple(shape) for _, shape in made], axis, extents)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        axis, shape = self._shape(ctx, *inputs)
        return np.concatenate(inputs, axis, out=ctx.empty(tuple(shape), inputs[0].dtype))

    def _axis(self, ctx: SampleContext) -> int:
        name: str | None = self.args["axis_name"]
        if name is None:
            axis: int = self.args["axis"]
            return axis
        layouts = {layout for layout in ctx.batch.in_layouts if layout}
        if len(layouts) != 1:
            raise ValueError(f"'axis_name' needs inputs with one layout, got {', '.join(sorted(layouts)) or 'none'}")
        (layout,) = layouts
        if name not in layout:
            raise ValueError(f"the layout {layout!r} of the inputs has no axis {name!r}")
        return layout.index(name)


@operator(
    "Stack",
    inputs=_INPUTS,
    max_inputs=999,
    args=(
        Arg("axis", ArgKind.INT, 0, "Position of the new axis in the output; negative numbers count from the end."),
        Arg(
            "axis_name",
            ArgKind.STR,
            None,
            "Letter of the new axis in the layout; without it the output has no layout.",
        ),
    ),
    devices=("cpu", "gpu"),
)
class Stack(_Joined):
    """Joins tensors of one shape along a new axis."""

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        name: str | None = self.args["axis_name"]
        if name is None:
            return ("",)
        letters = list(inputs[0])
        letters.insert(self._axis(len(letters)) if letters else 0, name)
        return ("".join(letters),)

    def _axis(self, ndim: int) -> int:
        axis: int = self.args["axis"]
        if not -ndim <= axis <= ndim and not (ndim == 0 and axis == -1):
            raise ValueError(f"axis {axis} is out of range for a new axis in data with {ndim} axes")
        return axis if axis >= 0 else axis + ndim + 1

    def _shape(self, ctx: SampleContext, *inputs: Array) -> tuple[int, tuple[int, ...]]:
        self.check(inputs)
        first = inputs[0]
        if self.args["axis_name"] is not None and first.ndim and not ctx.batch.in_layouts[0]:
            raise ValueError("'axis_name' needs an input with a layout")
        for number, other in enumerate(inputs):
            if other.shape != first.shape:
                raise ValueError(
                    f"only tensors of one shape can be stacked: input 0 has {first.shape}, input {number} has "
                    f"{other.shape}"
                )
        axis = self._axis(first.ndim)
        return axis, (*first.shape[:axis], len(inputs), *first.shape[axis:])

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        made = ctx.each(lambda i: self._shape(ctx.sample(i), *[_shown(b, i) for b in inputs]))
        axis = made[0][0] if made else 0
        return _join(ctx, inputs, [shape for _, shape in made], axis, [[1] * ctx.batch_size] * len(inputs))

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        first = inputs[0]
        axis, shape = self._shape(ctx, *inputs)
        return np.stack(inputs, axis, out=ctx.empty(shape, first.dtype))
