"""Arguments that may hold one value for each frame of a sequence.

An argument input holds values for frames if it has one axis more than the argument itself; what a ``per_frame`` node
gives is always taken so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Array, Operator, SampleContext

__all__ = ["PerFrameArg", "frame_count", "marked_per_frame"]


def marked_per_frame(op: Operator, name: str) -> bool:
    """Whether an argument comes from ``fn.per_frame``."""
    node = op.spec.arg_inputs.get(name)
    while node is not None and node.source.schema.name == "Copy":  # from a device, for one
        node = node.source.inputs[0]
    return node is not None and node.source.schema.name == "PerFrame"


class PerFrameArg:
    """The values of one argument for one sample: the same for all frames, or one for each.

    Attributes:
        name: the argument.
        values: shape (frames, ...) where ``per_frame``, else the value itself; None if not given.
        per_frame: whether each frame has its own.
    """

    __slots__ = ("name", "per_frame", "values")

    def __init__(self, ctx: SampleContext, name: str, ndim: int, dtype: Any = np.float32) -> None:
        self.name = name
        self.per_frame = False
        value = ctx.array(name)
        self.values: Array | None = None if value is None else np.asarray(value, dtype)
        if self.values is None or name not in ctx.batch.columns:
            return
        given = self.values.ndim
        if given == ndim + 1 and (ndim or self.values.size != 1 or marked_per_frame(ctx.batch.operator, name)):
            self.per_frame = True
        elif ndim == 0 and self.values.size == 1:
            self.values = self.values.reshape(())
        elif given != ndim:
            raise ValueError(
                f"argument '{name}' must have {ndim} axes, or {ndim + 1} with a value for each frame; "
                f"got shape {self.values.shape}"
            )

    def __len__(self) -> int:
        """Number of frames it has values for; 1 where all share one."""
        return len(self.values) if self.per_frame and self.values is not None else 1

    def frame(self, index: int) -> Any:
        """Value of a frame; None if the argument was not given."""
        if self.values is None or not self.per_frame:
            return self.values
        return self.values[0 if len(self.values) == 1 else index]

    def check(self, frames: int | None) -> None:
        """Check the number of values against the frames of the input (None: it is no sequence).

        Raises:
            ValueError: there are values for another number of frames.
        """
        if not self.per_frame:
            return
        if frames is None:
            raise ValueError(f"argument '{self.name}' has values for frames, but the input is no sequence")
        if len(self) not in (1, frames):
            raise ValueError(f"argument '{self.name}' has values for {len(self)} frames, the input has {frames}")


def frame_count(args: Sequence[PerFrameArg], frames: int | None = None) -> int | None:
    """The number of frames that arguments, and an input with ``frames`` of them, agree on; None for no sequence.

    Raises:
        ValueError: they do not agree.
    """
    counts = {len(a) for a in args if a.per_frame} | (set() if frames is None else {frames})
    if not counts:
        return None
    if len(counts - {1}) > 1:
        raise ValueError(f"values were given for different numbers of frames: {sorted(counts)}")
    return max(counts)
