"""Reductions along axes on the device: for the operators of that name, and for what needs means and deviations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from adali.data import TensorListGPU
from adali.data.device_samples import pointers
from adali.kernels.cuda import MAX_AXES, type_code
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import packed
from adali.types import storage_dtype

__all__ = ["MEAN", "REDUCE", "VARIANCE", "joined_axes", "reduce_batch"]

#: The kernels, for ``Operator.gpu_kernels``.
REDUCE = (("reduce.cu", "reduce_few"), ("reduce.cu", "reduce_many"))

#: Numbers of reductions, as in reduce.cu.
MEAN, VARIANCE = 1, 6

_ROW = struct(
    ("in", "p"),
    ("mean", "p"),
    ("out", "p"),
    ("outputs", "i8"),
    ("length", "i8"),
    *((name, "i8", MAX_AXES) for name in ("shape", "stride", "along", "along_stride")),
    ("count", "f8"),
    *((name, "i4") for name in ("axes", "reduced", "mean_step", "padding")),
)


def joined_axes(axes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Extents and strides, with axes joined that lie together."""
    joined: list[tuple[int, int]] = []
    for extent, stride in axes:
        if joined and joined[-1][1] == extent * stride:
            joined[-1] = (joined[-1][0] * extent, stride)
        else:
            joined.append((extent, stride))
    return joined


def reduce_batch(
    ctx: GpuContext,
    batch: TensorListGPU,
    number: int,
    axes_of: Callable[[int], tuple[int, ...]],
    dtype: Any,
    *,
    keep: bool = True,
    less: int = 0,
    means: TensorListGPU | None = None,
) -> TensorListGPU:
    """Reduce each sample along axes of its own, in one launch.

    Args:
        ctx: where.
        batch: the data.
        number: of the reduction, as in reduce.cu.
        axes_of: the axes to reduce of a sample, none negative; its errors name the sample.
        dtype: of the output.
        keep: whether reduced axes stay, with extent 1.
        less: a mean divides by the number of elements minus this.
        means: of variances: one value for each sample, or in the shape of the output.

    Raises:
        ValueError: the means have another shape, or the axes lie in too complicated an order.
    """
    kind, shapes, target = storage_dtype(batch._dtype), batch.shape(), np.dtype(dtype)
    rows = np.zeros(len(shapes), _ROW)
    rows["in"] = pointers(batch._samples)
    if means is not None:
        rows["mean"] = pointers(means._samples)

    def describe(i: int) -> tuple[int, ...]:
        shape, axes = shapes[i], axes_of(i)
        kept = [a for a in range(len(shape)) if a not in axes]
        strides = packed(shape)
        row = rows[i]
        for names, which in ((("shape", "stride", "axes"), kept), (("along", "along_stride", "reduced"), axes)):
            joined = joined_axes([(shape[a], strides[a]) for a in sorted(which)])
            if len(joined) > MAX_AXES:
                raise ValueError(f"reductions of {len(shape)} axes in this arrangement are not supported on the GPU")
            row[names[2]] = len(joined)
            for k, (extent, stride) in enumerate(joined):
                row[names[0]][k], row[names[1]][k] = extent, stride
        row["outputs"] = prod(shape[a] for a in kept)
        row["length"] = prod(shape[a] for a in axes)
        row["count"] = max(int(row["length"]) - less, 0)
        made = tuple(1 if a in axes else e for a, e in enumerate(shape))
        dropped = tuple(shape[a] for a in kept)
        if means is not None:
            given = means.shape()[i]
            if prod(given) != 1 and given not in (made, dropped):
                raise ValueError(
                    f"the mean has shape {given}, but a reduction of {shape} along axes {list(axes)} gives "
                    f"{made if keep else dropped}"
                )
            row["mean_step"] = 0 if prod(given) == 1 else 1
        return made if keep else dropped

    out = ctx.empty(ctx.each(describe), target)
    rows["out"] = pointers(out._samples)
    codes = [np.int32(type_code(t)) for t in (kind, target)]
    mean_code = np.int32(0 if means is None else type_code(storage_dtype(means._dtype)))
    many = int(rows["length"].max(initial=0)) > 64
    outputs = int(rows["outputs"].max(initial=0))
    ctx.launch(
        "reduce.cu",
        "reduce_many" if many else "reduce_few",
        rows,
        np.int32(number),
        *codes,
        mean_code,
        elements=outputs,
        blocks=min(outputs, 1 << 16) if many else None,
        reads=[batch] if means is None else [batch, means],
        writes=[out],
    )
    return out
