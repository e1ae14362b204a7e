"""Normalize on the device: means and variances by the kernels of reductions, then factors, then the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from adali.data import TensorListGPU
from adali.data.device_samples import pointers
from adali.kernels.cuda import MAX_AXES, type_code
from adali.operators.base import Array
from adali.operators.gpu import GpuContext, addresses, struct
from adali.operators.gpu_copy import packed
from adali.operators.gpu_reduce import MEAN, REDUCE, VARIANCE, joined_axes, reduce_batch
from adali.types import storage_dtype

if TYPE_CHECKING:
    from adali.operators.filter.normalize import Settings

__all__ = ["NORMALIZE", "normalize_batch"]

NORMALIZE = (*REDUCE, ("normalize.cu", "moments_to_factors"), ("normalize.cu", "normalize_values"))

_MOMENTS = struct(
    *((name, "p") for name in ("average", "variance", "given_mean", "given_factor", "mean", "factor")),
    ("size", "i8"),
    ("samples", "i4"),
    ("first", "i4"),
)
_ROW = struct(
    *((name, "p") for name in ("in", "out", "mean", "factor")),
    ("size", "i8"),
    ("shape", "i8", MAX_AXES),
    ("stride", "i8", MAX_AXES),
    ("axes", "i4"),
    ("padding", "i4"),
)


def normalize_batch(
    ctx: GpuContext,
    batch: TensorListGPU,
    settings: Settings,
    axes: list[tuple[int, ...]],
    kept: list[tuple[int, ...]],
    mean: list[Array] | None,
    factor: list[Array] | None,
    counts: list[list[int]],
) -> TensorListGPU:
    """Subtract means and multiply with factors.

    Args:
        ctx: where.
        batch: the data.
        settings: of the operator.
        axes: the reduced axes of each sample.
        kept: for each group of samples that share them, the shape of means and factors: reduced axes have extent 1.
            A group is a sample, or there is one group, of all.
        mean: the given ones, one array a group; None where they are calculated.
        factor: the same.
        counts: for each group the numbers of elements that are averaged in its samples.
    """
    kind, shapes = storage_dtype(batch._dtype), batch.shape()
    out = ctx.empty(shapes, settings.dtype, batch._layout)
    if not shapes:
        return out
    groups = np.zeros(len(kept), _MOMENTS)
    groups["size"] = [math.prod(shape) for shape in kept]
    groups["samples"] = [len(group) for group in counts]
    groups["first"] = np.cumsum([0, *groups["samples"][:-1]])
    reads: list[Any] = []
    if mean is None or factor is None:
        averages = reduce_batch(ctx, batch, MEAN, lambda i: axes[i], np.float64)
        groups["average"] = np.array(pointers(averages._samples), np.uintp)[groups["first"]]
        reads.append(averages)
        if factor is None:
            variances = reduce_batch(ctx, batch, VARIANCE, lambda i: axes[i], np.float64, means=averages)
            groups["variance"] = np.array(pointers(variances._samples), np.uintp)[groups["first"]]
            reads.append(variances)
    starts = np.cumsum([0, *groups["size"][:-1]])
    for name, given in (("given_mean", mean), ("given_factor", factor)):
        if given is not None:
            uploaded = ctx.upload(np.concatenate([np.asarray(g, np.float64).reshape(-1) for g in given]))
            groups[name] = int(uploaded.data.ptr) + 8 * starts
            reads.append(uploaded)
    total = int(groups["size"].sum())
    made = ctx.empty([(total,), (total,)], np.float32)
    for name, address in zip(("mean", "factor"), pointers(made._samples), strict=True):
        groups[name] = address + 4 * starts
    elements = ctx.upload(np.concatenate([np.asarray(group, np.float64) for group in counts]))
    ctx.launch(
        "normalize.cu",
        "moments_to_factors",
        groups,
        elements,
        *(np.float64(v) for v in (settings.ddof, settings.epsilon, settings.scale)),
        elements=int(groups["size"].max()),
        reads=reads,
        writes=[made],
    )
    table = np.zeros(len(shapes), _ROW)
    table["in"], table["out"] = addresses(batch), addresses(out)
    table["size"] = [math.prod(shape) for shape in shapes]
    for name in ("mean", "factor"):
        table[name] = groups[name]  # of one group, or of as many as there are samples
    for row, shape, reduced in zip(table, shapes, axes, strict=True):
        left = tuple(1 if i in reduced else n for i, n in enumerate(shape))
        strides = [0 if i in reduced else step for i, step in enumerate(packed(left))]
        joined = joined_axes([(n, step) for n, step in zip(shape, strides, strict=True) if n != 1])
        if len(joined) > MAX_AXES:
            raise ValueError(f"data of {len(shape)} axes in this arrangement cannot be normalized on the GPU")
        row["axes"] = len(joined)
        for k, (extent, step) in enumerate(joined):
            row["shape"][k], row["stride"][k] = extent, step
    ctx.launch(
        "normalize.cu",
        "normalize_values",
        table,
        *(np.int32(type_code(t)) for t in (kind, settings.dtype)),
        np.float32(settings.shift),
        elements=int(table["size"].max()),
        reads=[batch, made],
        writes=[out],
    )
    return out
