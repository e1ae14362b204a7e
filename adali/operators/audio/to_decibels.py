"""to_decibels: magnitudes on a logarithmic scale."""

from __future__ import annotations

import math

import numpy as np

from adali.operators.audio._signal import require_float32
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator


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
