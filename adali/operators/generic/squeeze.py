"""squeeze and expand_dims: fewer or more axes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from adali.data import TensorListCPU
from adali.operators.base import REQUIRED, Arg, ArgKind, BatchContext, BatchOperator, Input, SampleErrors, operator
from adali.operators.generic._common import column_value, rebatch
from adali.operators.gpu_copy import metadata_only

Shape = tuple[int, ...]


def reshaped(
    batch: TensorListCPU, shape_of: Callable[[int, Shape], Shape], uniform: bool, layout: str
) -> TensorListCPU:
    """The batch with other shapes of as many elements, in the same memory."""
    if batch._slab is not None and uniform and len(batch):
        block = batch._slab.reshape(len(batch), *shape_of(0, batch._samples[0].shape))
        return rebatch(batch, [block[i, ...] for i in range(len(block))], layout, slab=block)
    samples, errors = [], {}
    for i, data in enumerate(batch._samples):
        try:
            samples.append(data.reshape(shape_of(i, data.shape)))
        except ValueError as e:
            errors[i] = e
    if errors:
        raise SampleErrors(dict(errors))
    return rebatch(batch, samples, layout)


@operator(
    "Squeeze",
    inputs=(Input("data", doc="Data with axes of extent 1."),),
    args=(
        Arg("axes", ArgKind.INTS, None, "Axes to remove, counted from 0.", tensor=True),
        Arg("axis_names", ArgKind.LAYOUT, None, "Axes to remove, by their letters in the layout."),
    ),
    devices=("cpu", "gpu"),
)
class Squeeze(BatchOperator):
    """Removes axes of extent 1 (or any axes that do not change the number of elements, in empty data)."""

    inline = True
    mixes_samples = False
    run_gpu = metadata_only

    def setup(self) -> None:
        if self.given("axes") == self.given("axis_names"):
            raise self.error("give either 'axes' or 'axis_names'")

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        layout, ndim = batch._layout, batch.ndim()
        names: str | None = self.args["axis_names"]
        if names is not None:
            missing = [c for c in names if c not in layout]
            if missing:
                raise ValueError(f"the layout {layout!r} of the input has no axis {missing[0]!r}")
            named = tuple(layout.index(c) for c in names)

        def axes_of(i: int) -> Shape:
            axes = named if names is not None else column_value(ctx, "axes", i) or ()
            if len(set(axes)) != len(axes):
                raise ValueError(f"an axis is named twice: {list(axes)}")
            if any(not 0 <= a < ndim for a in axes):
                raise ValueError(f"axes {list(axes)} are not all within 0 to {ndim - 1}")
            return axes

        def shape_of(i: int, shape: Shape) -> Shape:
            axes = axes_of(i)
            kept = tuple(e for axis, e in enumerate(shape) if axis not in axes)
            if prod(kept) != prod(shape):
                raise ValueError(f"axes {list(axes)} of shape {shape} are not all of extent 1")
            return kept

        removed = axes_of(0) if len(batch) else ()
        return reshaped(
            batch,
            shape_of,
            "axes" not in ctx.columns,
            "".join(c for axis, c in enumerate(layout) if axis not in removed),
        )


@operator(
    "ExpandDims",
    inputs=(Input("data", doc="Any data."),),
    args=(
        Arg("axes", ArgKind.INTS, REQUIRED, "Positions before which the axes go, in terms of the input's axes."),
        Arg("new_axis_names", ArgKind.LAYOUT, "", "A letter for each new axis; without it the output has no layout."),
    ),
    devices=("cpu", "gpu"),
)
class ExpandDims(BatchOperator):
    """Inserts axes of extent 1; ``axes`` are the positions of the new axes in the output."""

    inline = True
    mixes_samples = False
    run_gpu = metadata_only

    def setup(self) -> None:
        axes: tuple[int, ...] = self.args["axes"]
        names: str = self.args["new_axis_names"]
        if any(a < 0 for a in axes):
            raise self.error(f"axes must not be negative, got {list(axes)}")
        if len(set(axes)) != len(axes):
            raise self.error(f"an axis is named twice: {list(axes)}")
        if names and len(names) != len(axes):
            raise self.error(f"{len(names)} names for {len(axes)} new axes")
        self.axes = sorted(axes)
        self.names = "".join(names[axes.index(a)] for a in self.axes) if names else ""

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        layout, ndim = batch._layout, batch.ndim()
        if self.names and not layout and ndim:
            raise ValueError("'new_axis_names' needs an input with a layout")
        if self.axes and self.axes[-1] >= ndim + len(self.axes):
            raise ValueError(f"axes {self.axes} cannot be inserted into data with {ndim} axes")

        def shape_of(i: int, shape: Shape) -> Shape:
            extents = list(shape)
            for axis in self.axes:
                extents.insert(axis, 1)
            return tuple(extents)

        letters = list(layout) if self.names or not self.axes else []
        for axis, name in zip(self.axes, self.names, strict=False):
            letters.insert(axis, name)
        return reshaped(batch, shape_of, True, "".join(letters))
