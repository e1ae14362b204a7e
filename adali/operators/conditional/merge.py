"""Merge: the samples of the two branches of a condition are one batch again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
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

Kind = tuple[Any, int, str]


@operator(
    "_conditional__Merge",
    inputs=(Input("true", device="any"), Input("false", device="any")),
    args=(Arg("predicate", ArgKind.BOOL, REQUIRED, "Which of the inputs has the sample.", tensor=True),),
    devices=("cpu", "gpu"),
)
class Merge(SampleOperator):
    """Takes a sample from the first input where the predicate is true, and from the second one otherwise."""

    takes_absent = True

    def setup(self) -> None:
        self._lock = threading.Lock()
        self._seen: tuple[int, dict[bool, Kind]] = (-1, {})

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        """The layout of either branch; where both have samples it must be the same."""
        return (inputs[0] or inputs[1],)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        """The sample; ABSENT where it is in neither branch.

        Raises:
            ValueError: in this iteration the other branch gave samples of another type, number of axes or layout.
        """
        predicate = ctx.array("predicate")
        if predicate is ABSENT:
            return inputs[0]  # absent as well
        side = truth(predicate, "the condition of an `if`")
        sample = inputs[0 if side else 1]
        if sample is not ABSENT:
            kind = (sample.dtype, sample.ndim, ctx.batch.in_layouts[0 if side else 1])
            other = self._kinds(ctx.iteration, side, kind).get(not side)
            if other is not None and other != kind:
                first, second = (kind, other) if side else (other, kind)
                raise ValueError(
                    f"the branches of an `if` give different data: {_text(first)} where the condition is true, "
                    f"{_text(second)} where it is false. They become one batch, which has one type, number of axes "
                    "and layout"
                )
        return sample

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        def pick(i: int) -> Any:
            predicate = ctx.array("predicate", i)
            if predicate is ABSENT:
                return inputs[0]._samples[i]
            return inputs[0 if truth(predicate, "the condition of an `if`") else 1]._samples[i]

        samples = ctx.each(pick)
        used = [b for b in inputs if any(s is not ABSENT for s in b._samples)]
        kinds = [(b._dtype.name, next(s.ndim for s in b._samples if s is not ABSENT), b._layout) for b in used]
        if len(set(kinds)) > 1:
            first, second = kinds
            raise ValueError(
                f"the branches of an `if` give different data: {_text(first)} where the condition is true, "
                f"{_text(second)} where it is false. They become one batch, which has one type, number of axes "
                "and layout"
            )
        like = used[0] if used else inputs[0]
        return type(like)._from_samples(samples, like._layout, dtype=like._dtype)

    def _kinds(self, iteration: int, side: bool, kind: Kind) -> dict[bool, Kind]:
        """What each branch gave in this iteration, with this sample."""
        number, kinds = self._seen
        if number != iteration or side not in kinds:
            with self._lock:
                if self._seen[0] != iteration:
                    self._seen = (iteration, {})
                kinds = self._seen[1]
                kinds[side] = kind
        return kinds


def _text(kind: Kind) -> str:
    dtype, ndim, layout = kind
    return f"{ndim}-D {dtype}" + (f" ({layout!r})" if layout else "")
