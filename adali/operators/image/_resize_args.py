"""The size, region and filter arguments of the resizing operators, and the arithmetic behind them.

All sizes and regions are in the order of the layout: (height, width), or (depth, height, width) for volumes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Operator, SampleContext
from adali.types import DALIInterpType, to_numpy_type

__all__ = [
    "FILTER_ARGS",
    "MODES",
    "MODE_ARGS",
    "RESIZE_ARGS",
    "ROI_ARGS",
    "SIZE_ARGS",
    "Filters",
    "ResizePlan",
    "Sizes",
    "f32",
    "resolve",
    "spread",
]

#: (output size, region of the input as (start, end) or None for all of it).
ResizePlan = tuple[tuple[int, ...], "tuple[tuple[float, ...], tuple[float, ...]] | None"]


def f32(value: float) -> float:
    """The single-precision number next to ``value``."""
    return float(np.float32(value))


FILTER_ARGS = (
    Arg(
        "interp_type",
        ArgKind.INTERP,
        DALIInterpType.INTERP_LINEAR,
        "Interpolation, both for scaling down and up.",
        tensor=True,
    ),
    Arg(
        "min_filter",
        ArgKind.INTERP,
        DALIInterpType.INTERP_LINEAR,
        "Interpolation for axes that are scaled down; interp_type by default.",
        tensor=True,
    ),
    Arg(
        "mag_filter",
        ArgKind.INTERP,
        DALIInterpType.INTERP_LINEAR,
        "Interpolation for axes that are not scaled down; interp_type by default.",
        tensor=True,
    ),
    Arg(
        "antialias",
        ArgKind.BOOL,
        True,
        "Stretch the filter when scaling down, so that every input pixel counts. Nearest neighbour has no such filter.",
    ),
    Arg("dtype", ArgKind.DTYPE, None, "Type of the output: that of the input (default) or FLOAT."),
    Arg("minibatch_size", ArgKind.INT, 32, "Images in one launch of a GPU kernel; without effect on the CPU."),
    Arg("temp_buffer_hint", ArgKind.INT, 0, "First size of a GPU buffer in bytes; without effect on the CPU."),
)

_SIZE_ARGS = (
    Arg(
        "size",
        ArgKind.FLOATS,
        None,
        "Size of the output, one value for each spatial axis (one value stands for all); 0 leaves an axis to mode. A "
        "negative value mirrors the axis.",
        tensor=True,
    ),
    Arg("resize_x", ArgKind.FLOAT, 0.0, "Width of the output; 0 leaves it to mode, negative mirrors.", tensor=True),
    Arg("resize_y", ArgKind.FLOAT, 0.0, "Height of the output; 0 leaves it to mode, negative mirrors.", tensor=True),
    Arg("resize_z", ArgKind.FLOAT, 0.0, "Depth of the output; 0 leaves it to mode, negative mirrors.", tensor=True),
    Arg(
        "resize_shorter",
        ArgKind.FLOAT,
        0.0,
        "Length of the shortest side of the output; the aspect ratio is kept. max_size limits the other sides.",
        tensor=True,
    ),
    Arg(
        "resize_longer",
        ArgKind.FLOAT,
        0.0,
        "Length of the longest side of the output; the aspect ratio is kept.",
        tensor=True,
    ),
)

MODE_ARGS = (
    Arg(
        "mode",
        ArgKind.STR,
        "default",
        '"default": as large as asked, axes without a size are scaled by the (geometric) mean of the others; '
        '"stretch": axes without a size keep theirs; "not_larger": the aspect ratio is kept and no side exceeds its '
        'size; "not_smaller": the aspect ratio is kept and no side falls below its size.',
    ),
    Arg(
        "max_size",
        ArgKind.FLOATS,
        None,
        "Upper limit of the output's sides, one value or one for each axis. Where the aspect ratio is kept, it is kept "
        "under this limit too.",
    ),
    Arg(
        "subpixel_scale",
        ArgKind.BOOL,
        True,
        "When a computed size is not whole, move the region's edges a little so that the scale stays exact; otherwise "
        "the scale changes a little.",
    ),
)

ROI_ARGS = (
    Arg(
        "roi_start",
        ArgKind.FLOATS,
        None,
        "Where the region of the input starts, in the order of size, in pixels (or see roi_relative). An axis whose "
        "region ends before it starts is mirrored (but not an axis without a size in the modes default and stretch).",
        tensor=True,
    ),
    Arg("roi_end", ArgKind.FLOATS, None, "Where the region ends; given together with roi_start.", tensor=True),
    Arg("roi_relative", ArgKind.BOOL, False, "Whether the region is given as fractions of the input's sides."),
)

#: What Resize and ResizeCropMirror share.
SIZE_ARGS = (*FILTER_ARGS, *_SIZE_ARGS, *MODE_ARGS, *ROI_ARGS)

RESIZE_ARGS = (
    *SIZE_ARGS,
    Arg("save_attrs", ArgKind.BOOL, False, "Add an output with the spatial shape of the input, int32."),
    Arg("image_type", ArgKind.IMAGE_TYPE, None, "Without effect.", deprecated=""),
)

#: A region counts as at least this long, in pixels, so that an empty one has a scale.
_LEAST_LENGTH = f32(1e-3)

MODES = ("default", "stretch", "not_larger", "not_smaller")
_BY_AXIS = {"D": "resize_z", "H": "resize_y", "W": "resize_x"}

_FILTERS = (
    DALIInterpType.INTERP_NN,
    DALIInterpType.INTERP_LINEAR,
    DALIInterpType.INTERP_CUBIC,
    DALIInterpType.INTERP_LANCZOS3,
    DALIInterpType.INTERP_TRIANGULAR,
    DALIInterpType.INTERP_GAUSSIAN,
)


class Filters:
    """Reads an operator's filter arguments.

    Attributes:
        constant: (min_filter, mag_filter, antialias) where they are the same for all samples, else None.
        dtype: output type, or None for that of the input.
    """

    def __init__(self, op: Operator) -> None:
        self._op = op
        dtype = op.args["dtype"]
        self.dtype = None if dtype is None else np.dtype(to_numpy_type(dtype))
        self._antialias = bool(op.args["antialias"])
        names = ("interp_type", "min_filter", "mag_filter")
        self._min = "min_filter" if op.given("min_filter") else "interp_type"
        self._mag = "mag_filter" if op.given("mag_filter") else "interp_type"
        self.constant: tuple[int, int, bool] | None = None
        if not any(name in op.spec.arg_inputs for name in names):
            try:
                self.constant = self._pair(op.args[self._min], op.args[self._mag])
            except ValueError as e:
                raise op.error(str(e)) from None

    def _pair(self, low: Any, high: Any) -> tuple[int, int, bool]:
        for value in (low, high):
            if value not in _FILTERS:
                raise ValueError(f"unknown interpolation type {value!r}")
        return int(low), int(high), self._antialias

    def of(self, ctx: SampleContext) -> tuple[int, int, bool]:
        """(min_filter, mag_filter, antialias) of a sample."""
        return self.constant or self._pair(ctx.arg(self._min), ctx.arg(self._mag))

    def output_type(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """Type of the output for an input of type ``dtype``.

        Raises:
            TypeError: the operator's dtype is neither that nor FLOAT.
        """
        wanted = self.dtype
        if wanted is None or wanted == dtype:
            return dtype
        if wanted != np.float32:
            raise TypeError(f"dtype must be FLOAT or the type of the input ({dtype}), got {wanted}")
        return wanted


class Sizes:
    """Reads an operator's size and region arguments, and computes the output size from the input's."""

    def __init__(self, op: Operator) -> None:
        self._op = op
        given = op.given
        explicit = [name for name in _BY_AXIS.values() if given(name)]
        kinds = [name for name in ("resize_shorter", "resize_longer", "size") if given(name)]
        if explicit:
            kinds.append(explicit[0])
        if len(kinds) > 1:
            raise op.error(f"{kinds[0]} and {kinds[1]} exclude each other")
        if not kinds:
            raise op.error("give the size of the output: size, resize_x/y/z, resize_shorter or resize_longer")
        self._kind = kinds[0] if kinds[0] in ("size", "resize_shorter", "resize_longer") else "axes"
        mode = op.args["mode"]
        if mode not in MODES:
            raise op.error(f"mode must be one of {', '.join(MODES)}, got {mode!r}")
        if self._kind in ("resize_shorter", "resize_longer"):
            if given("mode"):
                raise op.error(f"{self._kind} and mode exclude each other")
            mode = "not_smaller" if self._kind == "resize_shorter" else "not_larger"
        self._mode = mode
        if given("roi_start") != given("roi_end"):
            raise op.error("roi_start and roi_end must be given together")
        self._has_roi = given("roi_start")
        self._relative = bool(op.args["roi_relative"])
        self._max_size = op.args["max_size"]
        self._subpixel = bool(op.args["subpixel_scale"])
        names = (*_BY_AXIS.values(), "size", "resize_shorter", "resize_longer", "roi_start", "roi_end")
        self._constant = not any(name in op.spec.arg_inputs for name in names)
        self._plans: dict[tuple[tuple[int, ...], str], ResizePlan] = {}
        self._fixed = self._fixed_plan()

    def _fixed_plan(self) -> ResizePlan | None:
        """The plan of all images, where neither their size nor a region has a say."""
        if (
            not self._constant
            or self._has_roi
            or self._max_size is not None
            or self._mode not in ("default", "stretch")
        ):
            return None
        args = self._op.args
        if self._kind == "axes":
            wanted = (args["resize_y"], args["resize_x"])
        elif self._kind == "size" and len(args["size"]) in (1, 2):
            wanted = (args["size"][0], args["size"][-1])
        else:
            return None
        if all(w >= 1 and w == int(w) for w in wanted):
            return (int(wanted[0]), int(wanted[1])), None
        return None

    def plan(self, ctx: SampleContext, extents: tuple[int, ...], names: str) -> ResizePlan:
        """Output size and region for an input with these spatial extents, axes ``names`` (of "DHW")."""
        if not self._constant:
            return self._compute(ctx, extents, names)
        if names == "HW" and self._fixed is not None:
            return self._fixed
        key = (extents, names)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._compute(ctx, extents, names)
            if len(self._plans) > 10_000:  # images of ever new sizes must not fill the memory
                self._plans.clear()
            self._plans[key] = plan
        return plan

    def _compute(self, ctx: SampleContext, extents: tuple[int, ...], names: str) -> ResizePlan:
        n = len(extents)
        wanted = self._wanted(ctx, names)
        start, end = self._roi(ctx, extents)
        return resolve(
            wanted,
            start,
            end,
            mode=self._mode,
            max_size=None if self._max_size is None else spread("max_size", self._max_size, n),
            subpixel=self._subpixel,
            whole=not self._has_roi,
        )

    def _wanted(self, ctx: SampleContext, names: str) -> list[float]:
        if self._kind == "size":
            return list(spread("size", ctx.arg("size"), len(names)))
        if self._kind == "axes":
            return [float(ctx.arg(_BY_AXIS[name])) for name in names]
        return [float(ctx.arg(self._kind))] * len(names)

    def _roi(self, ctx: SampleContext, extents: tuple[int, ...]) -> tuple[list[float], list[float]]:
        if not self._has_roi:
            return [0.0] * len(extents), [float(e) for e in extents]
        start, end = ctx.arg("roi_start"), ctx.arg("roi_end")
        for name, values in (("roi_start", start), ("roi_end", end)):
            if len(values) != len(extents):
                raise ValueError(f"{name} has {len(values)} values, the images have {len(extents)} spatial axes")
        if self._relative:
            start = [f32(f32(a) * e) for a, e in zip(start, extents, strict=True)]
            end = [f32(f32(b) * e) for b, e in zip(end, extents, strict=True)]
        return list(start), list(end)


def spread(name: str, values: Sequence[float], count: int) -> Sequence[float]:
    """One value for each of ``count`` axes; a single value stands for all.

    Raises:
        ValueError: there is neither one value nor one for each axis.
    """
    if len(values) == count:
        return values
    if len(values) == 1:
        return list(values) * count
    raise ValueError(f"{name} has {len(values)} values, expected 1 or {count}")


def resolve(
    wanted: Sequence[float],
    start: Sequence[float],
    end: Sequence[float],
    *,
    mode: str,
    max_size: Sequence[float] | None,
    subpixel: bool,
    whole: bool,
    rounding: str = "round",
    alignment: Sequence[float] | None = None,
) -> ResizePlan:
    """Compute the output size, and the region of the input to map to it.

    The arithmetic is in single precision where DALI's is: it decides how sizes that end in one half are rounded, and
    which pixel a nearest-neighbour filter takes.

    Args:
        wanted: sizes asked for; 0 where none was, negative to mirror.
        start: start of the region.
        end: end of the region.
        mode: see ``Resize``.
        max_size: upper limits.
        subpixel: whether to keep the scale exact where sizes are rounded.
        whole: whether the region is the whole input.
        rounding: how sizes become whole: "round" (halves up), "truncate" or "ceil".
        alignment: for each axis, the point of the region that stays in place when its edges move to keep the scale: 0
            for the start, 0.5 (default) for the centre, 1 for the end.
    """
    first, last = [f32(v) for v in start], [f32(v) for v in end]
    mirror = [w < 0 for w in wanted]
    keeps_ratio = mode in ("not_larger", "not_smaller")
    if not whole:
        for i, (a, b, w) in enumerate(zip(start, end, wanted, strict=True)):
            if b < a:
                first[i], last[i] = last[i], first[i]
                # As in DALI, an axis that gets its size from the others is mirrored in these modes only.
                mirror[i] = w > 0 or (w == 0 and keeps_ratio)
    lengths = [max(f32(b - a), _LEAST_LENGTH) for a, b in zip(first, last, strict=True)]
    sizes = ideal_size([f32(abs(w)) for w in wanted], lengths, mode, max_size)
    shift = {"round": 0.5, "truncate": 0.0, "ceil": 0.0}[rounding]
    out = tuple([max(1, math.ceil(s) if rounding == "ceil" else math.floor(s + shift)) for s in sizes])
    changed = not whole
    for i, (size, ideal) in enumerate(zip(out, sizes, strict=True)):
        if subpixel and size != ideal:
            # At most ten times the region: a sliver that becomes one pixel would reach far beyond the image.
            length = (last[i] - first[i]) * size / max(ideal, 0.1)
            at = 0.5 if alignment is None else alignment[i]
            if mirror[i]:  # the ends were exchanged
                at = 1 - at
            fixed = first[i] + (last[i] - first[i]) * at
            first[i], last[i] = f32(fixed - length * at), f32(fixed + length * (1 - at))
            changed = True
        if mirror[i]:
            first[i], last[i] = last[i], first[i]
            changed = True
    return out, ((tuple(first), tuple(last)) if changed else None)


def ideal_size(
    wanted: Sequence[float], lengths: Sequence[float], mode: str, max_size: Sequence[float] | None
) -> list[float]:
    """The output size before rounding, from the sizes asked for (0: none) and the lengths of the region."""
    pairs = list(zip(wanted, lengths, strict=True))
    scales = [f32(w / length) for w, length in pairs if w]
    limits = [m if m > 0 else math.inf for m in max_size] if max_size is not None else None
    if mode in ("not_larger", "not_smaller") and scales:
        scale = min(scales) if mode == "not_larger" else max(scales)
        if limits is not None:
            scale = min(scale, *(f32(m / length) for m, length in zip(limits, lengths, strict=True)))
        return [w if w and f32(w / length) == scale else f32(length * scale) for w, length in pairs]
    if not scales or mode == "stretch":
        scale = 1.0
    elif len(scales) == 1:
        scale = scales[0]
    else:
        scale = f32(math.prod(scales) ** (1 / len(scales)))
    sizes = [w or f32(length * scale) for w, length in pairs]
    return sizes if limits is None else [min(s, m) for s, m in zip(sizes, limits, strict=True)]
