"""gaussian_blur: smooths with a Gaussian window."""

from __future__ import annotations

import math

import numpy as np

from adali.kernels.filter import gaussian_window, separable
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import data_axes, filter_dtype, vector


@operator(
    "GaussianBlur",
    inputs=(
        Input(
            "data", doc="Data with one to three axes besides channels (first or last) and frames, of any number type."
        ),
    ),
    args=(
        Arg("dtype", ArgKind.DTYPE, None, "Type of the output: FLOAT, or that of the input (the default)."),
        Arg(
            "sigma",
            ArgKind.FLOATS,
            (0.0,),
            "Standard deviation in pixels: one value, or one for each data axis from the outermost on; 0 derives it "
            "from the window size.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "window_size",
            ArgKind.INTS,
            (0,),
            "Diameter of the window, odd: one value, or one for each data axis; 0 derives it from sigma.",
            tensor=True,
            per_frame=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class GaussianBlur(SampleOperator):
    """Smooths data with a Gaussian window along every axis but those of channels and frames.

    The window is ``2 * ceil(3 * sigma) + 1`` wide if only ``sigma`` is given, and ``sigma`` is
    ``0.3 * ((window_size - 1) / 2 - 1) + 0.8`` if only ``window_size`` is. Borders are reflected without repeating the
    outermost values. The sums are of single precision; integers are rounded and clamped.

    Raises:
        ValueError: neither sigma nor window size for an axis, a negative one, an even window, or a layout whose
            channels are neither first nor last.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = np.ascontiguousarray(inputs[0])
        axes = data_axes(ctx.batch.in_layouts[0], data.ndim)
        out = ctx.empty(data.shape, filter_dtype(self.args["dtype"], data))
        last, windows = -1, []
        for frame, source, target in axes.pieces(data, out):
            if frame != last:
                windows, last = self._windows(ctx, frame, axes.count), frame
            separable(source, windows, target)
        return out

    def _windows(self, ctx: SampleContext, frame: int, count: int) -> list[Array]:
        sigmas, sizes = vector(ctx, "sigma", frame, count), vector(ctx, "window_size", frame, count)
        assert sigmas is not None
        assert sizes is not None
        windows = []
        for axis, (sigma, size) in enumerate(zip(sigmas, sizes, strict=True)):
            if sigma < 0 or size < 0:
                raise ValueError(f"sigma and window_size must not be negative, got {sigma} and {size} for axis {axis}")
            if not sigma and not size:
                raise ValueError(f"give sigma or window_size, not 0 for both, for axis {axis}")
            size = size or 2 * math.ceil(3 * sigma) + 1
            if size % 2 == 0:
                raise ValueError(f"window_size must be odd, got {size} for axis {axis}")
            windows.append(gaussian_window(sigma or ((size - 1) / 2 - 1) * 0.3 + 0.8, size))
        return windows
