"""Copies on the device that change places or types but compute nothing: windows, mirror images, transposes, padding."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from adali.data import TensorListCPU, TensorListGPU
from adali.data.buffers import element_type
from adali.data.device_samples import DeviceSamples, pointers
from adali.kernels.cuda import MAX_AXES, type_code
from adali.operators.gpu import GpuContext, slab_samples, struct
from adali.types import storage_dtype

__all__ = [
    "BORDERS",
    "GATHER",
    "Box",
    "cast",
    "copy_boxes",
    "copy_views",
    "ghosts",
    "metadata_only",
    "packed",
    "shown",
    "view_box",
]

_ROW = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("axes", "i4"),
    ("fill_axis", "i4"),
    ("fills", "i4"),
    ("first_fill", "i4"),
    ("border", "i4"),
    ("scattered", "i4"),
    ("shape", "i8", MAX_AXES),
    ("stride", "i8", MAX_AXES),
    ("start", "i8", MAX_AXES),
    ("step", "i8", MAX_AXES),
    ("extent", "i8", MAX_AXES),
    ("out_stride", "i8", MAX_AXES),
)

#: What a window shows beyond its input.
BORDERS = {"pad": 0, "edge": 1, "reflect": 2, "reflect_101": 3, "wrap": 4}

#: The kernels of :func:`copy_boxes`, for ``Operator.gpu_kernels``.
GATHER = (("gather.cu", "gather"), ("gather.cu", "gather_convert"))


@dataclass
class Box:
    """What one sample of an output is made of: position p along an axis comes from ``start + step * p`` of the input.

    Attributes:
        shape: of the output.
        pointer: address of the input's element at position 0 along all axes.
        stride: of the input along the output's axes, in elements.
        start: see above; None for 0.
        step: see above; None for 1.
        extent: positions that the input has; others are filled. None where all are inside.
        fill: values outside, one or one for each position along ``fill_axis``.
        fill_axis: see above; counted in the output's axes.
        border: of :data:`BORDERS`; "pad" fills.
        out_stride: where the box is not packed in the output: its strides there, in elements.
    """

    shape: Sequence[int]
    pointer: int
    stride: Sequence[int]
    start: Sequence[int] | None = None
    step: Sequence[int] | None = None
    extent: Sequence[int] | None = None
    fill: Sequence[float] = (0.0,)
    fill_axis: int = -1
    border: str = "pad"
    out_stride: Sequence[int] | None = None


def shown(pointer: int, shape: Sequence[int], dtype: Any) -> Any:
    """An array that knows its addresses and must not be read: for finding out what a view of it would be."""
    if not math.prod(shape):
        return np.empty(shape, dtype)
    interface = {"version": 3, "data": (pointer, True), "shape": tuple(shape), "typestr": np.dtype(dtype).str}
    return np.asarray(SimpleNamespace(__array_interface__=interface))


def view_box(view: Any) -> Box:
    """The box that copies a view of a :func:`shown` array."""
    itemsize = view.dtype.itemsize
    return Box(view.shape, view.__array_interface__["data"][0], [s // itemsize for s in view.strides])


def copy_views(
    ctx: GpuContext,
    batch: TensorListGPU,
    change: Callable[[int, Any], Any],
    dtype: Any = None,
    layout: str | None = None,
) -> TensorListGPU:
    """A batch of views of samples, copied in one launch.

    ``change(index, array)`` makes a view of an array that must not be read.
    """
    kind = storage_dtype(batch._dtype)
    shapes = batch.shape()
    boxes = [
        view_box(change(i, shown(pointer, shape, kind)))
        for i, (pointer, shape) in enumerate(zip(pointers(batch._samples), shapes, strict=True))
    ]
    return copy_boxes(ctx, [batch], boxes, kind, dtype, batch._layout if layout is None else layout)


def cast(ctx: GpuContext, batch: TensorListGPU, dtype: Any) -> TensorListGPU:
    """The batch in another element type."""
    kind = np.dtype(dtype)
    if kind == storage_dtype(batch._dtype):
        if element_type(kind) is batch._dtype:
            return batch
        same = ctx.view(batch)  # one of the enum types, which are held as int32
        same._dtype = element_type(kind)
        return same
    return copy_views(ctx, batch, lambda i, a: a, kind)


def copy_boxes(
    ctx: GpuContext,
    sources: Sequence[TensorListGPU],
    boxes: Sequence[Box],
    in_dtype: Any,
    dtype: Any = None,
    layout: str = "",
    into: TensorListGPU | None = None,
    targets: Sequence[int] | None = None,
) -> TensorListGPU:
    """Copy one box for each sample of the output, in one launch.

    Args:
        ctx: where.
        sources: what the boxes point into.
        boxes: one for each row.
        in_dtype: element type of the sources.
        dtype: of the output, None for the same.
        layout: of the output.
        into: an output that is there already; then ``targets`` has the address for each box.
        targets: see ``into``; a box is packed there.
    """
    source_type = np.dtype(in_dtype)
    kind = source_type if dtype is None else np.dtype(dtype)
    out = into if into is not None else ctx.empty([tuple(b.shape) for b in boxes], kind, layout)
    addresses = targets if targets is not None else pointers(out._samples)
    table = np.zeros(len(boxes), _ROW)
    fills: list[float] = []
    largest = 0
    for row, box, address in zip(table, boxes, addresses, strict=True):
        size = math.prod(box.shape)
        largest = max(largest, size)
        row["in"], row["out"], row["size"] = box.pointer if size else 0, address if size else 0, size
        axes, fill_axis = _merged(box)
        count = len(axes)
        if count > MAX_AXES:
            raise ValueError(f"arrays of {len(box.shape)} axes in this arrangement are not supported on the GPU")
        row["axes"], row["fill_axis"] = count, fill_axis
        row["border"], row["scattered"] = BORDERS[box.border], box.out_stride is not None
        columns = np.array(axes, np.int64).T
        for name, column in zip(("shape", "stride", "start", "step", "extent", "out_stride"), columns, strict=True):
            row[name][:count] = column
        if list(box.fill) != fills[-len(box.fill) :]:
            fills += box.fill
        row["fills"], row["first_fill"] = len(box.fill), len(fills) - len(box.fill)
    values = ctx.upload(np.asarray(fills or [0.0], np.float64))
    code = np.int32(type_code(source_type))
    if kind == source_type:
        name, last = "gather", np.int32(kind.itemsize)
    else:
        name, last = "gather_convert", np.int32(type_code(kind))
    ctx.launch("gather.cu", name, table, values, code, last, elements=largest, reads=[*sources, values], writes=[out])
    return out


def _merged(box: Box) -> tuple[list[list[int]], int]:
    """A box's axes, as few as do the same: neighbours that lie together in the input and are whole there.

    Each is (shape, stride, start, step, extent, stride of the output); also the number of the fill axis, -1 for none.
    """
    rank = len(box.shape)
    starts = box.start or (0,) * rank
    steps = box.step or (1,) * rank
    extents = box.extent or box.shape
    targets = box.out_stride or packed(box.shape)
    by_place = box.fill_axis % rank if len(box.fill) > 1 else -1
    axes: list[list[int]] = []
    fill_axis = -1
    for axis in range(rank):
        n, jump, target = box.shape[axis], box.stride[axis], targets[axis]
        whole = starts[axis] == 0 and steps[axis] == 1 and extents[axis] == n
        keep = axis == by_place
        if n == 1 and whole and not keep:
            continue
        outer = axes[-1] if axes else None
        if (
            outer is not None
            and whole
            and not keep
            and fill_axis != len(axes) - 1
            and outer[1] == jump * n
            and outer[5] == target * n
            and outer[3] == 1
            and (box.border == "pad" or (outer[2] == 0 and outer[0] == outer[4]))
        ):
            # A window of the outer axis is a window of both, as the inner one is whole.
            outer[0], outer[1], outer[2], outer[4], outer[5] = outer[0] * n, jump, outer[2] * n, outer[4] * n, target
            continue
        if keep:
            fill_axis = len(axes)
        axes.append([n, jump, starts[axis], steps[axis], extents[axis], target])
    return axes or [[1, 0, 0, 1, 1, 0]], fill_axis


def packed(shape: Sequence[int]) -> list[int]:
    """Strides of a packed array, in elements."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= n
    return strides[::-1]


def ghosts(batch: TensorListGPU) -> TensorListCPU:
    """A batch of :func:`shown` arrays: for operators that look at shapes and make views, and read nothing."""
    kind = storage_dtype(batch._dtype)
    slab = batch._slab
    if slab is not None:
        block = shown(int(slab.data.ptr), tuple(slab.shape), kind)
        samples = [block[i, ...] for i in range(len(batch))]
    else:
        block = None
        samples = [shown(p, shape, kind) for p, shape in zip(pointers(batch._samples), batch.shape(), strict=True)]
    return TensorListCPU._from_samples(
        samples, batch._layout, dtype=batch._dtype, slab=block, source_info=batch._source_info
    )


def metadata_only(operator: Any, ctx: GpuContext, *inputs: Any) -> Any:
    """``run_gpu`` of an operator that makes views: its ``run``, on addresses instead of data."""
    shown_inputs = [ghosts(b) if isinstance(b, TensorListGPU) else b for b in inputs]
    result = operator.run(ctx, *shown_inputs)
    sources = [b for b in inputs if isinstance(b, TensorListGPU)]
    if isinstance(result, tuple):
        return tuple(_embodied(ctx, r, sources) for r in result)
    return _embodied(ctx, result, sources)


def _embodied(ctx: GpuContext, batch: TensorListCPU, sources: Sequence[TensorListGPU]) -> TensorListGPU:
    """Device arrays in the places that ghosts stand for."""
    owners = []
    for source in sources:
        held = source._samples.block if isinstance(source._samples, DeviceSamples) else None
        owners += [held] if held is not None else list(source._samples)
    bounds = [(int(o.data.ptr), int(o.data.ptr) + int(o.nbytes), o) for o in owners]

    def place(array: Any) -> Any:
        if not array.size:
            return ctx.xp.empty(array.shape, array.dtype)
        address = array.__array_interface__["data"][0]
        owner = next(o for low, high, o in bounds if low <= address < high)
        return ctx.xp.ndarray(array.shape, array.dtype, owner.data + (address - int(owner.data.ptr)))

    rest: dict[str, Any] = {"dtype": batch._dtype, "source_info": batch._source_info}
    if batch._slab is not None and batch._slab.size:
        slab = place(batch._slab)
        return TensorListGPU._from_samples(slab_samples(slab), batch._layout, slab=slab, **rest)
    if len(bounds) == 1 and len(batch) and all(s.size for s in batch._samples):
        low, _, owner = bounds[0]
        offsets = [s.__array_interface__["data"][0] - low for s in batch._samples]
        kind = batch._samples[0].dtype
        samples: Any = DeviceSamples(owner, [s.shape for s in batch._samples], offsets, kind)
        return TensorListGPU._from_samples(samples, batch._layout, **rest)
    return TensorListGPU._from_samples([place(s) for s in batch._samples], batch._layout, **rest)
