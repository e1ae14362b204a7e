"""permute_batch and batch_permutation: samples in another order."""

from __future__ import annotations

import numpy as np

from adali.data import TensorListCPU
from adali.operators.base import REQUIRED, Arg, ArgKind, BatchContext, BatchOperator, Input, operator
from adali.operators.gpu_copy import metadata_only


@operator(
    "PermuteBatch",
    inputs=(Input("data", doc="Any data."),),
    args=(
        Arg(
            "indices",
            ArgKind.INTS,
            REQUIRED,
            "For each output sample the number of the input sample: a list as long as the batch, or a number a sample.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class PermuteBatch(BatchOperator):
    """Makes a batch of samples of the input batch, in any order, with repetitions and omissions."""

    inline = True
    run_gpu = metadata_only

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        column = ctx.columns.get("indices")
        if column is None:
            indices = list(self.args["indices"])
            if len(indices) != ctx.batch_size:
                raise ValueError(f"'indices' has {len(indices)} values for a batch of {ctx.batch_size} samples")
        else:
            indices = [int(ctx.arg("indices", i)[0]) for i in range(ctx.batch_size)]
        for position, index in enumerate(indices):
            if not 0 <= index < len(batch):
                raise ValueError(
                    f"'indices' names sample {index} at position {position}; there are {len(batch)} samples"
                )
        info = batch._source_info
        return TensorListCPU._from_samples(
            [batch._samples[i] for i in indices],
            batch._layout,
            dtype=batch._dtype,
            source_info=None if info is None else [info[i] for i in indices],
        )


@operator(
    "BatchPermutation",
    args=(
        Arg("allow_repetitions", ArgKind.BOOL, False, "Numbers may occur more than once, or not at all."),
        Arg("no_fixed_points", ArgKind.BOOL, False, "No number may be at its own position, unless it is the only one."),
    ),
    random=True,
)
class BatchPermutation(BatchOperator):
    """Makes a random order of the samples in a batch, one int32 number a sample, to be used in ``permute_batch``."""

    inline = True

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        size = ctx.batch_size
        generator = ctx.generator(0)
        places = np.arange(size)
        moved = self.args["no_fixed_points"] and size > 1
        if self.args["allow_repetitions"]:
            numbers = generator.integers(0, size - 1 if moved else size, size)
            if moved:
                numbers += numbers >= places
        else:
            numbers = generator.permutation(size)
            # All permutations without fixed points are equally likely; about three tries are needed.
            while moved and np.any(numbers == places):
                numbers = generator.permutation(size)
        slab = numbers.astype(np.int32)
        return TensorListCPU._from_samples([slab[i, ...] for i in range(size)], slab=slab)
