"""nonsilent_region: where a signal is not silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.kernels.audio import moving_power
from adali.kernels.cuda import type_code
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, addresses, struct
from adali.operators.gpu_copy import ghosts
from adali.types import storage_dtype

_POWER = struct(("in", "p"), ("out", "p"), ("peaks", "p"), ("size", "i8"), ("segments", "i8"))
_LOUD = struct(("power", "p"), ("peaks", "p"), ("begin", "p"), ("length", "p"), ("size", "i8"), ("segments", "i8"))


@operator(
    "NonsilentRegion",
    inputs=(Input("data", doc="Signal of one dimension; any integer type or float32."),),
    args=(
        Arg("cutoff_db", ArgKind.FLOAT, -60.0, "Power relative to the reference, in dB, below which there is silence."),
        Arg(
            "reference_power",
            ArgKind.FLOAT,
            0.0,
            "Power that is 0 dB; if not given, the largest power of the sample.",
        ),
        Arg(
            "reset_interval",
            ArgKind.INT,
            8192,
            "Number of samples after which the moving sum of a float32 signal starts afresh, so that rounding errors "
            "do not add up: a multiple of window_length, or -1 for never.",
        ),
        Arg("window_length", ArgKind.INT, 2048, "Number of samples over which the power is averaged."),
    ),
    num_outputs=2,
    devices=("cpu", "gpu"),
)
class NonsilentRegion(SampleOperator):
    """Finds where a signal begins and ends to be louder than a threshold.

    The power at a sample is the mean square of it and the window_length - 1 samples before it (zeros before the
    signal). A window is silent if 10 log10(power / reference_power) is below cutoff_db. The region reaches from the
    first sample of the first window that is not silent to the last sample of the last one.

    Returns begin and length, int32 scalars; both 0 if everything is silent. A signal of zeros is as loud as its own
    maximum: without reference_power all of it is the region.

    Sums of 8 and 16 bit integers are exact. Those of 32 and 64 bit integers are kept in float32 and never start
    afresh, as in DALI: convert such data to float32 first if it has a large dynamic range.

    On the device a thread keeps up the sum between two fresh starts, as DALI rounds it on the host: reset_interval -1,
    and 32 and 64 bit integers, leave one thread for a signal.

    Fails on an empty signal, on several dimensions and on float16, float64 and bool data.
    """

    out_layout = ""

    def setup(self) -> None:
        length, interval = self.args["window_length"], self.args["reset_interval"]
        reference = self.args["reference_power"]
        if length <= 0:
            raise self.error(f"window_length must be positive, got {length}")
        if interval != -1 and (interval <= 0 or interval % length):
            raise self.error(f"reset_interval must be -1 or a multiple of window_length ({length}), got {interval}")
        if self.given("reference_power") and not reference > 0:
            raise self.error(f"reference_power must be positive, got {reference:g}")
        self.reference = np.float32(reference)
        self.ratio = np.float32(10) ** np.float32(self.args["cutoff_db"] / 10)

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return ("", "")

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, Array]:
        signal = self._checked(inputs[0])
        from adali.kernels.audio_jit import loud_range

        length = self.args["window_length"]
        power = moving_power(signal, length, self.args["reset_interval"])
        first, last = loud_range(power, self.reference, self.ratio)
        begin = max(first - length + 1, 0)
        return np.array(begin, np.int32), np.array(last + 1 - begin if last >= 0 else 0, np.int32)

    @staticmethod
    def _checked(signal: Array) -> Array:
        if signal.ndim != 1:
            raise ValueError(f"the signal must have one dimension, got shape {signal.shape}")
        if signal.dtype.kind not in "iu" and signal.dtype != np.float32:
            raise TypeError(f"{signal.dtype} data is not supported: integers or float32")
        if signal.size == 0:
            raise ValueError("the signal is empty")
        return signal

    gpu_kernels = (("audio.cu", "moving_power"), ("audio_sync.cu", "loud_range"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, outlines = batch.shape(), ghosts(batch)._samples
        sizes = np.array(ctx.each(lambda i: self._checked(outlines[i]).size), np.int64)
        kind = storage_dtype(batch._dtype)
        window, reset = self.args["window_length"], self.args["reset_interval"]
        most = int(sizes.max(initial=1))
        if kind.kind in "iu":  # sums of small integers are exact, wherever they start
            segment = max(window, 256) if kind.itemsize <= 2 else most
        else:
            segment = reset if reset > 0 else most
        counts = -(-sizes // segment)
        power = ctx.empty(shapes, np.float32)
        peaks = ctx.empty([(n,) for n in counts.tolist()], np.float32)
        begin, length = (ctx.empty([()] * len(shapes), np.int32) for _ in range(2))
        rows = np.zeros(len(shapes), _POWER)
        rows["in"], rows["out"], rows["peaks"] = addresses(batch), addresses(power), addresses(peaks)
        rows["size"], rows["segments"] = sizes, counts
        ctx.launch(
            "audio.cu",
            "moving_power",
            rows,
            np.int64(window),
            np.int64(segment),
            np.int32(type_code(kind)),
            elements=int(counts.max(initial=0)),
            block=32,
            reads=[batch],
            writes=[power, peaks],
        )
        loud = np.zeros(len(shapes), _LOUD)
        loud["power"], loud["peaks"], loud["size"], loud["segments"] = rows["out"], rows["peaks"], sizes, counts
        loud["begin"], loud["length"] = addresses(begin), addresses(length)
        ctx.launch(
            "audio_sync.cu",
            "loud_range",
            loud,
            self.reference,
            self.ratio,
            np.int64(window),
            np.int64(segment),
            elements=1,
            blocks=1,
            reads=[power, peaks],
            writes=[begin, length],
        )
        return begin, length
