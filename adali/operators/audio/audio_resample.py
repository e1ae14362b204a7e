"""audio_resample: another sample rate for a signal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.kernels.audio import convert_levels, level_scale, resample, sinc_lobes, sinc_table
from adali.kernels.cuda import type_code
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import DALIDataType, storage_dtype, to_numpy_type

_TYPES = (
    DALIDataType.INT8, DALIDataType.UINT8, DALIDataType.INT16, DALIDataType.UINT16, DALIDataType.INT32,
    DALIDataType.UINT32, DALIDataType.FLOAT,
)  # fmt: skip
_NAMES = ", ".join(t.name for t in _TYPES)

_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("in_length", "i8"),
    ("length", "i8"),
    ("step", "f8"),
    ("factor", "f4"),
    ("addend", "f4"),
    ("channels", "i4"),
    ("padding", "i4"),
)


@operator(
    "AudioResample",
    inputs=(Input("data", doc="Signal (samples,) or (samples, channels); 8 to 32 bit integers or float32."),),
    args=(
        Arg(
            "dtype",
            ArgKind.DTYPE,
            None,
            "Type of the output, by default that of the input. Values are scaled from the full range of one type to "
            "that of the other: floating-point signals lie within -1 .. 1, signed ones within -max .. max, unsigned "
            "ones within 0 .. max with silence in the middle. Integers are rounded, halves away from zero, and "
            f"clamped. {_NAMES}.",
        ),
        Arg(
            "in_rate",
            ArgKind.FLOAT,
            None,
            "Sample rate of the input, in any unit; with out_rate in the same unit.",
            tensor=True,
        ),
        Arg("out_length", ArgKind.INT, None, "Number of samples of the output, in place of rates.", tensor=True),
        Arg("out_rate", ArgKind.FLOAT, None, "Sample rate of the output; with in_rate.", tensor=True),
        Arg(
            "quality",
            ArgKind.FLOAT,
            50.0,
            "0 (fast) to 100 (exact): 0 takes 3 lobes of the filter on each side, 50 takes 16, 100 takes 64.",
        ),
        Arg(
            "scale",
            ArgKind.FLOAT,
            None,
            "Samples of the output for each one of the input, in place of rates.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
    legacy=("experimental__AudioResample",),
)
class AudioResample(SampleOperator):
    """Resamples a signal with a sinc filter under a Hann window.

    How much is said by one of: in_rate and out_rate, scale, out_length. The output has ceil(samples * ratio) samples
    (or out_length); sample i lies at i / ratio of the input, with silence (value 0 of the output's type) around it.
    The filter is that of the input's rate: frequencies above half of a lower output rate are folded back, as in DALI.
    Channels are resampled each on its own.

    Fails on a negative or missing ratio and on float16, float64, 64 bit and bool data.
    """

    def setup(self) -> None:
        rates = self.given("in_rate"), self.given("out_rate")
        if rates[0] != rates[1]:
            raise self.error("in_rate and out_rate must be given together")
        ways = sum((rates[0], self.given("scale"), self.given("out_length")))
        if ways != 1:
            wrong = "none was given" if ways == 0 else "they exclude each other"
            raise self.error(f"give one of: in_rate and out_rate, scale, out_length; {wrong}")
        try:
            self.lobes = sinc_lobes(self.args["quality"])
        except ValueError as e:
            raise self.error(str(e)) from None
        dtype = self.args["dtype"]
        if dtype is not None and dtype not in _TYPES:
            raise self.error(f"dtype {dtype.name} is not supported; supported types: {_NAMES}")
        self.dtype = None if dtype is None else np.dtype(to_numpy_type(dtype))

    def ratio(self, ctx: SampleContext, samples: int) -> tuple[int, float]:
        """Length of the output, and the step between its samples in samples of the input."""
        if self.given("out_length"):
            length = ctx.arg("out_length")
            if length < 0:
                raise ValueError(f"out_length must not be negative, got {length}")
            return length, samples / max(length, 1)
        # Rates are float32, as in a serialized pipeline: the length would be another one for 0.1 in full precision.
        if self.given("scale"):
            before, after = 1.0, float(np.float32(ctx.arg("scale")))
            if not after >= 0:
                raise ValueError(f"scale must not be negative, got {after:g}")
        else:
            before, after = (float(np.float32(ctx.arg(name))) for name in ("in_rate", "out_rate"))
            if not (before > 0 and after >= 0):
                raise ValueError(f"sample rates must be positive, got in_rate {before:g} and out_rate {after:g}")
        return math.ceil(samples * after / before), before / after if after else 0.0

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        dtype = self.dtype or data.dtype
        length, step = self._plan(ctx, data.shape, data.dtype)
        shape = (length, *data.shape[1:])
        signal = convert_levels(data, dtype).reshape(data.shape[0], -1 if data.size else math.prod(data.shape[1:]))
        out = ctx.empty(shape, dtype)
        if out.size == 0:
            return out
        if dtype == np.float32:
            resample(signal, step, self.lobes, out.reshape(length, -1))
            return out
        result = np.empty(shape, np.float32)
        resample(signal, step, self.lobes, result.reshape(length, -1))
        return convert(result, dtype, out=out)

    def _plan(self, ctx: SampleContext, shape: tuple[int, ...], kind: Any) -> tuple[int, float]:
        """What :meth:`ratio` gives, for data that can be resampled."""
        if len(shape) not in (1, 2):
            raise ValueError(f"the signal must be (samples,) or (samples, channels), got shape {shape}")
        if kind.kind not in "iuf" or kind.itemsize > 4 or np.float16 in (kind, self.dtype or kind):
            raise TypeError(f"{kind} data is not supported; supported types: {_NAMES}")
        length, step = self.ratio(ctx, shape[0])
        if math.prod((length, *shape[1:])) and not math.prod(shape):
            raise ValueError("an empty signal cannot become one that is not empty")
        return length, step

    gpu_kernels = (("audio_sync.cu", "resample"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, kind = batch.shape(), storage_dtype(batch._dtype)
        dtype = self.dtype or kind
        plans = ctx.each(lambda i: self._plan(ctx.sample(i), shapes[i], kind))
        lengths = [length for length, _ in plans]
        out = ctx.empty([(n, *s[1:]) for n, s in zip(lengths, shapes, strict=True)], dtype, batch._layout)
        table = np.zeros(len(shapes), _ROW)
        table["in"], table["out"] = addresses(batch), addresses(out)
        table["in_length"], table["length"] = [s[0] for s in shapes], lengths
        table["step"] = [step for _, step in plans]
        table["factor"], table["addend"] = level_scale(kind, dtype)
        table["channels"] = [math.prod(s[1:]) for s in shapes]
        # One phase behind the other for each weight: neighbouring threads have the same weights in other phases.
        sinc = ctx.constant("sinc", lambda: np.ascontiguousarray(sinc_table(self.lobes)[:, : 2 * self.lobes].T))
        ctx.launch(
            "audio_sync.cu",
            "resample",
            table,
            sinc,
            np.int32(self.lobes),
            np.int32(type_code(kind)),
            np.int32(type_code(dtype)),
            elements=max(lengths, default=0),
            reads=[batch],
            writes=[out],
        )
        return out
