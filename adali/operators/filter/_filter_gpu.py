"""Windows over data on the device: what filter.cu and rank.cu take."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adali.data import TensorListGPU
from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.operators.base import Array
from adali.operators.filter._axes import DataAxes
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.types import storage_dtype

__all__ = ["BORDERS", "CORRELATE", "Pieces", "address", "correlate_row", "filter_windows", "launch_correlate"]

CORRELATE = (("filter.cu", "correlate"),)
#: The borders of kernels/filter.py, by their numbers in borders.cuh.
BORDERS = {"constant": 0, "clamp": 1, "reflect_1001": 2, "reflect_101": 3, "wrap": 4}

_CORRELATE = struct(
    *((name, "p") for name in ("in", "out", "window", "fill")),
    ("size", "i8"),
    *((name, "i4", 3) for name in ("shape", "in_shape", "window_shape", "before")),
    ("channels", "i4"),
    ("padding", "i4"),
)
_WINDOW = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    *((name, "i4") for name in ("rows", "columns", "channels", "height", "width", "top", "left", "padding")),
)


def address(array: Array) -> int:
    """Where the data of a :func:`shown` array lies."""
    return int(array.__array_interface__["data"][0])


class Pieces:
    """The samples of a batch and of an output, image by image, as arrays that must not be read."""

    def __init__(self, batch: TensorListGPU, out: TensorListGPU) -> None:
        self.kinds = storage_dtype(batch._dtype), storage_dtype(out._dtype)
        self.shapes = batch.shape(), out.shape()
        self.starts = pointers(batch._samples), pointers(out._samples)

    def of(self, index: int, axes: DataAxes) -> Iterator[tuple[int, Array, Array]]:
        """See :meth:`DataAxes.pieces`."""
        source, target = (
            shown(p[index], s[index], k) for p, s, k in zip(self.starts, self.shapes, self.kinds, strict=True)
        )
        return axes.pieces(source, target)


def _three(values: Sequence[int], first: int) -> tuple[int, ...]:
    return (first,) * (3 - len(values)) + tuple(values)


def correlate_row(
    source: Array, target: Array, window: int, extents: Sequence[int], before: Sequence[int], fill: int = 0
) -> tuple[Any, ...]:
    """A row of the kernel's table.

    Args:
        source: an image as (*spatial, channels).
        target: of the output.
        window: address of the window, float32.
        extents: of the window.
        before: how many of its elements stand in front of the output's position, along each axis.
        fill: address of the value outside, float32; 0 for the value 0.
    """
    shapes = (_three(a, 1) for a in (target.shape[:-1], source.shape[:-1], extents))
    return (
        *(address(source), address(target), window, fill),
        math.prod(target.shape),
        *shapes,
        _three(before, 0),
        source.shape[-1],
        0,
    )


def launch_correlate(
    ctx: GpuContext, rows: list[Any], border: str, batch: TensorListGPU, out: TensorListGPU, *more: Any
) -> None:
    """Correlate; ``more`` are the batches and arrays where windows and fill values lie."""
    table = np.array(rows, _CORRELATE) if rows else np.zeros(0, _CORRELATE)
    codes = (np.int32(type_code(storage_dtype(b._dtype))) for b in (batch, out))
    elements = int(table["size"].max(initial=0))
    number = np.int32(BORDERS[border])
    ctx.launch("filter.cu", "correlate", table, number, *codes, elements=elements, reads=[batch, *more], writes=[out])


def filter_windows(
    ctx: GpuContext,
    name: str,
    batch: TensorListGPU,
    axes_of: Callable[[int], DataAxes],
    window_of: Callable[[int, int], tuple[int, int, int, int]],
    *scalars: Any,
    most: int | None = None,
) -> TensorListGPU:
    """Run ``extreme`` or ``median`` of rank.cu.

    Args:
        ctx: where.
        name: the kernel.
        batch: images.
        axes_of: the axes of a sample.
        window_of: height, width, top and left of the window of a sample and a frame; its errors name the sample.
        scalars: parameters behind the type.
        most: where a window can be done one axis after the other, the number of its elements above which it is.
    """
    kind, shapes = storage_dtype(batch._dtype), batch.shape()
    out = ctx.empty(shapes, kind, batch._layout)
    pieces = Pieces(batch, out)
    rows: list[Any] = []
    owners: list[int] = []

    def add(i: int) -> None:
        for frame, source, target in pieces.of(i, axes_of(i)):
            window = window_of(i, frame)
            owners.append(i)
            rows.append((address(source), address(target), math.prod(target.shape), *source.shape, *window, 0))

    ctx.each(add)
    table = np.array(rows, _WINDOW) if rows else np.zeros(0, _WINDOW)
    elements = int(table["size"].max(initial=0))
    steps = [(table, batch, out)]
    if most is not None and int((table["height"] * table["width"]).max(initial=0)) > most:
        between = ctx.empty(shapes, kind)
        ends, places = (np.array(pointers(b._samples), np.uintp)[owners] for b in (out, between))
        first, second = table.copy(), table.copy()
        first["out"] = second["in"] = table["out"] - ends + places
        first["height"], first["top"], second["width"], second["left"] = 1, 0, 1, 0
        steps = [(first, batch, between), (second, between, out)]
    for rows_now, source_batch, target_batch in steps:
        ctx.launch(
            "rank.cu",
            name,
            rows_now,
            np.int32(type_code(kind)),
            *scalars,
            elements=elements,
            reads=[source_batch],
            writes=[target_batch],
        )
    return out
