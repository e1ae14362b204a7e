"""noise.shot: the noise of counted events."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels.noise import poisson
from adali.kernels.normalize import convert
from adali.operators.base import Array, SampleContext, SampleOperator, operator
from adali.operators.filter._noise import DATA, check_type, make_noise, parameter, place_of, words
from adali.operators.gpu import GpuContext

# Above this mean a double holds no longer every number of events. The kernel has the same limit.
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
        means = np.clip(np.nan_to_num(data / factor).astype(np.float64), 0, _MOST_EVENTS)
        events = poisson(place_of(ctx), words(ctx, data.size), means)
        return convert(np.asarray(events * factor), data.dtype, out=out)

    gpu_kernels = (("noise.cu", "shot"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """The numbers are those of the CPU operator."""
        return make_noise(ctx, "shot", inputs[0], lambda sample: (float(sample.arg("factor")), 0.0))
