"""gaussian_blur: smooths with a Gaussian window."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.filter import gaussian_window, separable, window_table
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import data_axes, filter_dtype, vector
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import shown
from adali.operators.image._resize_gpu import RESIZE_KERNELS, Job, passes
from adali.types import storage_dtype


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

    gpu_kernels = RESIZE_KERNELS

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        target = np.dtype(filter_dtype(self.args["dtype"], shown(0, (0,), kind)))
        out = ctx.empty(shapes, target, batch._layout)
        ends = pointers(out._samples)
        jobs: list[Job] = []
        windows: list[list[Array]] = []
        places: tuple[list[int], list[int]] = ([], [])

        def add(i: int) -> None:
            axes = data_axes(ctx.in_layouts[0], len(shapes[i]))
            last, now = -1, []
            for frame, source, result in axes.pieces(
                shown(starts[i], shapes[i], kind), shown(ends[i], shapes[i], target)
            ):
                if frame != last:
                    now, last = self._windows(ctx.sample(i), frame, axes.count), frame
                if not source.size:
                    continue
                extents = source.shape[: axes.count]
                jobs.append(Job(1, extents, math.prod(source.shape[axes.count :]), extents, None, (0, 0, False)))
                windows.append(now)
                for column, array in zip(places, (source, result), strict=True):
                    column.append(array.__array_interface__["data"][0])

        ctx.each(add)
        if jobs:
            tables = [
                [window_table(n, w) for n, w in zip(j.extents, ws, strict=True)]
                for j, ws in zip(jobs, windows, strict=True)
            ]
            passes(ctx, jobs, lambda j, k: tables[j][k], *places, batch, out, kind, target)
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
