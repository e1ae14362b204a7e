"""random.uniform: numbers of an interval, or of a list of values, all equally likely."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, BatchContext, operator
from adali.operators.random._distribution import DTYPE, NUMERIC_TYPES, SHAPE, SHAPE_LIKE, Distribution, Draw
from adali.types import DALIDataType


@operator(
    "random__Uniform",
    inputs=(SHAPE_LIKE,),
    min_inputs=0,
    args=(
        DTYPE,
        Arg(
            "range",
            ArgKind.FLOATS,
            (-1.0, 1.0),
            "Interval ``[min, max)`` of a continuous distribution. With an integer ``dtype`` the rounded numbers may "
            "reach ``max``. Ignored when ``values`` is given.",
            tensor=True,
        ),
        SHAPE,
        Arg("values", ArgKind.FLOATS, None, "The values of a discrete distribution.", tensor=True),
    ),
    devices=("cpu", "gpu"),
    legacy=("Uniform",),
    random=True,
)
class Uniform(Distribution):
    """Generates uniformly distributed numbers.

    They come from the interval ``range``, or from the list ``values`` with equal probability. The output is FLOAT by
    default; it has the shape ``shape``, or that of the optional input, or is one number.
    """

    types = (DALIDataType.FLOAT, *(t for t in NUMERIC_TYPES if t is not DALIDataType.FLOAT))

    def setup(self) -> None:
        super().setup()
        self.discrete = self.given("values")
        if "range" not in self.spec.arg_inputs and not self.discrete:
            try:
                self.low, self.span, self.top = self._interval(self.args["range"])
            except ValueError as e:
                raise self.error(str(e)) from None
        if self.discrete and "values" not in self.spec.arg_inputs:
            if not self.args["values"]:
                raise self.error("argument 'values' is empty")
            self.values = np.asarray(self.args["values"], np.float64)

    def _interval(self, value: Any) -> tuple[float, float, float]:
        """Start, length, and the largest number of the output's type inside."""
        if len(value) != 2 or not value[1] > value[0]:
            raise ValueError(f"argument 'range' must be [min, max] with min < max, got {list(value)}")
        low, high = float(value[0]), float(value[1])
        top = high
        if self.dtype.kind == "f":  # rounding to the output's type must not reach the open end
            top = float(np.nextafter(self.dtype.type(high), self.dtype.type(low)))
        return low, high - low, top

    def draw(self, draw: Draw) -> Array:
        if self.discrete:
            return self._pick(draw)
        low: Any
        span: Any
        top: Any
        if "range" not in draw.ctx.columns:
            low, span, top = self.low, self.span, self.top
        else:
            rows = [self._interval(_list(draw.ctx, "range", draw.first + i)) for i in range(draw.rows)]
            low, span, top = (np.array(c)[:, None] for c in zip(*rows, strict=True))
        values: Array = draw.uniform()
        values *= span
        values += low
        np.minimum(values, top, out=values)
        return values

    def _pick(self, draw: Draw) -> Array:
        values: Array = draw.uniform()
        if "values" not in draw.ctx.columns:
            return self.values[(values * len(self.values)).astype(np.intp)]
        for i in range(draw.rows):
            choices = np.asarray(_list(draw.ctx, "values", draw.first + i), np.float64)
            if not choices.size:
                raise ValueError(f"argument 'values' is empty for sample {draw.first + i}")
            values[i] = choices[(values[i] * choices.size).astype(np.intp)]
        return values


def _list(ctx: BatchContext, name: str, sample: int) -> list[Any]:
    result: list[Any] = ctx.columns[name][sample].reshape(-1).tolist()
    return result
