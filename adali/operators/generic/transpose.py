"""transpose: axes in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, copy_views

#: Element types that OpenCV's channel functions take.
_CV_TYPES = ("uint8", "int8", "uint16", "int16", "int32", "float32", "float64")


@operator(
    "Transpose",
    inputs=(Input("data", doc="Any data."),),
    args=(
        Arg("output_layout", ArgKind.LAYOUT, None, "Layout of the output; ``transpose_layout`` is ignored then."),
        Arg("perm", ArgKind.INTS, None, "For each axis of the output, the axis of the input; reversed by default."),
        Arg("transpose_layout", ArgKind.BOOL, True, "Permute the layout, too; otherwise it stays that of the input."),
    ),
    devices=("cpu", "gpu"),
)
class Transpose(SampleOperator):
    """Reorders the axes: axis ``i`` of the output is axis ``perm[i]`` of the input."""

    def setup(self) -> None:
        perm: tuple[int, ...] | None = self.args["perm"]
        if perm is not None and sorted(perm) != list(range(len(perm))):
            raise self.error(f"'perm' must hold each axis once, got {list(perm)}")

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        layout: str | None = self.args["output_layout"]
        before = inputs[0]
        if layout:
            return (layout,)
        perm = self.args["perm"]
        if not before or not self.args["transpose_layout"]:
            return (before,)
        if perm is None:
            return (before[::-1],)
        if len(perm) != len(before):
            raise ValueError(f"'perm' has {len(perm)} values for data with {len(before)} axes")
        return ("".join(before[p] for p in perm),)

    def _order(self, data: Array) -> tuple[int, ...]:
        perm: tuple[int, ...] | None = self.args["perm"]
        if perm is None:
            perm = tuple(range(data.ndim))[::-1]
        if len(perm) != data.ndim:
            raise ValueError(f"'perm' has {len(perm)} values for data with {data.ndim} axes")
        layout = self.args["output_layout"]
        if layout and len(layout) != data.ndim:
            raise ValueError(f"'output_layout' {layout!r} does not fit data with {data.ndim} axes")
        return perm

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return copy_views(ctx, inputs[0], lambda i, data: data.transpose(self._order(data)), layout="")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        perm = self._order(data)
        out = ctx.empty(tuple(data.shape[p] for p in perm), data.dtype)
        if perm == (2, 0, 1) and 2 <= data.shape[2] <= 4 and data.flags.c_contiguous and _fits_cv(data):
            import cv2

            cv2.split(data, [out[c] for c in range(data.shape[2])])
        elif perm == (1, 2, 0) and 2 <= data.shape[0] <= 4 and data.flags.c_contiguous and _fits_cv(data):
            import cv2

            cv2.merge([data[c] for c in range(data.shape[0])], out)
        else:
            out[...] = data.transpose(perm)
        return out


def _fits_cv(data: Array) -> bool:
    return data.dtype.name in _CV_TYPES and data.size > 0
