"""random.normal: normally distributed numbers."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, operator
from adali.operators.random._distribution import DTYPE, NUMERIC_TYPES, SHAPE, SHAPE_LIKE, Distribution, Draw
from adali.types import DALIDataType


@operator(
    "random__Normal",
    inputs=(SHAPE_LIKE,),
    min_inputs=0,
    args=(
        DTYPE,
        Arg("mean", ArgKind.FLOAT, 0.0, "Mean of the distribution.", tensor=True),
        SHAPE,
        Arg("stddev", ArgKind.FLOAT, 1.0, "Standard deviation of the distribution.", tensor=True),
    ),
    devices=("cpu", "gpu"),
    legacy=("NormalDistribution",),
    random=True,
)
class Normal(Distribution):
    """Generates normally distributed numbers.

    The output is FLOAT by default; it has the shape ``shape``, or that of the optional input, or is one number.
    """

    types = (DALIDataType.FLOAT, *(t for t in NUMERIC_TYPES if t is not DALIDataType.FLOAT))

    def draw(self, draw: Draw) -> Array:
        values: Array = np.empty((draw.rows, draw.size))
        draw.generator().standard_normal(out=values)
        values *= draw.column("stddev")
        values += draw.column("mean")
        return values
