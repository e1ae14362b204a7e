"""random.coin_flip: true or false with a given probability."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, operator
from adali.operators.random._distribution import DTYPE, SHAPE, SHAPE_LIKE, Distribution, Draw
from adali.types import DALIDataType


@operator(
    "random__CoinFlip",
    inputs=(SHAPE_LIKE,),
    min_inputs=0,
    args=(
        DTYPE,
        Arg("probability", ArgKind.FLOAT, 0.5, "Probability of the value 1, from 0 to 1.", tensor=True),
        SHAPE,
    ),
    devices=("cpu", "gpu"),
    legacy=("CoinFlip",),
    random=True,
)
class CoinFlip(Distribution):
    """Generates 0 or 1, the latter with the given probability (a Bernoulli distribution).

    The output is INT32 by default, or UINT8 or BOOL. It has the shape ``shape``, or that of the optional input, or is
    one number.
    """

    types = (DALIDataType.INT32, DALIDataType.UINT8, DALIDataType.BOOL)
    integer_exact = True

    def draw(self, draw: Draw) -> Array:
        result: Array = np.less(draw.uniform(), draw.column("probability"))
        return result
