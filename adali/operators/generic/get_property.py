"""get_property: what is known about a sample besides its values."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorListCPU, TensorListGPU
from adali.operators.base import REQUIRED, Arg, ArgKind, BatchContext, BatchOperator, Input, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import ghosts

_KEYS = ("source_info", "layout")


@operator(
    "GetProperty",
    inputs=(Input("data", device="any", doc="Data of any kind."),),
    args=(
        Arg(
            "key",
            ArgKind.STR,
            REQUIRED,
            '``"source_info"``: where the sample came from, usually a file name; ``"layout"``: names of its axes.',
        ),
    ),
    devices=("cpu", "gpu"),
)
class GetProperty(BatchOperator):
    """Returns a property of each sample as text: a 1-D uint8 tensor of its UTF-8 bytes, empty where it is not known."""

    inline = True
    mixes_samples = False

    def setup(self) -> None:
        if self.args["key"] not in _KEYS:
            raise self.error(f"there is no property {self.args['key']!r}; known properties: {', '.join(_KEYS)}")

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        if self.args["key"] == "layout":
            texts = [inputs[0]._layout or ""] * ctx.batch_size
        else:
            known = inputs[0]._source_info or ctx.sources or [None] * ctx.batch_size
            texts = [text or "" for text in known]
        samples = [np.frombuffer(text.encode(), np.uint8).copy() for text in texts]
        return TensorListCPU._from_samples(samples)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return ctx.to_device(self.run(ctx, ghosts(inputs[0]) if isinstance(inputs[0], TensorListGPU) else inputs[0]))
