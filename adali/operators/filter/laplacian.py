"""laplacian: the sum of second derivatives."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.kernels.cuda import type_code
from adali.kernels.filter import separable, window_table
from adali.kernels.normalize import convert
from adali.kernels.scratch import scratch
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import data_axes, filter_dtype, vector
from adali.operators.filter._filter_gpu import CORRELATE, Pieces, address, correlate_row, launch_correlate
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.operators.image._resize_gpu import RESIZE_KERNELS, Job, passes
from adali.types import storage_dtype

_SLOT = 58
LARGEST = 31
#: Elements of a window above which a kernel filters along one axis after the other.
_DENSE = 125

_SUM = struct(("part", "p", 3), ("out", "p"), ("size", "i8"))


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

    gpu_kernels = (*CORRELATE, ("filter.cu", "sum_parts"), *RESIZE_KERNELS)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """One window that sums the derivatives up where it is small, else their separable filters and a sum."""
        batch = inputs[0]
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        out = ctx.empty(shapes, filter_dtype(self.args["dtype"], shown(0, (0,), kind)), batch._layout)
        pieces = Pieces(batch, out)
        images: list[tuple[Array, Array, list[list[Array]]]] = []

        def add(i: int) -> None:
            axes = data_axes(ctx.in_layouts[0], len(shapes[i]))
            last, partials = -1, []
            for frame, source, target in pieces.of(i, axes):
                if frame != last:
                    partials, last = self._partials(ctx.sample(i), frame, axes.count), frame
                images.append((source, target, partials))

        ctx.each(add)
        if not images:
            return out
        windows = [_extents(partials) for _, _, partials in images]
        if max(math.prod(w) for w in windows) > _DENSE:
            self._separately(ctx, images, batch, out)
            return out
        dense = [_dense(partials, extents) for (_, _, partials), extents in zip(images, windows, strict=True)]
        taps = ctx.upload(np.concatenate([d.reshape(-1) for d in dense]))
        at, rows = int(taps.data.ptr), []
        for (source, target, _), window in zip(images, dense, strict=True):
            rows.append(correlate_row(source, target, at, window.shape, [n // 2 for n in window.shape]))
            at += window.nbytes
        launch_correlate(ctx, rows, "reflect_101", batch, out, taps)
        return out

    def _separately(self, ctx: GpuContext, images: list[Any], batch: Any, out: Any) -> None:
        """Each derivative by itself, along one axis after the other; then their sum."""
        kind, target = storage_dtype(batch._dtype), storage_dtype(out._dtype)
        jobs = []
        for source, _, _ in images:
            extents = source.shape[:-1]
            jobs.append(Job(1, extents, source.shape[-1], extents, None, (0, 0, False)))
        table = np.zeros(len(images), _SUM)
        table["out"] = [address(result) for _, result, _ in images]
        table["size"] = [source.size for source, _, _ in images]
        parts = []
        for axis in range(len(jobs[0].extents)):
            part = ctx.empty([(source.size,) for source, _, _ in images], np.float32)
            tables = [
                [window_table(n, w) for n, w in zip(job.extents, partials[axis], strict=True)]
                for job, (_, _, partials) in zip(jobs, images, strict=True)
            ]
            starts, ends = [address(source) for source, _, _ in images], pointers(part._samples)
            passes(ctx, jobs, lambda j, k, t=tables: t[j][k], starts, ends, batch, part, kind, np.dtype(np.float32))  # type: ignore[misc]
            table["part"][:, axis] = ends
            parts.append(part)
        elements = int(table["size"].max())
        code = np.int32(type_code(target))
        ctx.launch("filter.cu", "sum_parts", table, code, elements=elements, reads=parts, writes=[out])

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


def _whole(half: Array) -> Array:
    """A symmetric window, given its half."""
    return np.concatenate([half[:0:-1], half]).astype(np.float64)


def _extents(partials: list[list[Array]]) -> tuple[int, ...]:
    """Those of a window that holds all of the derivatives' windows."""
    return tuple(max(2 * len(windows[axis]) - 1 for windows in partials) for axis in range(len(partials)))


def _dense(partials: list[list[Array]], extents: tuple[int, ...]) -> Array:
    """The sum of the derivatives as one window, float32."""
    total = np.zeros(extents)
    for windows in partials:
        part: Array = np.ones(())
        for window in windows:
            part = np.multiply.outer(part, _whole(window))
        margins = [(n - m) // 2 for n, m in zip(extents, part.shape, strict=True)]
        place = tuple(slice(a, a + m) for a, m in zip(margins, part.shape, strict=True))
        total[place] += part
    return total.astype(np.float32)
