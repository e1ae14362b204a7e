"""to_decibels: magnitudes on a logarithmic scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.operators.audio._signal import require_float32
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import BLOCK, GpuContext, addresses, struct
from adali.operators.gpu_copy import ghosts

_ROW = struct(("in", "p"), ("out", "p"), ("reference", "p"), ("size", "i8"))
_PEAK = struct(("in", "p"), ("out", "p"), ("size", "i8"))

#: Blocks that look for the largest value of a sample, at most.
_BLOCKS = 32


@operator(
    "ToDecibels",
    inputs=(Input("data", doc="float32 magnitudes, not negative."),),
    args=(
        Arg("cutoff_db", ArgKind.FLOAT, -200.0, "Lowest value of the output, in dB."),
        Arg(
            "multiplier",
            ArgKind.FLOAT,
            10.0,
            "Factor of the decimal logarithm: 10 for powers, 20 for amplitudes.",
        ),
        Arg(
            "reference",
            ArgKind.FLOAT,
            0.0,
            "Magnitude that becomes 0 dB; if not given, the largest of the sample.",
        ),
    ),
    devices=("cpu", "gpu"),
)
class ToDecibels(SampleOperator):
    """Converts magnitudes to decibels.

    Computes multiplier * log10(max(x / reference, min_ratio)), with min_ratio = 10 ** (cutoff_db / multiplier), but no
    less than the smallest float32. NaN becomes the lowest value. The output is float32; shape and layout stay.

    Fails on other types than float32.
    """

    def setup(self) -> None:
        if self.given("reference") and not self.args["reference"]:
            raise self.error("reference must not be 0")
        multiplier, cutoff = self.args["multiplier"], self.args["cutoff_db"]
        with np.errstate(over="ignore", under="ignore"):
            ratio = np.float32(10.0) ** np.float32(cutoff / multiplier) if multiplier else np.float32(0)
        self.ratio = max(ratio, np.finfo(np.float32).smallest_subnormal)
        self.factor = np.float32(multiplier / math.log(10))

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = require_float32(inputs[0], "the data")
        out = ctx.empty(data.shape, np.float32)
        if data.size == 0:
            return out
        reference = np.float32(self.args["reference"]) or np.fmax.reduce(data, axis=None)
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            np.multiply(data, np.float32(1) / reference, out=out)
            np.fmax(out, self.ratio, out=out)
            np.log(out, out=out)
            np.multiply(out, self.factor, out=out)
        return out

    gpu_kernels = (("audio_sync.cu", "peaks"), ("audio.cu", "to_decibels"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, outlines = batch.shape(), ghosts(batch)._samples
        ctx.each(lambda i: require_float32(outlines[i], "the data"))
        out = ctx.empty(shapes, np.float32, batch._layout)
        table = np.zeros(len(shapes), _ROW)
        table["in"], table["out"] = addresses(batch), addresses(out)
        table["size"] = [math.prod(shape) for shape in shapes]
        most = int(table["size"].max(initial=0))
        reference = np.float32(self.args["reference"])
        if reference:
            known = ctx.constant("reference", lambda: np.array([reference]))
            table["reference"] = int(known.data.ptr)
        else:
            known, table["reference"] = self._peaks(ctx, table, batch, most)
        ctx.launch(
            "audio.cu",
            "to_decibels",
            table,
            np.float32(self.ratio),
            self.factor,
            elements=most,
            reads=[batch, known],
            writes=[out],
        )
        return out

    @staticmethod
    def _peaks(ctx: GpuContext, table: Any, batch: Any, most: int) -> tuple[Any, Any]:
        """The largest value of each sample, and where each lies: by several blocks first, if there are many values."""
        count = len(table)
        blocks = max(1, min(_BLOCKS, -(-most // (16 * BLOCK))))
        rows = np.zeros(count, _PEAK)
        rows["in"], rows["size"] = table["in"], table["size"]
        source: Any = batch
        for share in (blocks, 1) if blocks > 1 else (1,):
            found = ctx.empty([(share,)] * count, np.float32)
            rows["out"] = addresses(found)
            ctx.launch(
                "audio_sync.cu", "peaks", rows, elements=most, blocks=share, block=BLOCK, reads=[source], writes=[found]
            )
            rows["in"], rows["size"], source = rows["out"], share, found
        return found, addresses(found)
