"""shapes: the extents of each sample as data."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorListCPU, TensorListGPU
from adali.operators.base import Arg, ArgKind, BatchContext, BatchOperator, Input, operator
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import ghosts
from adali.types import DALIDataType, to_numpy_type

_TYPES = (
    DALIDataType.INT32,
    DALIDataType.UINT32,
    DALIDataType.INT64,
    DALIDataType.UINT64,
    DALIDataType.FLOAT,
    DALIDataType.FLOAT64,
)


@operator(
    "Shapes",
    inputs=(Input("data", device="any", doc="Data of any kind."),),
    args=(
        Arg("dtype", ArgKind.DTYPE, DALIDataType.INT64, "Type of the output: a 32 or 64 bit number."),
        Arg("type", ArgKind.DTYPE, deprecated="dtype"),
    ),
    devices=("cpu", "gpu"),
    legacy=("_Shape",),
)
class Shapes(BatchOperator):
    """Returns the shape of each sample, a 1-D tensor with one number for each axis. ``node.shape()`` makes it."""

    inline = True
    mixes_samples = False

    def setup(self) -> None:
        if self.args["dtype"] not in _TYPES:
            names = ", ".join(t.name for t in _TYPES)
            raise self.error(f"dtype {self.args['dtype'].name} is not supported; supported types: {names}")
        self.dtype = np.dtype(to_numpy_type(self.args["dtype"]))

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        slab = np.array(inputs[0].shape(), self.dtype).reshape(ctx.batch_size, inputs[0].ndim())
        return TensorListCPU._from_samples(list(slab), slab=slab)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return ctx.to_device(self.run(ctx, ghosts(inputs[0]) if isinstance(inputs[0], TensorListGPU) else inputs[0]))
