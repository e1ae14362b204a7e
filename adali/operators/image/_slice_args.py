"""The window arguments of slice and decoders.image_slice: named or positional, absolute or relative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, Operator, SampleContext

__all__ = ["SLICE_ARGS", "SLICE_INPUTS", "SliceWindow"]

SLICE_INPUTS = (
    Input("anchor", device="cpu", doc="Optional: start of the window, one value for each sliced axis."),
    Input("shape", device="cpu", doc="Optional, together with anchor: size of the window, of the same type."),
)

_EACH = "one value for each sliced axis (one value stands for all)"

SLICE_ARGS = (
    Arg("start", ArgKind.INTS, None, f"Start of the window in samples, {_EACH}.", tensor=True),
    Arg("rel_start", ArgKind.FLOATS, None, f"Start as a fraction of the axis, {_EACH}.", tensor=True),
    Arg("end", ArgKind.INTS, None, f"End of the window in samples, {_EACH}.", tensor=True),
    Arg("rel_end", ArgKind.FLOATS, None, f"End as a fraction of the axis, {_EACH}.", tensor=True),
    Arg("shape", ArgKind.INTS, None, f"Size of the window in samples, {_EACH}.", tensor=True),
    Arg("rel_shape", ArgKind.FLOATS, None, f"Size as a fraction of the axis, {_EACH}.", tensor=True),
    Arg(
        "axes",
        ArgKind.INTS,
        (1, 0),
        "The sliced axes by number; negative numbers count from the end. Excludes axis_names.",
        tensor=True,
    ),
    Arg("axis_names", ArgKind.LAYOUT, "WH", "The sliced axes by their letters in the layout. Excludes axes."),
    Arg(
        "normalized_anchor",
        ArgKind.BOOL,
        True,
        "Whether a positional anchor of a float type is a fraction of the axis; integers never are.",
    ),
    Arg(
        "normalized_shape",
        ArgKind.BOOL,
        True,
        "Whether a positional shape of a float type is a fraction of the axis; integers never are.",
    ),
)

_STARTS = ("start", "rel_start")
_ENDS = ("end", "rel_end", "shape", "rel_shape")
_TYPES = (np.float32, np.int32, np.int64)

#: Layouts of arrays that have none.
_DEFAULT_LAYOUTS = {2: "HW", 3: "HWC", 4: "DHWC"}


class SliceWindow:
    """Reads the arguments of one operator and turns them into windows.

    Raises:
        ArgumentError: they contradict each other.
    """

    def __init__(self, op: Operator) -> None:
        starts = [name for name in _STARTS if op.given(name)]
        ends = [name for name in _ENDS if op.given(name)]
        for names in (starts, ends):
            if len(names) > 1:
                raise op.error(f"{names[0]} and {names[1]} exclude each other")
        count = len(op.spec.inputs)
        if count == 2:
            raise op.error("the inputs anchor and shape must be given together")
        self.positional = count == 3
        if self.positional and (starts or ends):
            raise op.error(f"give the window as inputs or as {(starts + ends)[0]}, not both")
        if not self.positional and not (starts or ends):
            raise op.error("give the window: start, end, shape, their relative forms, or the inputs anchor and shape")
        if op.given("axes") and op.given("axis_names"):
            raise op.error("axes and axis_names exclude each other")
        self._start = starts[0] if starts else None
        self._end = ends[0] if ends else None
        self._by_number = op.given("axes")
        self._names = op.args["axis_names"]
        self._normalized = (bool(op.args["normalized_anchor"]), bool(op.args["normalized_shape"]))
        self._axes_of: dict[tuple[str, int], list[int]] = {}

    def axes(self, ctx: SampleContext, layout: str, ndim: int) -> list[int]:
        """The sliced axes of an array.

        Raises:
            ValueError: the array has no such axis, or one is named twice.
        """
        if "axes" in ctx.batch.columns:
            return self._numbered(ctx.arg("axes"), ndim)
        known = self._axes_of.get((layout, ndim))
        if known is None:
            if self._by_number:
                known = self._numbered(ctx.arg("axes"), ndim)
            else:
                known = self._named(layout or _DEFAULT_LAYOUTS.get(ndim, ""))
            self._axes_of[layout, ndim] = known
        return known

    @staticmethod
    def _numbered(axes: Sequence[int], ndim: int) -> list[int]:
        result = []
        for axis in axes:
            if not -ndim <= axis < ndim:
                raise ValueError(f"axis {axis} is out of range for an array of {ndim} dimensions")
            result.append(axis % ndim)
        if len(set(result)) < len(result):
            raise ValueError(f"axes must differ, got {list(axes)}")
        return result

    def _named(self, layout: str) -> list[int]:
        for name in self._names:
            if name not in layout:
                raise ValueError(f"axis {name!r} is not in the layout {layout!r} of the input")
        if len(set(self._names)) < len(self._names):
            raise ValueError(f"axis_names must differ, got {self._names!r}")
        return [layout.index(name) for name in self._names]

    def box(
        self, ctx: SampleContext, axes: Sequence[int], extents: Sequence[int], inputs: Sequence[Array]
    ) -> tuple[list[int], list[int]]:
        """Start and size of the window along all axes of an array with these extents.

        Args:
            ctx: the sample.
            axes: the sliced axes; the others are kept whole.
            extents: shape of the array.
            inputs: positional anchor and shape, if the operator has them.

        Raises:
            ValueError: wrong number of values, or the window ends before it starts.
        """
        first = [0] * len(extents)
        size = list(extents)
        if self.positional:
            starts: Sequence[float] | None
            ends: Sequence[float] | None
            starts, ends = self._positional(inputs, len(axes))
            relative = (
                self._normalized[0] and inputs[0].dtype.kind == "f",
                self._normalized[1] and inputs[1].dtype.kind == "f",
            )
            is_shape = True
        else:
            starts, ends = self._values(ctx, self._start, len(axes)), self._values(ctx, self._end, len(axes))
            relative = (self._start == "rel_start", self._end in ("rel_end", "rel_shape"))
            is_shape = self._end in ("shape", "rel_shape")
        for k, axis in enumerate(axes):
            extent = extents[axis]
            low: Any = 0 if starts is None else starts[k] * extent if relative[0] else starts[k]
            high: Any = extent
            if ends is not None:
                high = ends[k] * extent if relative[1] else ends[k]
                if is_shape:
                    high += low
            if high < low:
                raise ValueError(f"the window ends before it starts along axis {axis}: from {low:g} to {high:g}")
            begin = _round(low)
            first[axis], size[axis] = begin, _round(high) - begin
        return first, size

    @staticmethod
    def _values(ctx: SampleContext, name: str | None, count: int) -> Sequence[float] | None:
        if name is None:
            return None
        values: Sequence[float] = ctx.arg(name)
        if len(values) == 1 and count != 1:
            return list(values) * count
        if len(values) != count:
            raise ValueError(f"{name} has {len(values)} values for {count} sliced axes")
        return values

    @staticmethod
    def _positional(inputs: Sequence[Array], count: int) -> tuple[Sequence[float], Sequence[float]]:
        anchor, shape = inputs
        if anchor.dtype != shape.dtype or anchor.dtype not in _TYPES:
            raise TypeError(
                f"anchor and shape must both be float32, int32 or int64, got {anchor.dtype} and {shape.dtype}"
            )
        if anchor.size != count or shape.size != count:
            raise ValueError(f"anchor and shape have {anchor.size} and {shape.size} values for {count} sliced axes")
        return anchor.reshape(-1).tolist(), shape.reshape(-1).tolist()


def _round(value: float) -> int:
    """To the next whole number, halves away from zero."""
    return value if isinstance(value, int) else int(math.copysign(math.floor(abs(value) + 0.5), value))
