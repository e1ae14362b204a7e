"""Which axes of data are filtered: all but frames and channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from adali.operators.base import Array, SampleContext
from adali.operators.geometry._frames import marked_per_frame
from adali.types import DALIDataType, to_numpy_type

__all__ = ["DataAxes", "data_axes", "filter_dtype", "per_frame", "vector"]


@dataclass(frozen=True)
class DataAxes:
    """How a layout divides the axes.

    Attributes:
        start: the first data axis; frames and leading channels stand before it.
        end: one behind the last data axis.
        channels: whether one more axis, of channels, follows.
        frames: index of the axis of frames, or None.
    """

    start: int
    end: int
    channels: bool
    frames: int | None

    @property
    def count(self) -> int:
        """Number of data axes."""
        return self.end - self.start

    def pieces(self, data: Array, out: Array) -> Iterator[tuple[int, Array, Array]]:
        """For each image in the data: the number of its frame, and input and output as (*spatial, channels)."""
        outer, inner = data.shape[: self.start], data.shape[self.start : self.end]
        shape = (-1, *inner, data.shape[-1] if self.channels else 1)
        if not data.size:
            return
        sources, targets = data.reshape(shape), out.reshape((-1, *out.shape[self.start : self.end], shape[-1]))
        for k, place in enumerate(np.ndindex(*outer)):
            yield (0 if self.frames is None else place[self.frames]), sources[k], targets[k]


@lru_cache(maxsize=64)
def data_axes(layout: str, ndim: int) -> DataAxes:
    """The data axes of a layout; without one, all axes are.

    Raises:
        ValueError: channels neither first nor last, frames not first, no data axis or more than three of them.
    """
    if not layout:
        if not 0 < ndim <= 3:
            raise ValueError(f"data without a layout must have 1 to 3 axes, got {ndim}")
        return DataAxes(0, ndim, False, None)
    start = 0
    while start < len(layout) and layout[start] in "FC" and layout[start] not in layout[:start]:
        start += 1
    channels = start < len(layout) and layout[-1] == "C"
    end = len(layout) - channels
    inner = layout[start:end]
    if "C" in inner:
        raise ValueError(f"channels must come first or last, got layout '{layout}'")
    if "F" in inner:
        raise ValueError(f"frames must come first, got layout '{layout}'")
    if not 0 < len(inner) <= 3:
        raise ValueError(f"layout '{layout}' has {len(inner)} data axes; 1 to 3 can be filtered")
    found = layout.find("F")
    return DataAxes(start, end, channels, None if found < 0 else found)


def filter_dtype(dtype: DALIDataType | None, data: Array) -> Any:
    """Element type of the output: that of the input, or FLOAT.

    Raises:
        ValueError: another type was asked for, or the input is no numbers.
    """
    if data.dtype.kind not in "iuf":
        raise ValueError(f"input type {data.dtype} is not supported")
    target = data.dtype if dtype is None else np.dtype(to_numpy_type(dtype))
    if target not in (data.dtype, np.float32):
        raise ValueError(f"dtype must be FLOAT or that of the input ({data.dtype}), got {target}")
    return target


def per_frame(ctx: SampleContext, name: str) -> bool:
    """Whether an argument was marked by ``fn.per_frame``, so that its first axis counts frames."""
    return marked_per_frame(ctx.batch.operator, name)


def vector(ctx: SampleContext, name: str, frame: int, count: int) -> tuple[Any, ...] | None:
    """An argument with one value, or one for each of ``count`` axes, for a frame; None if not given.

    Raises:
        ValueError: another number of values, or not enough frames.
    """
    array = ctx.array(name)
    if array is None:
        return None
    if per_frame(ctx, name):
        if len(array) not in (1,) and frame >= len(array):
            raise ValueError(f"argument '{name}' has values for {len(array)} frames only")
        array = array[0 if len(array) == 1 else frame]
    if array.ndim > 1:
        raise ValueError(f"argument '{name}' must be one value or a list, got shape {array.shape}")
    if array.size not in (1, count):
        raise ValueError(f"argument '{name}' must have 1 or {count} values, got {array.size}")
    values = tuple(array.reshape(-1).tolist())
    return values * count if len(values) == 1 else values
