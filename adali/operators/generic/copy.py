"""copy, and what ``.gpu()`` makes."""

from __future__ import annotations

from typing import Any

from adali.data import TensorListCPU
from adali.operators.base import Array, BatchContext, BatchOperator, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext


@operator(
    "Copy",
    inputs=(Input("data", device="any", doc="Data to copy, on the host or on the device."),),
    devices=("cpu", "gpu"),
)
class Copy(SampleOperator):
    """Copies its input."""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        out = ctx.empty(inputs[0].shape, inputs[0].dtype)
        out[...] = inputs[0]
        return out

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        if self.spec.device == "cpu":
            return ctx.to_host(batch)
        return ctx.to_device(batch) if isinstance(batch, TensorListCPU) else ctx.copy(batch)


@operator(
    "MakeContiguous", inputs=(Input("data", device="cpu", doc="A batch in host memory."),), devices=("cpu", "mixed")
)
class MakeContiguous(BatchOperator):
    """Brings all samples of a batch into one block of memory, on the device for ``device="mixed"``.

    On the CPU a batch that is in one block already is passed on as it is.
    """

    mixes_samples = False

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        result = TensorListCPU._from_samples(
            list(batch._samples), batch._layout, dtype=batch._dtype, slab=batch._slab, source_info=batch._source_info
        )
        if len(result):
            result._block()
        return result

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return ctx.to_device(inputs[0])
