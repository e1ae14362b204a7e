"""noise.salt_and_pepper: some values become the brightest, some the darkest."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator, operator
from adali.operators.filter._noise import DATA, check_type, parameter


@operator(
    "noise__SaltAndPepper",
    inputs=(DATA,),
    args=(
        parameter("pepper_val", None, "The dark value; by default the least of an integer type, -1 for floats."),
        Arg("per_channel", ArgKind.BOOL, False, "Whether channels are hit each on its own, or whole pixels are."),
        parameter("prob", 0.05, "Probability that a value (or pixel) is hit."),
        parameter("salt_val", None, "The bright value; by default the greatest of an integer type, 1 for floats."),
        parameter("salt_vs_pepper", 0.5, "Probability that what is hit becomes salt."),
    ),
    devices=("cpu", "gpu"),
    random=True,
)
class SaltAndPepper(SampleOperator):
    """Replaces random values by a bright ("salt") or a dark one ("pepper").

    Without a layout the last axis is that of channels. Shape and type stay those of the input; salt and pepper are
    rounded and clamped to it.

    Raises:
        ValueError: a probability outside 0..1; pixels are to be hit, but channels are neither the first nor the last
            axis.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        check_type(data)
        prob, balance = float(ctx.arg("prob")), float(ctx.arg("salt_vs_pepper"))
        for name, value in (("prob", prob), ("salt_vs_pepper", balance)):
            if not 0 <= value <= 1:
                raise ValueError(f"'{name}' is a probability from 0 to 1, got {value}")
        shape = data.shape if self.args["per_channel"] else self._pixels(ctx.batch.in_layouts[0], data)
        draws = ctx.generator().random(shape, dtype=np.float32)
        out = ctx.empty(data.shape, data.dtype)
        out[...] = data
        # One draw decides both: below prob it hits, below prob * balance it is salt.
        salt = np.broadcast_to(draws < prob * balance, data.shape)
        pepper = np.broadcast_to((draws >= prob * balance) & (draws < prob), data.shape)
        out[salt] = self._value(ctx, "salt_val", data.dtype)
        out[pepper] = self._value(ctx, "pepper_val", data.dtype)
        return out

    @staticmethod
    def _pixels(layout: str, data: Array) -> tuple[int, ...]:
        """Shape of the data with the channels reduced to one."""
        axis = layout.find("C") if layout else data.ndim - 1
        if data.ndim and axis not in (0, data.ndim - 1):
            raise ValueError(f"channels must be the first or the last axis to hit whole pixels, got layout '{layout}'")
        return tuple(1 if i == axis else n for i, n in enumerate(data.shape))

    def _value(self, ctx: SampleContext, name: str, dtype: np.dtype[Any]) -> Any:
        value = ctx.arg(name)
        if value is not None:
            return convert(np.array([value], np.float64), dtype)[0]
        bright = name == "salt_val"
        if dtype.kind == "f":
            return 1.0 if bright else -1.0
        return np.iinfo(dtype).max if bright else np.iinfo(dtype).min
