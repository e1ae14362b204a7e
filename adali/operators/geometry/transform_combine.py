"""transforms.combine: several affine transforms in one."""

from __future__ import annotations

import numpy as np

from adali.data import TensorListCPU
from adali.operators.base import BatchContext, BatchOperator, Input, operator
from adali.operators.geometry._transforms import REVERSE_ORDER, frames_of, make_batch


@operator(
    "transforms__Combine",
    inputs=(Input("matrices", doc="Transforms, FLOAT of shape (n, n + 1), or (frames, n, n + 1)."),),
    min_inputs=2,
    max_inputs=99,
    args=(REVERSE_ORDER,),
)
class Combine(BatchOperator):
    """Combines affine transforms: the result does what the inputs do one after the other, in their order."""

    inline = True
    mixes_samples = False

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        results = []
        for i in range(ctx.batch_size):
            matrices = [batch._samples[i] for batch in inputs]
            counts = {frames_of(m, layout) for m, layout in zip(matrices, ctx.in_layouts, strict=True)} - {None}
            if len({m.shape[-1] for m in matrices}) > 1:
                raise ValueError(f"the transforms have different shapes: {[m.shape for m in matrices]}")
            if len(counts - {1}) > 1:
                raise ValueError(f"there are transforms for different numbers of frames: {sorted(map(str, counts))}")
            if self.args["reverse_order"]:
                matrices.reverse()
            # matmul works through all frames at once, and repeats what there is only one of.
            total = matrices[0].astype(np.float64)
            for matrix in matrices[1:]:
                linear, shift = matrix[..., :-1].astype(np.float64), matrix[..., -1:]
                total = linear @ total
                total[..., -1:] += shift
            results.append(total.astype(np.float32))
        return make_batch(results)
