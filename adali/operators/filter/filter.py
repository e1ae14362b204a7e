"""filter: correlation with a window given as an input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.filter import border_index, correlate
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import DataAxes, data_axes, filter_dtype, vector
from adali.operators.filter._filter_gpu import CORRELATE, address, correlate_row, launch_correlate
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import cast, shown
from adali.types import storage_dtype

_BORDERS = ("reflect_101", "reflect_1001", "wrap", "clamp", "constant")


@operator(
    "Filter",
    inputs=(
        Input(
            "data", doc="Data with one to three axes besides channels (first or last) and frames, of any number type."
        ),
        Input(
            "filter",
            doc="The window, with as many axes as the data has besides channels and frames; a layout that "
            "begins with F marks one for each frame.",
        ),
        Input("fill_value", doc="What lies outside with ``border='constant'``: one number (0 without this input)."),
    ),
    min_inputs=2,
    args=(
        Arg(
            "anchor",
            ArgKind.INTS,
            (-1,),
            "The element of the window over the output's position: one value, or one for each axis; -1 is the "
            "middle, rounded down. Ignored with ``mode='valid'``.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "border",
            ArgKind.STR,
            "reflect_101",
            "What lies outside the data: 'reflect_101' (dcb|abcd|cba), 'reflect_1001' (cba|abcd|dcb), 'wrap', 'clamp' "
            "or 'constant'.",
        ),
        Arg("dtype", ArgKind.DTYPE, None, "Type of the output: FLOAT, or that of the input (the default)."),
        Arg(
            "mode",
            ArgKind.STR,
            "same",
            "'same' keeps the size; with 'valid' the output has only positions where the whole window lies inside.",
        ),
    ),
    devices=("cpu", "gpu"),
    legacy=("experimental__Filter",),
)
class Filter(SampleOperator):
    """Correlates data with a window: the window is not flipped.

    The sums are of single precision; integers are rounded and clamped. Filters for frames make a sequence of data that
    is none.

    Raises:
        ValueError: unknown border or mode, a window with another number of axes, an anchor outside it, or one larger
            than the data with ``mode='valid'``.
    """

    def setup(self) -> None:
        if self.args["border"] not in _BORDERS:
            raise self.error(f"border must be one of {', '.join(_BORDERS)}, got {self.args['border']!r}")
        if self.args["mode"] not in ("same", "valid"):
            raise self.error(f"mode must be 'same' or 'valid', got {self.args['mode']!r}")
        self.valid: bool = self.args["mode"] == "valid"

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        layout = inputs[0]
        if layout and inputs[1].startswith("F") and "F" not in layout:
            layout = "F" + layout
        return (layout,)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data, window = np.ascontiguousarray(inputs[0]), np.asarray(inputs[1], np.float32)
        axes, framed, shape, dtype = self._plan(ctx, data, window)
        if data.ndim < len(shape):
            data = np.broadcast_to(data, (len(window), *data.shape))
        out = ctx.empty(shape, dtype)
        if not out.size:
            return out
        extents = window.shape[framed:]
        fill = np.asarray(inputs[2]).reshape(-1) if len(inputs) > 2 else np.zeros(1)
        for frame, source, target in axes.pieces(np.ascontiguousarray(data), out):
            taps = window[frame if len(window) > 1 else 0] if framed else window
            padded = source if self.valid else self._padded(ctx, frame, source, extents, fill)
            convert(correlate(padded, taps), target.dtype, out=target)
        return out

    gpu_kernels = CORRELATE

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch, windows = inputs[0], cast(ctx, inputs[1], np.float32)
        fills = cast(ctx, inputs[2], np.float32) if len(inputs) > 2 else None
        kinds = [storage_dtype(b._dtype) for b in (batch, windows)]
        shapes, starts = batch.shape(), pointers(batch._samples)
        taps = [shown(p, s, kinds[1]) for p, s in zip(pointers(windows._samples), windows.shape(), strict=True)]

        def plan(i: int) -> tuple[DataAxes, bool, tuple[int, ...], Any]:
            return self._plan(ctx.sample(i), shown(starts[i], shapes[i], kinds[0]), taps[i])

        plans = ctx.each(plan)
        dtype = plans[0][3] if plans else kinds[0]
        out = ctx.empty([p[2] for p in plans], dtype)
        ends = pointers(out._samples)
        rows: list[Any] = []

        def add(i: int) -> None:
            axes, framed, shape, _ = plans[i]
            if 0 in shape:
                return
            source, target = shown(starts[i], shapes[i], kinds[0]), shown(ends[i], shape, dtype)
            extents = taps[i].shape[framed:]
            pieces: Any = axes.pieces(source, target)
            if source.ndim < target.ndim:  # an image becomes a frame for each window
                one = data_axes(ctx.in_layouts[0], source.ndim)
                pieces = ((k, a, b) for k, frame in enumerate(target) for _, a, b in one.pieces(source, frame))
            for frame, a, b in pieces:
                window = taps[i][frame if len(taps[i]) > 1 else 0] if framed else taps[i]
                before = (0,) * len(extents) if self.valid else self._before(ctx.sample(i), frame, extents)
                fill = 0
                if fills is not None:
                    values = shown(pointers(fills._samples)[i], fills.shape()[i], np.float32).reshape(-1)
                    fill = address(values[frame if frame < values.size else 0 :])
                rows.append(correlate_row(a, b, address(window), extents, before, fill))

        ctx.each(add)
        more = [windows] if fills is None else [windows, fills]
        launch_correlate(ctx, rows, self.args["border"], batch, out, *more)
        return out

    def _plan(self, ctx: SampleContext, data: Array, window: Array) -> tuple[DataAxes, bool, tuple[int, ...], Any]:
        """The axes, whether the windows are those of frames, shape and type of the output.

        Of the data and the window only shapes and types are looked at.
        """
        layout, shape = ctx.batch.in_layouts[0], list(data.shape)
        framed = ctx.batch.in_layouts[1].startswith("F")
        if framed and layout and "F" not in layout:
            layout = "F" + layout
            shape.insert(0, len(window))
        axes = data_axes(layout, len(shape))
        if window.ndim != axes.count + framed:
            raise ValueError(
                f"the data has {axes.count} axes besides channels and frames, so the filter must have as many, got "
                f"shape {window.shape}"
            )
        if framed and axes.frames is not None and len(window) not in (1, shape[axes.frames]):
            raise ValueError(f"there are {len(window)} filters for {shape[axes.frames]} frames")
        extents = window.shape[framed:]
        if not window.size:
            raise ValueError(f"the filter is empty: {window.shape}")
        if self.valid:
            for i, extent in enumerate(extents):
                shape[axes.start + i] -= extent - 1
                if shape[axes.start + i] <= 0:
                    raise ValueError(f"with mode='valid' the filter {extents} must not be larger than {data.shape}")
        return axes, framed, tuple(shape), filter_dtype(self.args["dtype"], data)

    def _before(self, ctx: SampleContext, frame: int, extents: tuple[int, ...]) -> list[int]:
        """How many elements of the window stand in front of the output's position, along each axis."""
        anchors = vector(ctx, "anchor", frame, len(extents))
        assert anchors is not None
        before = []
        for anchor, extent in zip(anchors, extents, strict=True):
            if not -1 <= anchor < extent:
                raise ValueError(f"the anchor {anchors} lies outside the filter {extents}")
            before.append(extent // 2 if anchor == -1 else int(anchor))
        return before

    def _padded(self, ctx: SampleContext, frame: int, source: Array, extents: tuple[int, ...], fill: Array) -> Array:
        """The data with what the window needs around it."""
        before = self._before(ctx, frame, extents)
        if self.args["border"] == "constant":
            margins = [(b, n - 1 - b) for b, n in zip(before, extents, strict=True)]
            value = fill[frame if frame < fill.size else 0]
            return np.pad(source.astype(np.float32), [*margins, (0, 0)], constant_values=np.float32(value))
        for axis, (first, extent) in enumerate(zip(before, extents, strict=True)):
            size = source.shape[axis]
            index = border_index(np.arange(-first, size + extent - 1 - first), size, self.args["border"])
            source = source.take(index, axis)
        return source
