"""noise.gaussian: adds normally distributed noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels.noise import normal, ziggurat
from adali.kernels.normalize import convert
from adali.operators.base import Array, SampleContext, SampleOperator, operator
from adali.operators.filter._noise import DATA, check_type, make_noise, parameter, place_of, words
from adali.operators.gpu import GpuContext
from adali.types import storage_dtype


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
        wide = _real(data.dtype)
        made = words(ctx, data.size if wide is np.float64 else -(-data.size // 2))
        noise = normal(place_of(ctx), made, data.size, wide).reshape(data.shape)
        noise *= wide(ctx.arg("stddev"))
        noise += wide(ctx.arg("mean"))
        noise += data
        return convert(noise, data.dtype, out=ctx.empty(data.shape, data.dtype))

    gpu_kernels = (("noise.cu", "gaussian_float"), ("noise.cu", "gaussian_double"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """The numbers are those of the CPU operator."""
        wide = _real(storage_dtype(inputs[0]._dtype)) is np.float64
        tables = ziggurat()
        given = (tables.inside[wide], tables.steps[wide], tables.edges, tables.heights)
        uploaded = [ctx.constant((wide, k), lambda array=array: array) for k, array in enumerate(given)]  # type: ignore[misc]
        return make_noise(
            ctx,
            "gaussian_double" if wide else "gaussian_float",
            inputs[0],
            lambda sample: (sample.arg("mean"), sample.arg("stddev")),
            *uploaded,
        )


def _real(dtype: np.dtype[Any]) -> Any:
    """What noise for such data is computed in."""
    return np.float32 if dtype.itemsize < 4 or dtype == np.float32 else np.float64
