"""median_blur: the median around each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import data_axes, vector
from adali.operators.filter._filter_gpu import filter_windows
from adali.operators.filter._morphology import MORPHOLOGY_LAYOUTS
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import shown
from adali.types import storage_dtype

#: Number of values that are sorted at a time.
_CHUNK = 1 << 20


@operator(
    "experimental__MedianBlur",
    inputs=(Input("images", MORPHOLOGY_LAYOUTS, doc="Any integers or floats, each channel by itself."),),
    args=(
        Arg(
            "window_size",
            ArgKind.INTS,
            (3, 3),
            "Width and height of the window, both odd; one number for a square.",
            tensor=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class MedianBlur(SampleOperator):
    """Gives each pixel the median of the rectangle around it; beyond the border the outermost pixels are repeated.

    (The real DALI has this operator on the GPU only.)

    Raises:
        ValueError: a window that is even or not positive, or data that is no numbers.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = np.ascontiguousarray(inputs[0])
        self._check(data.dtype)
        height, width, _, _ = self._window(ctx)
        out = ctx.empty(data.shape, data.dtype)
        for _, source, target in data_axes(ctx.layout(data), data.ndim).pieces(data, out):
            _median(source, height, width, target)
        return out

    gpu_kernels = (("rank.cu", "median"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        self._check(kind)
        windows = ctx.each(lambda i: self._window(ctx.sample(i)))
        return filter_windows(
            ctx,
            "median",
            batch,
            lambda i: data_axes(ctx.sample(i).layout(shown(0, (0,) * len(shapes[i]), kind)), len(shapes[i])),
            lambda i, frame: windows[i],
        )

    @staticmethod
    def _check(dtype: np.dtype[Any]) -> None:
        if dtype.kind not in "iuf":
            raise ValueError(f"input type {dtype} is not supported")

    @staticmethod
    def _window(ctx: SampleContext) -> tuple[int, int, int, int]:
        """Height and width of the window, and its rows and columns in front of the pixel."""
        size = vector(ctx, "window_size", 0, 2)
        assert size is not None
        if min(size) < 1 or size[0] % 2 == 0 or size[1] % 2 == 0:
            raise ValueError(f"window_size must be odd and positive, got {list(size)}")
        width, height = (int(s) for s in size)
        return height, width, height // 2, width // 2


def _median(image: Array, height: int, width: int, out: Array) -> None:
    """``out`` becomes the medians of windows in ``image`` (H, W, C)."""
    import cv2

    small = width <= 5 and image.dtype.name in ("uint16", "float32")
    if width == height and (small or (image.dtype == np.uint8 and width < 256)):
        if width == 1:
            out[...] = image
        elif image.shape[2] in (1, 3, 4):
            out[...] = cv2.medianBlur(image, width).reshape(image.shape)
        else:
            for channel in range(image.shape[2]):
                out[..., channel] = cv2.medianBlur(np.ascontiguousarray(image[..., channel]), width)
        return
    padded = np.pad(image, [(height // 2,) * 2, (width // 2,) * 2, (0, 0)], mode="edge")
    count = width * height
    windows: Any = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (0, 1))
    rows = max(1, _CHUNK // (count * image.shape[1] * image.shape[2]))
    for first in range(0, image.shape[0], rows):
        values = windows[first : first + rows].reshape(*out[first : first + rows].shape, count)
        out[first : first + rows] = np.partition(values, count // 2, axis=-1)[..., count // 2]
