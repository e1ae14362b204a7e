"""What erosion and dilation have in common."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from adali.kernels.filter import border_index
from adali.operators.base import Arg, ArgKind, Array, SampleContext, SampleOperator
from adali.operators.filter._axes import data_axes, vector
from adali.operators.filter._filter_gpu import BORDERS as NUMBERS
from adali.operators.filter._filter_gpu import filter_windows
from adali.operators.gpu import GpuContext
from adali.operators.gpu_copy import shown
from adali.types import storage_dtype

__all__ = ["MORPHOLOGY_ARGS", "MORPHOLOGY_LAYOUTS", "Morphology"]

MORPHOLOGY_LAYOUTS = ("HW", "HWC", "FHWC", "CHW", "FCHW")
#: Border modes, and how kernels.filter calls them; "constant" is neutral.
BORDERS = {
    "constant": "constant",
    "replicate": "clamp",
    "reflect": "reflect_1001",
    "reflect_101": "reflect_101",
    "reflect101": "reflect_101",
    "wrap": "wrap",
}

MORPHOLOGY_ARGS = (
    Arg(
        "anchor",
        ArgKind.INTS,
        (-1, -1),
        "The element (x, y) of the mask over the output's position; -1 is the middle, rounded down.",
        tensor=True,
        per_frame=True,
    ),
    Arg(
        "border_mode",
        ArgKind.STR,
        "constant",
        "What lies outside of the image: 'constant' (nothing: only pixels of the image count), 'replicate' "
        "(aa|abcd|dd), 'reflect' (ba|abcd|dc), 'reflect_101' (cb|abcd|cb) or 'wrap' (cd|abcd|ab).",
    ),
    Arg(
        "iterations",
        ArgKind.INT,
        1,
        "How often it is done. Each time beyond the first enlarges the mask by its own width and height less 1.",
    ),
    Arg(
        "mask_size",
        ArgKind.INTS,
        (3, 3),
        "Width and height of the mask, a rectangle; one number for a square.",
        tensor=True,
        per_frame=True,
    ),
)


class Morphology(SampleOperator):
    """Base of erosion and dilation with OpenCV."""

    #: Name of the function of OpenCV.
    function: ClassVar[str]

    def setup(self) -> None:
        if self.args["border_mode"] not in BORDERS:
            raise self.error(f"border_mode must be one of {', '.join(BORDERS)}, got {self.args['border_mode']!r}")
        self.border = BORDERS[self.args["border_mode"]]
        if self.args["iterations"] < 1:
            raise self.error(f"iterations must be positive, got {self.args['iterations']}")

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        data = np.ascontiguousarray(inputs[0])
        self._check(data.dtype)
        axes = data_axes(ctx.layout(data), data.ndim)
        out = ctx.empty(data.shape, data.dtype)
        for frame, source, target in axes.pieces(data, out):
            target[...] = self._filter(source, *self._mask(ctx, frame))
        return out

    gpu_kernels = (("rank.cu", "extreme"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """Large masks in two passes, along rows and along columns."""
        batch = inputs[0]
        kind, shapes = storage_dtype(batch._dtype), batch.shape()
        self._check(kind)
        return filter_windows(
            ctx,
            "extreme",
            batch,
            lambda i: data_axes(ctx.sample(i).layout(shown(0, (0,) * len(shapes[i]), kind)), len(shapes[i])),
            lambda i, frame: self._mask(ctx.sample(i), frame),
            np.int32(self.function == "dilate"),
            np.int32(NUMBERS[self.border]),
            most=25,
        )

    @staticmethod
    def _check(dtype: np.dtype[Any]) -> None:
        if dtype.name not in ("uint8", "int16", "uint16", "int32", "float32", "float64"):
            raise ValueError(f"input type {dtype} is not supported: UINT8, INT16, UINT16, INT32, FLOAT, FLOAT64 are")

    def _mask(self, ctx: SampleContext, frame: int) -> tuple[int, int, int, int]:
        """Height and width of the mask that does all iterations at once, and its rows and columns in front."""
        size, anchor = vector(ctx, "mask_size", frame, 2), vector(ctx, "anchor", frame, 2)
        assert size is not None
        assert anchor is not None
        if min(size) < 1:
            raise ValueError(f"mask_size must be positive, got {list(size)}")
        if any(not -1 <= a < s for a, s in zip(anchor, size, strict=True)):
            raise ValueError(f"the anchor {list(anchor)} lies outside of the mask, which is {list(size)}")
        times = self.args["iterations"]
        # A rectangle a number of times is one larger rectangle.
        width, height = (s + (times - 1) * (s - 1) for s in size)
        left, top = ((s // 2 if a < 0 else a) * times for s, a in zip(size, anchor, strict=True))
        return int(height), int(width), int(top), int(left)

    def _filter(self, image: Array, height: int, width: int, top: int, left: int) -> Array:
        """One image (H, W, C)."""
        import cv2

        rows, columns = image.shape[:2]
        if self.border != "constant":
            image = image.take(border_index(np.arange(-top, rows + height - 1 - top), rows, self.border), 0)
            image = image.take(border_index(np.arange(-left, columns + width - 1 - left), columns, self.border), 1)
        wide: Any = image.astype(np.float64) if image.dtype == np.int32 else image  # exact, and OpenCV has no int32
        result = getattr(cv2, self.function)(wide, np.ones((height, width), np.uint8), anchor=(left, top))
        result = result.reshape(image.shape)
        if self.border != "constant":
            result = result[top : top + rows, left : left + columns]
        found: Array = result
        return found
