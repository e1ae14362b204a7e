"""lookup_table: numbers replaced by others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.kernels.cuda import type_code
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.generic._common import numeric_dtype
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import DALIDataType, storage_dtype

MAX_KEY = 65535


@operator(
    "LookupTable",
    inputs=(Input("data", doc="Integers."),),
    args=(
        Arg("default_value", ArgKind.FLOAT, 0.0, "Output for numbers that are no key."),
        Arg("dtype", ArgKind.DTYPE, DALIDataType.FLOAT, "Type of the output."),
        Arg("keys", ArgKind.INTS, (), f"Numbers to replace, from 0 to {MAX_KEY}; of equal ones the last counts."),
        Arg("output_dtype", ArgKind.DTYPE, deprecated="dtype"),
        Arg("values", ArgKind.FLOATS, (), "What to replace them with, one value for each key."),
    ),
    devices=("cpu", "gpu"),
)
class LookupTable(SampleOperator):
    """Replaces each number by the value of its key, or by the default value.

    The values are converted to ``dtype`` as ``cast`` does.
    """

    def setup(self) -> None:
        keys, values = self.args["keys"], self.args["values"]
        if len(keys) != len(values):
            raise self.error(f"{len(keys)} keys, but {len(values)} values")
        if any(not 0 <= k <= MAX_KEY for k in keys):
            raise self.error(f"keys must be from 0 to {MAX_KEY}")
        dtype = numeric_dtype(self, self.args["dtype"])
        # At least all numbers of a byte, and one more place at the end for what is no key.
        table = np.full(max([256, *(k + 1 for k in keys)]) + 1, self.args["default_value"], np.float32)
        for key, value in zip(keys, values, strict=True):
            table[key] = value
        self.table = convert(table, dtype)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        numbers = inputs[0]
        if numbers.dtype.kind not in "iu":
            raise TypeError(f"only integers can be looked up, got {numbers.dtype}")
        out = ctx.empty(numbers.shape, self.table.dtype)
        last = len(self.table) - 1
        if numbers.dtype != np.uint8:
            known = (numbers >= 0) & (numbers < last)
            numbers = np.where(known, numbers, 0).astype(np.intp)
            numbers[~known] = last
        # Every number is in range here, and the other modes let NumPy fill the output without a copy of it.
        np.take(self.table, numbers, out=out, mode="clip")
        return out

    gpu_kernels = (("color.cu", "lookup"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        if kind.kind not in "iu":
            raise TypeError(f"only integers can be looked up, got {kind}")
        out = ctx.empty(shapes, self.table.dtype, batch._layout)
        rows = np.zeros(len(shapes), struct(("in", "p"), ("out", "p"), ("size", "i8")))
        rows["in"], rows["out"] = addresses(batch), addresses(out)
        rows["size"] = [math.prod(shape) for shape in shapes]
        values = ctx.constant("values", lambda: self.table)
        codes = np.int32(len(self.table) - 1), np.int32(type_code(kind)), np.int32(type_code(self.table.dtype))
        elements = int(rows["size"].max(initial=0))
        ctx.launch("color.cu", "lookup", rows, values, *codes, elements=elements, reads=[batch], writes=[out])
        return out
