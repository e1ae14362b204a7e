"""Not_: ``not`` of a scalar."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Array, Input, SampleContext, SampleOperator, operator
from adali.operators.conditional._scalar import truth


@operator("_conditional__Not_", inputs=(Input("value"),), devices=("cpu", "gpu"))
class Not(SampleOperator):
    """Tells for each sample, a scalar of any type, whether it is zero."""

    out_layout = ""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        """A bool scalar.

        Raises:
            ValueError: the sample has axes.
        """
        out = ctx.empty((), np.bool_)
        out[()] = not truth(inputs[0], "the operand of `not`")
        return out
