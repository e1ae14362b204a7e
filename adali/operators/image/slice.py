"""slice: cut a window out of arrays of any layout."""

from __future__ import annotations

from typing import Any

from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER
from adali.operators.image._slice_args import SLICE_ARGS, SLICE_INPUTS, SliceWindow
from adali.operators.image._slicing import DTYPE_ARGS, OUT_OF_BOUNDS_ARGS, Cutter


@operator(
    "Slice",
    inputs=(Input("data", doc="The arrays to cut."), *SLICE_INPUTS),
    min_inputs=1,
    args=(*SLICE_ARGS, *OUT_OF_BOUNDS_ARGS, *DTYPE_ARGS),
    devices=("cpu", "gpu"),
)
class Slice(SampleOperator):
    """Cuts a window out of each array, along the axes that ``axis_names`` or ``axes`` name.

    The window starts at ``start`` (or ``rel_start``; 0 by default) and ends at ``end`` or ``rel_end``, or has the size
    ``shape`` or ``rel_shape``; without any of these it ends where the array does. Positions that are not whole are
    rounded, halves away from zero. As positional inputs, anchor and shape do the same. The layout stays.
    """

    def setup(self) -> None:
        self.slice = SliceWindow(self)
        self.cutter = Cutter(self)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        array = inputs[0]
        layout = ctx.batch.in_layouts[0]
        axes = self.slice.axes(ctx, layout, array.ndim)
        start, size = self.slice.box(ctx, axes, array.shape, inputs[1:])
        return self.cutter.cut(ctx, array, start, size, self._channel(layout, array))

    @staticmethod
    def _channel(layout: str, array: Array) -> int:
        return layout.find("C") if layout else (array.ndim - 1 if array.ndim > 2 else -1)

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        layout = ctx.in_layouts[0]

        def window(i: int, shape: tuple[int, ...], _: str) -> tuple[list[int], list[int], int]:
            sample = ctx.sample(i)
            axes = self.slice.axes(sample, layout, len(shape))
            start, size = self.slice.box(sample, axes, shape, [b._samples[i] for b in inputs[1:]])
            channel = layout.find("C") if layout else (len(shape) - 1 if len(shape) > 2 else -1)
            return start, size, channel

        return self.cutter.cut_gpu(ctx, inputs[0], window)
