"""noise.gaussian: adds normally distributed noise."""

from __future__ import annotations

import numpy as np

from adali.kernels.normalize import convert
from adali.operators.base import Array, SampleContext, SampleOperator, operator
from adali.operators.filter._noise import DATA, check_type, parameter


@operator(
    "noise__Gaussian",
    inputs=(DATA,),
    args=(
        parameter("mean", 0.0, "Mean of the noise, in units of the data."),
        parameter("stddev", 1.0, "Standard deviation of the noise."),
    ),
    devices=("cpu", "gpu"),
    random=True,
)
class GaussianNoise(SampleOperator):
    """Adds normally distributed noise to every value.

    Shape and type stay those of the input; integers are rounded and clamped.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        check_type(data)
        wide = np.float32 if data.dtype.itemsize < 4 or data.dtype == np.float32 else np.float64
        noise = ctx.generator().standard_normal(data.shape, dtype=wide)
        noise *= wide(ctx.arg("stddev"))
        noise += wide(ctx.arg("mean"))
        noise += data
        return convert(noise, data.dtype, out=ctx.empty(data.shape, data.dtype))
