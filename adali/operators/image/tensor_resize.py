"""tensor_resize: resize any axes of an array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.kernels.resample import resample
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.gpu import GpuContext
from adali.operators.image._resize_args import (
    FILTER_ARGS,
    MODE_ARGS,
    MODES,
    ROI_ARGS,
    Filters,
    ResizePlan,
    f32,
    resolve,
    spread,
)
from adali.operators.image._resize_gpu import RESIZE_KERNELS, Job, resize_batch
from adali.types import DALIInterpType, storage_dtype

_ROUNDINGS = ("round", "truncate", "ceil")
_EACH = "one value for each axis of axes (or axis_names; all by default), or one for all of them"


@operator(
    "TensorResize",
    inputs=(Input("data", doc="Arrays of any number of dimensions."),),
    args=(
        *FILTER_ARGS,
        *MODE_ARGS,
        *ROI_ARGS,
        Arg("sizes", ArgKind.FLOATS, None, f"Sizes of the output, {_EACH}. Excludes scales.", tensor=True),
        Arg("scales", ArgKind.FLOATS, None, f"Sizes as multiples of the (whole) input's, {_EACH}.", tensor=True),
        Arg("axes", ArgKind.INTS, None, "The axes to resize by number; negative numbers count from the end."),
        Arg("axis_names", ArgKind.LAYOUT, None, "The axes to resize by their letters in the layout. Excludes axes."),
        Arg(
            "alignment",
            ArgKind.FLOATS,
            (0.5,),
            "Where a size had to be rounded, the point of the region that keeps its place in the output: 0 for the "
            "start, 0.5 for the centre, 1 for the end.",
            tensor=True,
        ),
        Arg(
            "size_rounding",
            ArgKind.STR,
            "round",
            'How sizes computed from scales become whole: "round" (halves up), "truncate" or "ceil".',
        ),
    ),
    devices=("cpu", "gpu"),
    legacy=("experimental__TensorResize",),
)
class TensorResize(SampleOperator):
    """Resizes any axes of arrays, to given sizes or by given factors.

    Axes that are not named keep their size (in the modes "not_larger" and "not_smaller" they take part with that size
    as the one asked for). The layout stays.
    """

    def setup(self) -> None:
        if self.given("sizes") == self.given("scales"):
            raise self.error("give either sizes or scales")
        if self.given("axes") and self.given("axis_names"):
            raise self.error("axes and axis_names exclude each other")
        if self.given("roi_start") != self.given("roi_end"):
            raise self.error("roi_start and roi_end must be given together")
        args = self.args
        if args["mode"] not in MODES:
            raise self.error(f"mode must be one of {', '.join(MODES)}, got {args['mode']!r}")
        if args["size_rounding"] not in _ROUNDINGS:
            raise self.error(f"size_rounding must be one of {', '.join(_ROUNDINGS)}, got {args['size_rounding']!r}")
        self.filters = Filters(self)
        self.by_scale = self.given("scales")
        if self.by_scale and args["mode"] in ("not_larger", "not_smaller"):
            raise self.error(f"the mode {args['mode']} goes with sizes, not with scales")
        self.rounding = args["size_rounding"]
        self.has_roi = self.given("roi_start")

    def axes(self, layout: str, ndim: int) -> list[int]:
        """The axes that the sizes belong to.

        Raises:
            ValueError: the array has no such axis.
        """
        axes, names = self.args["axes"], self.args["axis_names"]
        if names is not None:
            for name in names:
                if name not in layout:
                    raise ValueError(f"axis {name!r} is not in the layout {layout!r} of the input")
            return [layout.index(name) for name in names]
        if axes is None:
            return list(range(ndim))
        for axis in axes:
            if not -ndim <= axis < ndim:
                raise ValueError(f"axis {axis} is out of range for an array of {ndim} dimensions")
        return [axis % ndim for axis in axes]

    def plan(self, ctx: SampleContext, shape: Sequence[int], axes: Sequence[int]) -> ResizePlan:
        """Output size and region, for all axes."""
        n = len(axes)
        start, end = [0.0] * len(shape), [float(extent) for extent in shape]
        if self.has_roi and n:
            for name, target in (("roi_start", start), ("roi_end", end)):
                for axis, value in zip(axes, spread(name, ctx.arg(name), n), strict=True):
                    target[axis] = f32(f32(value) * shape[axis]) if self.args["roi_relative"] else value
        wanted = [float(extent) for extent in shape]
        limits = [0.0] * len(shape)
        alignment = [0.5] * len(shape)
        if n:
            name = "scales" if self.by_scale else "sizes"
            values = spread(name, ctx.arg(name), n)
            points = spread("alignment", ctx.arg("alignment"), n)
            most = self.args["max_size"]
            for k, axis in enumerate(axes):
                # Scales are of the whole input, even with a region, as in DALI.
                wanted[axis] = f32(f32(values[k]) * shape[axis]) if self.by_scale else values[k]
                alignment[axis] = points[k]
                if most is not None:
                    limits[axis] = spread("max_size", most, n)[k]
        return resolve(
            wanted,
            start,
            end,
            mode=self.args["mode"],
            max_size=None if self.args["max_size"] is None else limits,
            subpixel=self.args["subpixel_scale"],
            whole=not self.has_roi,
            rounding=self.rounding,
            alignment=alignment,
        )

    @staticmethod
    def _changed(shape: Sequence[int], size: Sequence[int], roi: Any) -> list[int]:
        """The axes that are resized: not those that keep their size and whose region holds all of the input."""
        return [
            axis
            for axis, extent in enumerate(shape)
            if size[axis] != extent or (roi is not None and (roi[0][axis] > 0 or roi[1][axis] < extent))
        ]

    def _resized(self, shape: Sequence[int], size: Sequence[int], roi: Any) -> tuple[int, int]:
        """The first of the axes that are resampled, and the one behind the last."""
        changed, ndim = self._changed(shape, size, roi), len(shape)
        first, last = (changed[0], changed[-1] + 1) if changed else (ndim - 1, ndim)
        if last - first == 1:
            # DALI resamples at least two axes at once, so that a rounded scale of the neighbour counts after all.
            first, last = (first, last + 1) if last < ndim else (max(first - 1, 0), last)
        return first, last

    gpu_kernels = RESIZE_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes = batch.shape()
        dtype = self.filters.output_type(storage_dtype(batch._dtype))
        axes = self.axes(batch._layout, batch.ndim()) if len(batch) else []

        def planned(i: int) -> tuple[Any, Any, tuple[int, int], bool]:
            shape = shapes[i]
            size, roi = self.plan(ctx.sample(i), shape, axes)
            return size, roi, self._resized(shape, size, roi), bool(self._changed(shape, size, roi) or roi)

        plans = ctx.each(planned)
        # One launch takes one number of axes, so that all samples are resampled along those that any of them is.
        first = min((p[2][0] for p in plans), default=0)
        last = max((p[2][1] for p in plans), default=0)
        jobs = []
        for i, (size, roi, _, _) in enumerate(plans):
            shape = shapes[i]
            region = None if roi is None else (roi[0][first:last], roi[1][first:last])
            jobs.append(
                Job(
                    math.prod(shape[:first]),
                    tuple(shape[first:last]),
                    math.prod(shape[last:]),
                    tuple(size[first:last]),
                    region,
                    self.filters.of(ctx.sample(i)),
                )
            )
        return resize_batch(ctx, batch, jobs, [tuple(p[0]) for p in plans], dtype, batch._layout)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        array = inputs[0]
        size, roi = self.plan(ctx, array.shape, self.axes(ctx.batch.in_layouts[0], array.ndim))
        dtype = self.filters.output_type(array.dtype)
        out = ctx.empty(size, dtype)
        start: Sequence[float] = [0.0] * array.ndim if roi is None else roi[0]
        end: Sequence[float] = array.shape if roi is None else roi[1]
        low, high, antialias = self.filters.of(ctx)
        # The Gaussian smooths also where nothing is resized.
        unchanged = not self._changed(array.shape, size, roi) and roi is None
        if unchanged and DALIInterpType.INTERP_GAUSSIAN not in (low, high):
            out[...] = array
            return out
        first, last = self._resized(array.shape, size, roi)
        # What lies in front of the resized axes is a stack of images, what lies behind them is their channels.
        frames, channels = math.prod(array.shape[:first]), math.prod(array.shape[last:])
        source = np.ascontiguousarray(array).reshape(frames, *array.shape[first:last], channels)
        target = out.reshape(frames, *size[first:last], channels)
        for i in range(frames):
            resample(
                source[i],
                size[first:last],
                min_filter=low,
                mag_filter=high,
                antialias=antialias,
                roi=(start[first:last], end[first:last]),
                dtype=dtype,
                out=target[i],
            )
        return out
