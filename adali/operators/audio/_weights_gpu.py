"""Weighted sums along an axis on the device: filter banks and cosine transforms."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from adali.data import TensorListGPU
from adali.data.device_samples import pointers
from adali.kernels.audio import Weights
from adali.operators.gpu import GpuContext, struct

__all__ = ["WEIGHTS_KERNELS", "weighted"]

WEIGHTS_KERNELS = (("audio.cu", "weigh"),)

_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("weights", "p"),
    ("spans", "p"),
    ("size", "i8"),
    ("inner", "i8"),
    ("elements", "i4"),
    ("results", "i4"),
)


def weighted(
    ctx: GpuContext,
    batch: TensorListGPU,
    axis_of: Callable[[int], int],
    results_of: Callable[[int], int],
    weights_of: Callable[[int], Weights],
) -> TensorListGPU:
    """A batch of weighted sums, in one launch.

    Args:
        ctx: where.
        batch: float32 samples.
        axis_of: the axis of the sample with this number, along which sums are made.
        results_of: how many results that many elements have.
        weights_of: the weights for them; asked if there are results.
    """
    shapes = batch.shape()
    axes = ctx.each(axis_of)
    results = [results_of(shape[axis]) for shape, axis in zip(shapes, axes, strict=True)]
    made = [(*s[:a], r, *s[a + 1 :]) for s, a, r in zip(shapes, axes, results, strict=True)]
    out = ctx.empty(made, np.float32, batch._layout)
    table = np.zeros(len(shapes), _ROW)
    constants: dict[int, tuple[Any, Any]] = {}
    places = zip(pointers(batch._samples), pointers(out._samples), strict=True)
    for i, (source, target) in enumerate(places):
        size = prod(made[i])
        if not size:
            continue
        elements = shapes[i][axes[i]]
        if elements not in constants:
            constants[elements] = _constants(ctx, weights_of(elements), elements)
        matrix, spans = (int(c.data.ptr) for c in constants[elements])
        inner = prod(shapes[i][axes[i] + 1 :])
        table[i] = (source, target, matrix, spans, size, inner, elements, results[i])
    reads = [batch, *(array for pair in constants.values() for array in pair)]
    most = int(table["size"].max(initial=0))
    ctx.launch("audio.cu", "weigh", table, elements=most, reads=reads, writes=[out])
    return out


def _constants(ctx: GpuContext, weights: Weights, elements: int) -> tuple[Any, Any]:
    return (
        ctx.constant(("weights", elements), lambda: np.ascontiguousarray(weights.matrix.T)),
        ctx.constant(("spans", elements), lambda: weights.spans),
    )
