"""noise.shot: the noise of counted events."""

from __future__ import annotations

import numpy as np

from adali.kernels.normalize import convert
from adali.operators.base import Array, SampleContext, SampleOperator, operator
from adali.operators.filter._noise import DATA, check_type, parameter

# A Poisson variate of a mean above this does not fit into 64 bits for sure.
_MOST_EVENTS = 1e15


@operator(
    "noise__Shot",
    inputs=(DATA,),
    args=(parameter("factor", 20.0, "What one event adds to a value; 0 leaves the data as it is."),),
    devices=("cpu", "gpu"),
    random=True,
)
class ShotNoise(SampleOperator):
    """Replaces every value by ``factor`` times a Poisson variate of mean ``max(0, value / factor)``.

    That is the noise of a sensor that counts photons: the larger the factor, the fewer and the noisier. Shape and type
    stay those of the input; integers are rounded and clamped.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        check_type(data)
        factor = float(ctx.arg("factor"))
        out = ctx.empty(data.shape, data.dtype)
        if factor == 0:
            out[...] = data
            return out
        means = np.clip(np.nan_to_num(data / factor), 0, _MOST_EVENTS)
        return convert(np.asarray(ctx.generator().poisson(means) * factor), data.dtype, out=out)
