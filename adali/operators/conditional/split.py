"""Split: each sample goes into one of the two branches of a condition."""

from __future__ import annotations

from typing import Any

from adali.operators.base import (
    ABSENT,
    REQUIRED,
    Arg,
    ArgKind,
    Array,
    Input,
    SampleContext,
    SampleOperator,
    operator,
)
from adali.operators.conditional._scalar import truth
from adali.operators.gpu import GpuContext


@operator(
    "_conditional__Split",
    inputs=(Input("data", device="any"),),
    args=(
        Arg("predicate", ArgKind.BOOL, REQUIRED, "Whether the sample goes into the first output.", tensor=True),
        Arg("_if_stmt", ArgKind.BOOL, False, "Whether an `if` statement made it."),
    ),
    num_outputs=2,
    devices=("cpu", "gpu"),
)
class Split(SampleOperator):
    """Passes a sample to the first output where the predicate is true, and to the second one otherwise.

    In the other output the sample is absent.
    """

    makes_absent = True

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, ...]:
        """The sample and ABSENT.

        Raises:
            ValueError: the predicate has axes.
        """
        if truth(ctx.array("predicate"), "the condition of an `if`"):
            return inputs[0], ABSENT
        return ABSENT, inputs[0]

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        sides = ctx.each(lambda i: truth(ctx.array("predicate", i), "the condition of an `if`"))
        return tuple(
            type(batch)._from_samples(
                [batch._samples[i] if side is wanted else ABSENT for i, side in enumerate(sides)],
                batch._layout,
                dtype=batch._dtype,
            )
            for wanted in (True, False)
        )
