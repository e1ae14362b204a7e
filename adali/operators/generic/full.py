"""full, zeros and ones: data of one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.generic._common import numeric_dtype
from adali.types import DALIDataType

_LAYOUT = Arg("layout", ArgKind.LAYOUT, None, "Layout of the output.")
_SHAPE = Arg("shape", ArgKind.INTS, None, "Shape of the output; a single number by default.", tensor=True)
_DTYPE = Arg("dtype", ArgKind.DTYPE, DALIDataType.INT32, "Type of the output.")
_LIKE_DTYPE = Arg("dtype", ArgKind.DTYPE, None, "Type of the output; that of the input by default.")


class _Filled(SampleOperator):
    """An output of shape ``shape``."""

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return (self.args["layout"] or "",)

    def shape(self, ctx: SampleContext) -> tuple[int, ...]:
        shape = tuple(ctx.arg("shape") or ())
        if any(e < 0 for e in shape):
            raise ValueError(f"a shape has no negative extents, got {list(shape)}")
        layout = self.args["layout"]
        if layout and len(layout) != len(shape):
            raise ValueError(f"the layout {layout!r} does not fit an output with {len(shape)} axes")
        return shape


@operator(
    "Full",
    inputs=(Input("fill_value", doc="Value of the elements; broadcast to ``shape``."),),
    args=(_LAYOUT, _SHAPE),
)
class Full(_Filled):
    """Makes data of the given shape, filled with a value, or with values that are broadcast as in NumPy."""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        out = ctx.empty(self.shape(ctx), inputs[0].dtype)
        out[...] = inputs[0]
        return out


class _Constant(_Filled):
    value: ClassVar[int]

    def setup(self) -> None:
        self.dtype = numeric_dtype(self, self.args["dtype"])

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        out = ctx.empty(self.shape(ctx), self.dtype)
        out.fill(self.value)
        return out


@operator("Zeros", args=(_DTYPE, _LAYOUT, _SHAPE))
class Zeros(_Constant):
    """Makes data of the given shape and type, filled with zeros."""

    value = 0


@operator("Ones", args=(_DTYPE, _LAYOUT, _SHAPE))
class Ones(_Constant):
    """Makes data of the given shape and type, filled with ones."""

    value = 1


@operator(
    "FullLike",
    inputs=(
        Input("data_like", doc="Its shape, type and layout are those of the output."),
        Input("fill_value", doc="Value of the elements; broadcast to the output's shape."),
    ),
)
class FullLike(SampleOperator):
    """Makes data like the first input, filled with the second.

    The values are converted to the type of the first input as ``cast`` does.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        like, value = inputs
        out = ctx.empty(like.shape, like.dtype)
        out[...] = value if value.dtype == like.dtype else convert(value, like.dtype)
        return out


class _Like(SampleOperator):
    value: ClassVar[int]

    def setup(self) -> None:
        dtype: DALIDataType | None = self.args["dtype"]
        self.dtype: np.dtype[np.generic] | None = None if dtype is None else numeric_dtype(self, dtype)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        out = ctx.empty(inputs[0].shape, self.dtype or inputs[0].dtype)
        out.fill(self.value)
        return out


_LIKE = (Input("data_like", doc="Its shape, type and layout are those of the output."),)


@operator("ZerosLike", inputs=_LIKE, args=(_LIKE_DTYPE,))
class ZerosLike(_Like):
    """Makes data like the input, filled with zeros."""

    value = 0


@operator("OnesLike", inputs=_LIKE, args=(_LIKE_DTYPE,))
class OnesLike(_Like):
    """Makes data like the input, filled with ones."""

    value = 1
