"""per_frame: mark a batch as sequences."""

from __future__ import annotations

from adali.data import TensorListCPU
from adali.operators.base import Arg, ArgKind, BatchContext, BatchOperator, Input, operator
from adali.operators.gpu_copy import metadata_only


@operator(
    "PerFrame",
    inputs=(Input("data", doc="Data whose first axis counts frames."),),
    args=(
        Arg(
            "replace",
            ArgKind.BOOL,
            False,
            "Whether the first letter of a layout is replaced by ``F``; if not, it must be ``F`` already.",
        ),
    ),
    devices=("cpu", "gpu"),
)
class PerFrame(BatchOperator):
    """Marks data as sequences: its values along the first axis belong to the frames of a sequence.

    Only the layout changes: its first letter becomes ``F``. Data without a layout gets ``F`` followed by ``*`` for each
    further axis. Arguments that may have one value for each frame take them from such data.
    """

    inline = True
    mixes_samples = False
    run_gpu = metadata_only

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        ndim = batch._samples[0].ndim if len(batch) else max(len(batch._layout), 1)
        layout = str(batch._layout)
        if ndim < 1:
            raise ValueError("a single number is no sequence")
        if layout and layout[0] != "F" and not self.args["replace"]:
            raise ValueError(
                f"the layout of the data must begin with 'F', got {layout!r}; replace=True changes its first letter"
            )
        layout = "F" + (layout[1:] if layout else "*" * (ndim - 1))
        return TensorListCPU._from_samples(
            list(batch._samples), layout, dtype=batch._dtype, slab=batch._slab, source_info=batch._source_info
        )
