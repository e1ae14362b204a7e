"""element_extract: single frames of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, copy_views


def _count(args: Mapping[str, Any]) -> int:
    return len(args["element_map"])


@operator(
    "ElementExtract",
    inputs=(Input("data", doc="Sequences: the first axis is ``F``, if there is a layout."),),
    args=(Arg("element_map", ArgKind.INTS, REQUIRED, "Numbers of the elements to extract, one for each output."),),
    num_outputs=_count,
    devices=("cpu", "gpu"),
)
class ElementExtract(SampleOperator):
    """Extracts elements of a sequence along its first axis; each makes an output with one axis less."""

    def setup(self) -> None:
        if any(e < 0 for e in self.args["element_map"]):
            raise self.error(f"'element_map' must not hold negative numbers, got {list(self.args['element_map'])}")

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        layout = inputs[0]
        if layout and layout[0] != "F":
            raise ValueError(f"the input must be a sequence: its layout must begin with 'F', got {layout!r}")
        return (layout[1:],) * len(self.spec.outputs)

    @staticmethod
    def _element(data: Array, element: int) -> Array:
        if data.ndim < 2:
            raise ValueError(f"a sequence has at least two axes, got {data.ndim}")
        if element >= data.shape[0]:
            raise ValueError(f"there is no element {element} in a sequence of {data.shape[0]}")
        part: Array = data[element]
        return part

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        def taken(element: int) -> Any:
            return copy_views(ctx, inputs[0], lambda i, data: self._element(data, element), layout="")

        return tuple(taken(element) for element in self.args["element_map"])

    def run(self, ctx: SampleContext, *inputs: Array) -> Array | tuple[Array, ...]:
        data = inputs[0]
        outputs = []
        for position, element in enumerate(self.args["element_map"]):
            part = self._element(data, element)
            out = ctx.empty(data.shape[1:], data.dtype, position)
            out[...] = part
            outputs.append(out)
        return outputs[0] if len(outputs) == 1 else tuple(outputs)
