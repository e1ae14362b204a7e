"""random.beta: numbers of a beta distribution."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, operator
from adali.operators.random._distribution import DTYPE, SHAPE, SHAPE_LIKE, Distribution, Draw, per_sample
from adali.types import DALIDataType


@operator(
    "random__Beta",
    inputs=(SHAPE_LIKE,),
    min_inputs=0,
    args=(
        Arg("alpha", ArgKind.FLOAT, 1.0, "First shape parameter, positive.", tensor=True),
        Arg("beta", ArgKind.FLOAT, 1.0, "Second shape parameter, positive.", tensor=True),
        DTYPE,
        SHAPE,
    ),
    random=True,
)
class Beta(Distribution):
    """Generates numbers in [0, 1] with the density ``x**(alpha - 1) * (1 - x)**(beta - 1)``, normalized.

    The output is FLOAT by default, or FLOAT64; it has the shape ``shape``, or that of the optional input, or is one
    number. Mixup draws its weights from this distribution with ``alpha == beta``.
    """

    types = (DALIDataType.FLOAT, DALIDataType.FLOAT64)

    def draw(self, draw: Draw) -> Array:
        parameters = [per_sample(draw.ctx, name) for name in ("alpha", "beta")]
        for name, value in zip(("alpha", "beta"), parameters, strict=True):
            good = np.isfinite(value) & np.greater(value, 0)
            if not np.all(good):
                bad = float(np.atleast_1d(value)[~np.atleast_1d(good)][0])
                raise ValueError(f"argument '{name}' must be positive and finite, got {bad}")
        a, b = parameters
        if isinstance(a, float) and isinstance(b, float):
            return np.asarray(draw.generator().beta(a, b, (draw.rows, draw.size)))
        # The generator takes a varying number of words for a number, so each sample needs a stream of its own.
        rows = range(draw.first, draw.first + draw.rows)
        alpha, beta = (np.broadcast_to(p, (draw.ctx.batch_size,)) for p in parameters)
        return np.stack([draw.ctx.generator(i).beta(alpha[i], beta[i], draw.size) for i in rows])
