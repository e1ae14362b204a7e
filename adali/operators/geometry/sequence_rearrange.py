"""sequence_rearrange: frames of a sequence in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, Box, copy_boxes, packed, shown
from adali.types import storage_dtype


@operator(
    "SequenceRearrange",
    inputs=(Input("sequences", doc="Data of two or more axes; the first is ``F``, if there is a layout."),),
    args=(
        Arg(
            "new_order",
            ArgKind.INTS,
            REQUIRED,
            "For each frame of the output, the number of the frame of the input; frames may be left out or repeated.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class SequenceRearrange(SampleOperator):
    """Puts the frames of sequences into another order: ``out[i] = in[new_order[i]]``."""

    def setup(self) -> None:
        if "new_order" not in self.spec.arg_inputs and not self.args["new_order"]:
            raise self.error("'new_order' must not be empty")

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        if inputs[0] and inputs[0][0] != "F":
            raise ValueError(f"the layout of a sequence begins with 'F', got {inputs[0]!r}")
        return (inputs[0],)

    def _order(self, ctx: SampleContext, data: Array) -> Array:
        if data.ndim < 2:
            raise ValueError(f"a sequence has at least two axes, got {data.ndim}")
        given = ctx.array("new_order")
        assert given is not None
        if given.ndim != 1 or not given.size:
            raise ValueError(f"'new_order' must be a list of one or more numbers, got shape {given.shape}")
        order = given.astype(np.intp)
        if order.min() < 0 or order.max() >= len(data):
            raise ValueError(f"'new_order' {order.tolist()} names frames outside of 0 to {len(data) - 1}")
        return order

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        orders = ctx.each(lambda i: self._order(ctx.sample(i), shown(starts[i], shapes[i], kind)))
        out = ctx.empty([(len(o), *s[1:]) for o, s in zip(orders, shapes, strict=True)], kind, batch._layout)
        boxes, targets = [], []
        for order, shape, start, target in zip(orders, shapes, starts, pointers(out._samples), strict=True):
            strides = packed(shape)
            for place, frame in enumerate(order.tolist()):
                step = strides[0] * kind.itemsize
                boxes.append(Box(shape[1:], start + frame * step, strides[1:]))
                targets.append(target + place * step)
        return copy_boxes(ctx, [batch], boxes, kind, into=out, targets=targets)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        order = self._order(ctx, data)
        out = ctx.empty((len(order), *data.shape[1:]), data.dtype)
        np.take(data, order, axis=0, out=out, mode="clip")
        return out
