"""preemphasis_filter: raises the high frequencies of a signal."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from adali.kernels.cuda import type_code
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import DALIDataType, storage_dtype, to_numpy_type

_TYPES = (
    DALIDataType.UINT8, DALIDataType.INT8, DALIDataType.UINT16, DALIDataType.INT16, DALIDataType.UINT32,
    DALIDataType.INT32, DALIDataType.UINT64, DALIDataType.INT64, DALIDataType.FLOAT, DALIDataType.FLOAT64,
)  # fmt: skip

_ROW = struct(("in", "p"), ("out", "p"), ("size", "i8"), ("before", "i8"), ("coefficient", "f8"))


@operator(
    "PreemphasisFilter",
    inputs=(Input("data", doc="Signal of any integer type, float32 or float64; filtered in the order of its memory."),),
    args=(
        Arg(
            "border",
            ArgKind.STR,
            "clamp",
            'The sample before the first: "zero", "clamp" (the first sample) or "reflect" (the second one; the first '
            "if there is no second).",
        ),
        Arg(
            "dtype",
            ArgKind.DTYPE,
            DALIDataType.FLOAT,
            "Type of the output: any integer type, FLOAT or FLOAT64. Integers are rounded, halves away from zero, and "
            "clamped.",
        ),
        Arg("preemph_coeff", ArgKind.FLOAT, 0.97, "Share of the sample before that is taken away.", tensor=True),
    ),
    devices=("cpu", "gpu"),
)
class PreemphasisFilter(SampleOperator):
    """Takes a share of the sample before from each sample: out[t] = x[t] - preemph_coeff * x[t - 1].

    Computed in float32, or in float64 for float64 data. Shape and layout stay; several dimensions are filtered as one
    row of samples.

    Fails on float16 and bool data.
    """

    def setup(self) -> None:
        if self.args["border"] not in ("zero", "clamp", "reflect"):
            raise self.error(f'border must be "zero", "clamp" or "reflect", got {self.args["border"]!r}')
        if self.args["dtype"] not in _TYPES:
            raise self.error(f"dtype {self.args['dtype'].name} is not supported: integers, FLOAT or FLOAT64")
        self.dtype = np.dtype(to_numpy_type(self.args["dtype"]))
        self.border: str = self.args["border"]
        self._kinds: dict[Any, Any] = {}
        self._kernel: Any = None

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = inputs[0]
        kind = self._kinds.get(data.dtype) or self._kind(data.dtype)
        kernel = self._kernel or self._compiled()
        out = ctx.empty(data.shape, self.dtype)
        coefficient = np.float32(ctx.arg("preemph_coeff"))
        before = -1 if self.border == "zero" else 0 if self.border == "clamp" else min(1, data.size - 1)
        # A signal is a few kilobytes: every needless call of NumPy here would take as long as the filter.
        x = data if data.dtype is kind and data.ndim == 1 else data.reshape(-1).astype(kind, copy=False)
        if not x.flags.c_contiguous:
            x = np.ascontiguousarray(x)
        if self.dtype is kind:
            kernel(x, coefficient, before, out if out.ndim == 1 else out.reshape(-1))
            return out
        result = np.empty(x.size, kind)
        kernel(x, coefficient, before, result)
        return convert(result.reshape(data.shape), self.dtype, out=out)

    def _compiled(self) -> Any:
        from adali.kernels.audio_jit import preemphasis

        self._kernel = preemphasis
        return preemphasis

    def _kind(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """The type that data of another is computed in."""
        self._check(dtype)
        kind = self._kinds[dtype] = np.dtype(np.float64 if dtype == np.float64 else np.float32)
        return kind

    @staticmethod
    def _check(dtype: np.dtype[Any]) -> None:
        if dtype == np.float16 or dtype.kind not in "iuf":
            raise TypeError(f"{dtype} data is not supported: integers, float32 or float64")

    gpu_kernels = (("audio.cu", "preemphasis"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, kind = batch.shape(), storage_dtype(batch._dtype)
        ctx.each(lambda i: self._check(kind))
        out = ctx.empty(shapes, self.dtype, batch._layout)
        table = np.zeros(len(shapes), _ROW)
        table["in"], table["out"] = addresses(batch), addresses(out)
        table["size"] = [prod(shape) for shape in shapes]
        border = self.args["border"]
        table["before"] = -1 if border == "zero" else 0 if border == "clamp" else np.minimum(table["size"] - 1, 1)
        table["coefficient"] = ctx.each(lambda i: float(np.float32(ctx.arg("preemph_coeff", i))))
        codes = [np.int32(type_code(t)) for t in (kind, self.dtype)]
        most = int(table["size"].max(initial=0))
        ctx.launch("audio.cu", "preemphasis", table, *codes, elements=most, reads=[batch], writes=[out])
        return out
