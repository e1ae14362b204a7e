"""ValidateLogical: refuses operands of ``and`` and ``or`` that are no bool scalars."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.conditional._scalar import HINT, check_scalar
from adali.operators.gpu import GpuContext
from adali.types import storage_dtype


@operator(
    "_conditional__ValidateLogical",
    inputs=(Input("value"),),
    args=(
        Arg("expression_name", ArgKind.STR, REQUIRED, "The expression: 'and' or 'or'."),
        Arg("expression_side", ArgKind.STR, REQUIRED, "Which operand of it: 'left' or 'right'."),
    ),
    devices=("cpu", "gpu"),
)
class ValidateLogical(SampleOperator):
    """Passes an operand of ``and`` or ``or`` on if it is a bool scalar."""

    out_layout = ""

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        """The operand.

        Raises:
            ValueError: it has axes.
            TypeError: it is no bool.
        """
        self._check(inputs[0].shape, inputs[0].dtype)
        return inputs[0]

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """Nothing is read: shapes and types are known on the host."""
        batch = inputs[0]
        shapes, kind = batch.shape(), storage_dtype(batch._dtype)
        ctx.each(lambda i: self._check(shapes[i], kind))
        return batch

    def _check(self, shape: tuple[int, ...], dtype: Any) -> None:
        what = f"the {self.args['expression_side']} operand of `{self.args['expression_name']}`"
        check_scalar(shape, what)
        if dtype != np.bool_:
            raise TypeError(f"{what} must be a bool, got {dtype}. {HINT}")
