"""slice: cut a window out of arrays of any layout."""

from __future__ import annotations

from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
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
