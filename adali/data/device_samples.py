"""The samples of a batch in one block of device memory; views of them are made when somebody asks for one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np

__all__ = ["DeviceSamples", "offsets_of", "pointers", "spans"]


class DeviceSamples(Sequence[Any]):
    """Samples at known places of a block.

    A batch of a pipeline has many samples and passes many operators, which need nothing but addresses; making an array
    object for each sample would cost more than the launches.

    Attributes:
        block: the array that owns the memory.
        shapes: shape of each sample.
        offsets: of each sample, in bytes from the block's start.
        dtype: element type.
    """

    __slots__ = ("_made", "block", "dtype", "offsets", "shapes")

    def __init__(self, block: Any, shapes: Sequence[tuple[int, ...]], offsets: Sequence[int], dtype: Any) -> None:
        self.block = block
        self.shapes = shapes
        self.offsets = offsets
        self.dtype = np.dtype(dtype)
        self._made: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self.shapes)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        made = self._made.get(index)
        if made is None:
            shape = self.shapes[index]  # IndexError ends iteration
            block = self.block
            pointer = block.data + self.offsets[index]
            made = self._made[index] = type(block)(shape, self.dtype, pointer)
        return made

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))


def offsets_of(shapes: Sequence[tuple[int, ...]], itemsize: int) -> tuple[list[int], int]:
    """Where samples go in a block, one after another: their offsets, and its size, in bytes."""
    offsets, end = [], 0
    for shape in shapes:
        offsets.append(end)
        end += math.prod(shape) * itemsize
    return offsets, end


def pointers(samples: Sequence[Any]) -> list[int]:
    """Device address of each sample."""
    if isinstance(samples, DeviceSamples):
        start = int(samples.block.data.ptr)
        return [start + offset for offset in samples.offsets]
    return [int(sample.data.ptr) for sample in samples]


def spans(samples: Sequence[Any]) -> list[tuple[int, int]]:
    """The memory that samples lie in, as (address, bytes)."""
    if isinstance(samples, DeviceSamples):
        return [(int(samples.block.data.ptr), int(samples.block.nbytes))]
    return [(int(sample.data.ptr), int(sample.nbytes)) for sample in samples]
