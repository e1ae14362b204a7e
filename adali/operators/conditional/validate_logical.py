"""ValidateLogical: refuses operands of ``and`` and ``or`` that are no bool scalars."""

from __future__ import annotations

from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.conditional._scalar import HINT, truth


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
        what = f"the {ctx.arg('expression_side')} operand of `{ctx.arg('expression_name')}`"
        value = inputs[0]
        truth(value, what)
        if value.dtype != bool:
            raise TypeError(f"{what} must be a bool, got {value.dtype}. {HINT}")
        return value
