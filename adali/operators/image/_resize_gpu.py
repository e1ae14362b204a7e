"""Resizing on the device: one pass along each axis, with the weights that the CPU kernels use."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adali.data import TensorListGPU
from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.kernels.resample import Filter, spans_of, stepped
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import Box, copy_boxes
from adali.types import storage_dtype

__all__ = ["RESIZE_KERNELS", "Job", "passes", "resize_batch"]

RESIZE_KERNELS = tuple(
    ("resize.cu", name) for name in ("resize_u8_f32", "resize_f32_u8", "resize_f32_f32", "resize_any")
)

_PASS = struct(
    ("in", "p"),
    ("out", "p"),
    *((name, "i8") for name in ("size", "in_length", "length", "inner", "starts", "weights")),
    ("taps", "i4"),
    ("padding", "i4"),
)
_NEAREST = struct(
    ("in", "p"),
    ("out", "p"),
    *((name, "i8") for name in ("size", "inner", "outer_stride")),
    ("shape", "i8", 3),
    ("stride", "i8", 3),
    ("index", "i8", 3),
)
_FAST = {
    ("uint8", "float32"): "resize_u8_f32",
    ("float32", "uint8"): "resize_f32_u8",
    ("float32", "float32"): "resize_f32_f32",
}


@dataclass
class Job:
    """How one sample is resized.

    Attributes:
        frames: images in front of the resized axes.
        extents: of the resized axes.
        channels: elements behind them.
        size: of the resized axes in the output.
        roi: the region, or None for all.
        filters: for axes that shrink, for others, and whether the first is stretched.
    """

    frames: int
    extents: tuple[int, ...]
    channels: int
    size: tuple[int, ...]
    roi: Any
    filters: tuple[int, int, bool]

    def kinds(self) -> list[int]:
        """The filter of each axis."""
        low, high, _ = self.filters
        return [int(low) if abs(b - a) > n else int(high) for (a, b), n in zip(self.spans(), self.size, strict=True)]

    def spans(self) -> list[tuple[float, float]]:
        """The region along each axis."""
        return spans_of(self.extents, self.roi, len(self.extents))


class _Tables:
    """Numbers of all samples one after another; equal pieces are stored once."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        self.parts: list[Any] = []
        self.size = 0
        self._known: dict[int, int] = {}

    def add(self, array: Any) -> int:
        # The arrays are cached and shared by whoever asks for the same axis, so an identity says that they are equal.
        known = self._known.get(id(array))
        if known is None:
            known = self._known[id(array)] = self.size
            self.parts.append(array)
            self.size += array.size
        return known

    def upload(self, ctx: GpuContext) -> Any:
        flat = np.concatenate([p.reshape(-1) for p in self.parts]) if self.parts else np.zeros(1)
        return ctx.upload(flat.astype(self.dtype, copy=False))


def resize_batch(
    ctx: GpuContext,
    batch: TensorListGPU,
    jobs: Sequence[Job],
    shapes: Sequence[tuple[int, ...]],
    dtype: Any,
    layout: str,
) -> TensorListGPU:
    """The resized batch; ``shapes`` are those of the output."""
    source, target = storage_dtype(batch._dtype), np.dtype(dtype)
    out = ctx.empty(shapes, target, layout)
    for i, job in enumerate(jobs):
        if min(job.size, default=1) <= 0 or 0 in job.extents:
            error = ValueError(f"cannot resize {job.extents} to {job.size}")
            error.sample = i  # type: ignore[attr-defined]
            raise error
    starts, ends = pointers(batch._samples), pointers(out._samples)
    kinds = [job.kinds() for job in jobs]
    nearest = [all(kind == Filter.NN for kind in k) for k in kinds]
    near = [i for i, is_near in enumerate(nearest) if is_near]
    if near:
        picked, places = [jobs[i] for i in near], [ends[i] for i in near]
        same = out
        if source != target:
            same = ctx.empty([(job.frames * math.prod(job.size) * job.channels,) for job in picked], source)
            places = pointers(same._samples)
        _nearest(ctx, picked, [starts[i] for i in near], places, batch, same, source)
        if same is not out:
            boxes = [Box(shape, place, [1]) for shape, place in zip(same.shape(), places, strict=True)]
            copy_boxes(ctx, [same], boxes, source, into=out, targets=[ends[i] for i in near], dtype=target)
    rest = [i for i, is_near in enumerate(nearest) if not is_near]
    if rest:
        picked = [jobs[i] for i in rest]
        filters = [stepped(kinds[i]) for i in rest]

        def table(j: int, k: int) -> tuple[Any, Any]:
            from adali.kernels import _weights

            job = picked[j]
            return _weights.axis(job.extents[k], job.size[k], *job.spans()[k], filters[j][k], job.filters[2])

        passes(ctx, picked, table, [starts[i] for i in rest], [ends[i] for i in rest], batch, out, source, target)
    return out


def _nearest(
    ctx: GpuContext, jobs: Sequence[Job], starts: list[int], ends: list[int], batch: Any, out: Any, dtype: Any
) -> None:
    from adali.kernels import _weights

    rows = np.zeros(len(jobs), _NEAREST)
    tables = _Tables(np.int32)
    still = np.zeros(1, np.int32)
    for row, job, start, end in zip(rows, jobs, starts, ends, strict=True):
        n = len(job.size)
        spans = job.spans()
        row["in"], row["out"], row["inner"] = start, end, job.channels
        row["outer_stride"] = math.prod(job.extents) * job.channels
        row["size"] = job.frames * math.prod(job.size) * job.channels
        stride = job.channels
        for a in range(2, -1, -1):
            k = a - (3 - n)
            if k < 0:
                row["shape"][a], row["index"][a] = 1, tables.add(still)
                continue
            index = _weights.nearest(job.extents[k], job.size[k], *spans[k], accumulate=k < n - 1)
            row["shape"][a], row["stride"][a], row["index"][a] = job.size[k], stride, tables.add(index)
            stride *= job.extents[k]
    ctx.launch(
        "resize.cu",
        "resize_nearest",
        rows,
        tables.upload(ctx),
        np.int32(dtype.itemsize),
        elements=int(rows["size"].max()),
        reads=[batch],
        writes=[out],
    )


def passes(
    ctx: GpuContext,
    jobs: Sequence[Job],
    table_of: Callable[[int, int], tuple[Any, Any]],
    starts: list[int],
    ends: list[int],
    batch: Any,
    out: Any,
    source: Any,
    target: Any,
) -> None:
    """Filter along each axis with weights; ``table_of(job, axis)`` gives (first inputs, weights) of its outputs."""
    count = len(jobs[0].size)
    # The axis that shrinks most goes first: the others then have less to do.
    orders = [sorted(range(count), key=lambda k: j.size[k] / j.extents[k]) for j in jobs]
    extents = [[j.frames, *j.extents, j.channels] for j in jobs]
    first, weights = _Tables(np.int32), _Tables(np.float32)
    steps = []
    for step in range(count):
        rows = np.zeros(len(jobs), _PASS)
        for number, (row, job, order, current) in enumerate(zip(rows, jobs, orders, extents, strict=True)):
            k = order[step]
            begin, table = table_of(number, k)
            row["in_length"], row["length"] = job.extents[k], job.size[k]
            row["inner"] = math.prod(current[k + 2 :])
            current[k + 1] = job.size[k]
            row["size"] = math.prod(current)
            row["starts"], row["weights"], row["taps"] = first.add(begin), weights.add(table), table.shape[1]
        steps.append(rows)
    places, values = first.upload(ctx), weights.upload(ctx)
    kind, reads = source, batch
    for step, rows in enumerate(steps):
        last = step == count - 1
        made = target if last else np.dtype(np.float32)
        writes = out if last else ctx.empty([(int(n),) for n in rows["size"]], np.float32)
        rows["in"] = starts
        rows["out"] = starts = ends if last else pointers(writes._samples)
        ctx.launch(
            "resize.cu",
            _FAST.get((kind.name, made.name), "resize_any"),
            rows,
            places,
            values,
            np.int32(type_code(kind)),
            np.int32(type_code(made)),
            elements=int(rows["size"].max(initial=0)),
            reads=[reads],
            writes=[writes],
        )
        kind, reads = made, writes
