"""nonsilent_region: where a signal is not silent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adali.kernels.audio import moving_power
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator


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
        signal = inputs[0]
        if signal.ndim != 1:
            raise ValueError(f"the signal must have one dimension, got shape {signal.shape}")
        if signal.dtype.kind not in "iu" and signal.dtype != np.float32:
            raise TypeError(f"{signal.dtype} data is not supported: integers or float32")
        if signal.size == 0:
            raise ValueError("the signal is empty")
        from adali.kernels.audio_jit import loud_range

        length = self.args["window_length"]
        power = moving_power(signal, length, self.args["reset_interval"])
        first, last = loud_range(power, self.reference, self.ratio)
        begin = max(first - length + 1, 0)
        return np.array(begin, np.int32), np.array(last + 1 - begin if last >= 0 else 0, np.int32)
