"""laplacian: the sum of second derivatives."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from adali.kernels.filter import separable
from adali.kernels.normalize import convert
from adali.kernels.scratch import scratch
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import data_axes, filter_dtype, vector

_SLOT = 58
LARGEST = 31


@operator(
    "Laplacian",
    inputs=(
        Input(
            "data", doc="Data with one to three axes besides channels (first or last) and frames, of any number type."
        ),
    ),
    args=(
        Arg("dtype", ArgKind.DTYPE, None, "Type of the output: FLOAT, or that of the input (the default)."),
        Arg(
            "normalized_kernel",
            ArgKind.BOOL,
            False,
            "Scale each derivative so that it does not grow with the windows; not together with ``scale``.",
        ),
        Arg(
            "scale",
            ArgKind.FLOATS,
            (1.0,),
            "Factor of each derivative: one value, or one for each data axis.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "smoothing_size",
            ArgKind.INTS,
            None,
            "Size of the window that smooths across a derivative, odd, 1 (no smoothing) to 31: one value, or one for "
            "each data axis. By default it is that of the derivative's own window.",
            tensor=True,
            per_frame=True,
        ),
        Arg(
            "window_size",
            ArgKind.INTS,
            (3,),
            "Size of the window of the derivative, odd, 3 to 31: one value, or one for each data axis.",
            tensor=True,
            per_frame=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class Laplacian(SampleOperator):
    """Sums the second derivatives along every axis but those of channels and frames.

    A derivative is a separable filter: ``1, -2, 1`` smoothed by a binomial window along its own axis, and binomial
    windows along the others. With ``normalized_kernel`` it is scaled by ``2 ** (n + 2 - s)``, where ``s`` is the sum of
    its window sizes and ``n`` the number of axes. Borders are reflected without repeating the outermost values. The
    sums are of single precision; integers are rounded and clamped.

    Raises:
        ValueError: a window that is even or out of range, or a layout whose channels are neither first nor last.
    """

    def setup(self) -> None:
        if self.args["normalized_kernel"] and self.given("scale"):
            raise self.error("give either 'scale' or 'normalized_kernel'")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = np.ascontiguousarray(inputs[0])
        axes = data_axes(ctx.batch.in_layouts[0], data.ndim)
        out = ctx.empty(data.shape, filter_dtype(self.args["dtype"], data))
        for frame, source, target in axes.pieces(data, out):
            total = target if target.dtype == np.float32 else scratch(target.shape, np.float32, _SLOT)
            for axis, windows in enumerate(self._partials(ctx, frame, axes.count)):
                separable(source, windows, total, add=axis > 0)
            if total is not target:
                convert(total, target.dtype, out=target)
        return out

    def _partials(self, ctx: SampleContext, frame: int, count: int) -> list[list[Array]]:
        """For each derivative the half windows along all axes."""
        sizes, smooth = vector(ctx, "window_size", frame, count), vector(ctx, "smoothing_size", frame, count)
        scales = vector(ctx, "scale", frame, count)
        assert sizes is not None
        assert scales is not None
        for name, least, values in (("window_size", 3, sizes), ("smoothing_size", 1, smooth or ())):
            for value in values:
                if not least <= value <= LARGEST or value % 2 == 0:
                    raise ValueError(f"'{name}' must be odd and from {least} to {LARGEST}, got {value}")
        partials = []
        for axis, size in enumerate(sizes):
            across = smooth or (size,) * count
            lengths = [size if other == axis else across[other] for other in range(count)]
            scale = 2.0 ** (count + 2 - sum(lengths)) if self.args["normalized_kernel"] else scales[axis]
            windows = [_half_window(n, other == axis) for other, n in enumerate(lengths)]
            windows[-1] = windows[-1] * np.float32(scale)
            partials.append(windows)
        return partials


@lru_cache(maxsize=64)
def _half_window(size: int, derivative: bool) -> Array:
    """A binomial window, or the second difference of one, from the centre outwards."""
    window = np.ones(1)
    for _ in range(size - (3 if derivative else 1)):
        window = np.convolve(window, [1, 1])
    if derivative:
        window = np.convolve(window, [1, -2, 1])
    return np.ascontiguousarray(window[size // 2 :], np.float32)
