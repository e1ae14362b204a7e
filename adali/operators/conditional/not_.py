"""Not_: ``not`` of a scalar."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels.cuda import type_code
from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
from adali.operators.conditional._scalar import check_scalar, truth
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import storage_dtype

_ROW = struct(("in", "p"), ("out", "p"))
_OPERAND = "the operand of `not`"


@operator("_conditional__Not_", inputs=(Input("value"),), devices=("cpu", "gpu"))
class Not(SampleOperator):
    """Tells for each sample, a scalar of any type, whether it is zero."""

    out_layout = ""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        """A bool scalar.

        Raises:
            ValueError: the sample has axes.
        """
        out = ctx.empty((), np.bool_)
        out[()] = not truth(inputs[0], _OPERAND)
        return out

    gpu_kernels = (("conditional.cu", "logical_not"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, kind = batch.shape(), storage_dtype(batch._dtype)
        ctx.each(lambda i: check_scalar(shapes[i], _OPERAND))
        out = ctx.empty(shapes, np.bool_)
        table = np.zeros(len(shapes), _ROW)
        table["in"], table["out"] = addresses(batch), addresses(out)
        code = np.int32(type_code(kind))
        ctx.launch("conditional.cu", "logical_not", table, code, elements=1, block=32, reads=[batch], writes=[out])
        return out
