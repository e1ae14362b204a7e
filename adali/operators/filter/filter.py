"""filter: correlation with a window given as an input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adali.kernels.filter import border_index, correlate
from adali.kernels.normalize import convert
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import data_axes, filter_dtype, vector

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
        layout = ctx.batch.in_layouts[0]
        framed = ctx.batch.in_layouts[1].startswith("F")
        if framed and layout and "F" not in layout:
            layout = "F" + layout
            data = np.broadcast_to(data, (len(window), *data.shape))
        axes = data_axes(layout, data.ndim)
        if window.ndim != axes.count + framed:
            raise ValueError(
                f"the data has {axes.count} axes besides channels and frames, so the filter must have as many, got "
                f"shape {window.shape}"
            )
        if framed and axes.frames is not None and len(window) not in (1, data.shape[axes.frames]):
            raise ValueError(f"there are {len(window)} filters for {data.shape[axes.frames]} frames")
        extents = window.shape[framed:]
        if not window.size:
            raise ValueError(f"the filter is empty: {window.shape}")
        shape = list(data.shape)
        if self.valid:
            for i, extent in enumerate(extents):
                shape[axes.start + i] -= extent - 1
                if shape[axes.start + i] <= 0:
                    raise ValueError(f"with mode='valid' the filter {extents} must not be larger than {data.shape}")
        out = ctx.empty(tuple(shape), filter_dtype(self.args["dtype"], data))
        if not out.size:
            return out
        fill = np.asarray(inputs[2]).reshape(-1) if len(inputs) > 2 else np.zeros(1)
        for frame, source, target in axes.pieces(np.ascontiguousarray(data), out):
            taps = window[frame if len(window) > 1 else 0] if framed else window
            padded = source if self.valid else self._padded(ctx, frame, source, extents, fill)
            convert(correlate(padded, taps), target.dtype, out=target)
        return out

    def _padded(self, ctx: SampleContext, frame: int, source: Array, extents: tuple[int, ...], fill: Array) -> Array:
        """The data with what the window needs around it."""
        anchors = vector(ctx, "anchor", frame, len(extents))
        assert anchors is not None
        before = []
        for anchor, extent in zip(anchors, extents, strict=True):
            if not -1 <= anchor < extent:
                raise ValueError(f"the anchor {anchors} lies outside the filter {extents}")
            before.append(extent // 2 if anchor == -1 else anchor)
        if self.args["border"] == "constant":
            margins = [(b, n - 1 - b) for b, n in zip(before, extents, strict=True)]
            value = fill[frame if frame < fill.size else 0]
            return np.pad(source.astype(np.float32), [*margins, (0, 0)], constant_values=np.float32(value))
        for axis, (first, extent) in enumerate(zip(before, extents, strict=True)):
            size = source.shape[axis]
            index = border_index(np.arange(-first, size + extent - 1 - first), size, self.args["border"])
            source = source.take(index, axis)
        return source
