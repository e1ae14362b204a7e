"""noise.salt_and_pepper: some values become the brightest, some the darkest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator, operator
from adali.operators.filter._noise import DATA, check_type, parameter
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.types import storage_dtype

_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    # Unsigned numbers of 64 bits would be taken for addresses.
    *((name, "i8") for name in ("size", "sample", "channels", "inner", "salt", "pepper")),
    ("hit", "f4"),
    ("bright", "f4"),
)


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
        hit, bright = self._limits(ctx)
        shape = data.shape if self.args["per_channel"] else self._pixels(ctx.batch.in_layouts[0], data)
        draws = ctx.generator().random(shape, dtype=np.float32)
        out = ctx.empty(data.shape, data.dtype)
        out[...] = data
        # One draw decides both: below the first limit it hits, below the second it is salt.
        out[np.broadcast_to(draws < bright, data.shape)] = self._value(ctx, "salt_val", data.dtype)
        pepper = np.broadcast_to((draws >= bright) & (draws < hit), data.shape)
        out[pepper] = self._value(ctx, "pepper_val", data.dtype)
        return out

    gpu_kernels = (("noise.cu", "salt_and_pepper"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """The numbers are those of the CPU operator."""
        batch = inputs[0]
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        check_type(shown(0, (0,), kind))
        out = ctx.empty(shapes, kind, batch._layout)
        ends = pointers(out._samples)

        def row(i: int) -> tuple[Any, ...]:
            sample, shape = ctx.sample(i), shapes[i]
            drawn = shape
            if not self.args["per_channel"]:
                drawn = self._pixels(ctx.in_layouts[0], shown(starts[i], shape, kind))
            size, pixels = math.prod(shape), max(math.prod(drawn), 1)
            # Channels that come first lie a plane apart.
            first = len(shape) > 1 and drawn[0] != shape[0]
            values = [self._value(sample, name, kind) for name in ("salt_val", "pepper_val")]
            bits = np.zeros((2, 8), np.uint8)
            bits[:, : kind.itemsize] = np.array(values, kind).reshape(2, 1).view(np.uint8)
            raw = bits.view(np.int64).reshape(-1).tolist()
            return (
                starts[i],
                ends[i],
                size,
                ctx.place(i),
                size // pixels,
                pixels if first else 1,
                *raw,
                *self._limits(sample),
            )

        rows = ctx.each(row)
        table = np.array(rows, _ROW) if rows else np.zeros(0, _ROW)
        scalars = (*ctx.stream_key(), np.int32(kind.itemsize))
        elements = int(table["size"].max(initial=0))
        ctx.launch("noise.cu", "salt_and_pepper", table, *scalars, elements=elements, reads=[batch], writes=[out])
        return out

    @staticmethod
    def _limits(ctx: SampleContext) -> tuple[Any, Any]:
        """The numbers below which a draw hits, and makes salt."""
        prob, balance = float(ctx.arg("prob")), float(ctx.arg("salt_vs_pepper"))
        for name, value in (("prob", prob), ("salt_vs_pepper", balance)):
            if not 0 <= value <= 1:
                raise ValueError(f"'{name}' is a probability from 0 to 1, got {value}")
        return np.float32(prob), np.float32(prob * balance)

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
