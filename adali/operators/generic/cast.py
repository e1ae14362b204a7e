"""cast and cast_like: change the type of the elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.data import TensorListCPU
from adali.graph.spec import OpSpec
from adali.kernels.normalize import convert
from adali.operators.base import (
    REQUIRED,
    Arg,
    ArgKind,
    Array,
    BatchContext,
    BatchOperator,
    Input,
    OpEnv,
    SampleContext,
    SampleOperator,
    operator,
)
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import GATHER, cast
from adali.types import DALIDataType, storage_dtype

_ENUMS = (DALIDataType.INTERP_TYPE, DALIDataType.IMAGE_TYPE, DALIDataType.DATA_TYPE)


@operator(
    "Cast",
    inputs=(Input("data", doc="Data of any numeric type."),),
    args=(Arg("dtype", ArgKind.DTYPE, REQUIRED, "Type of the output."),),
    devices=("cpu", "gpu"),
)
class Cast(SampleOperator):
    """Converts the elements to another type.

    Conversion to an integer type rounds to the nearest number, halves away from zero, and clamps to the type's range;
    NaN becomes 0. Everything but 0 becomes true in a conversion to BOOL.
    """

    def __new__(cls, spec: OpSpec, env: OpEnv) -> Any:
        if spec.args.get("dtype") in _ENUMS:
            return CastToEnum(spec, env)
        return super().__new__(cls)

    def setup(self) -> None:
        dtype: DALIDataType = self.args["dtype"]
        try:
            self.dtype = storage_dtype(dtype)
        except KeyError:
            raise self.error(f"data cannot be cast to {dtype.name}") from None
        if self.dtype == object:
            raise self.error(f"data cannot be cast to {dtype.name}")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        source = inputs[0]
        out = ctx.empty(source.shape, self.dtype)
        if source.dtype == self.dtype:
            out[...] = source
            return out
        return convert(source, self.dtype, out=out)

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return cast(ctx, inputs[0], self.dtype)


class CastToEnum(BatchOperator):
    """``Cast`` to one of the enum types, which are held as int32 but are types of their own."""

    schema = Cast.schema
    inline = True
    mixes_samples = False

    def run(self, ctx: BatchContext, *inputs: TensorListCPU) -> TensorListCPU:
        batch = inputs[0]
        dtype: DALIDataType = self.args["dtype"]
        if any(s.dtype.kind == "f" for s in batch._samples):
            raise TypeError(f"only integers can be cast to {dtype.name}, got {batch._dtype.name}")
        samples = [s.astype(np.int32) for s in batch._samples]
        return TensorListCPU._from_samples(samples, batch._layout, dtype=dtype, source_info=batch._source_info)

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        dtype: DALIDataType = self.args["dtype"]
        if storage_dtype(batch._dtype).kind == "f":
            raise TypeError(f"only integers can be cast to {dtype.name}, got {batch._dtype.name}")
        result = cast(ctx, batch, np.int32)
        if result is batch:
            result = ctx.view(batch)
        result._dtype = dtype
        return result


@operator(
    "CastLike",
    inputs=(
        Input("data", doc="Data of any numeric type."),
        Input("dtype_like", doc="Data of the wanted type; its values are not used."),
    ),
    devices=("cpu", "gpu"),
)
class CastLike(SampleOperator):
    """Converts the elements of the first input to the type of the second one; see ``cast`` for the rules."""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        source, like = inputs
        return convert(source, like.dtype, out=ctx.empty(source.shape, like.dtype))

    gpu_kernels = GATHER

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        return cast(ctx, inputs[0], storage_dtype(inputs[1]._dtype))
