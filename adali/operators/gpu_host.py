"""Operators on the GPU whose work the host does, between two copies. Their documentation says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adali.data import TensorListCPU, TensorListGPU
from adali.operators.base import Array, SampleContext, SampleOperator
from adali.operators.gpu import GpuContext

__all__ = ["run_on_host"]


def run_on_host(operator: SampleOperator, ctx: GpuContext, *inputs: Any) -> TensorListGPU | tuple[TensorListGPU, ...]:
    """``run_gpu`` of an operator by its ``run``: copies to the host, a wait for the stream, and copies back.

    It runs on the stage's thread, so that no event loop is held up; the samples come one after another.
    """
    hosts = [ctx.to_host(b) if isinstance(b, TensorListGPU) else b for b in inputs]
    if any(isinstance(b, TensorListGPU) for b in inputs):
        ctx.bench.stream.synchronize()
    allocate: Callable[[int, int, tuple[int, ...], Any], Array] = lambda output, i, shape, dtype: np.empty(shape, dtype)  # noqa: E731
    rows = ctx.each(lambda i: _one(operator, SampleContext(ctx, i, allocate), [h._samples[i] for h in hosts]))
    layouts = operator.layouts(ctx.in_layouts)
    columns = zip(*rows, strict=True) if rows else ((),) * len(layouts)
    made = tuple(
        ctx.to_device(TensorListCPU._from_samples(list(column), layout))
        for column, layout in zip(columns, layouts, strict=True)
    )
    return made[0] if len(made) == 1 else made


def _one(operator: SampleOperator, ctx: SampleContext, inputs: list[Array]) -> tuple[Array, ...]:
    made = operator.run(ctx, *inputs)
    return made if isinstance(made, tuple) else (made,)
