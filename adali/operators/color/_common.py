"""What the colour operators share: arguments given per frame, matrices in RGB, and intensity ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from adali.data.device_samples import pointers
from adali.graph.schema import layouts_of
from adali.kernels.color import mix_channels, multiply_add
from adali.kernels.cuda import type_code
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator
from adali.operators.gpu import GpuContext, struct
from adali.operators.gpu_copy import shown
from adali.types import DALIDataType, DALIImageType, storage_dtype, to_numpy_type

IMAGE = Input("image", ("HWC", "FHWC", "DHWC"), doc="Images, channel-last; sequences and volumes too.")
DTYPE = Arg("dtype", ArgKind.DTYPE, None, "Type of the output; that of the input by default.")
IMAGE_TYPE = Arg(
    "image_type",
    ArgKind.IMAGE_TYPE,
    DALIImageType.RGB,
    "Colour space of input and output. The channels are taken for red, green and blue in this order, as in DALI.",
)

MIX = struct(
    ("in", "p"),
    ("out", "p"),
    ("size", "i8"),
    ("channels", "i4"),
    ("wanted", "i4"),
    ("matrix", "f4", 9),
    ("offset", "f4", 3),
)
SCALE = struct(("in", "p"), ("out", "p"), ("size", "i8"), ("factor", "f4"), ("addend", "f4"))

_TYPES = (DALIDataType.UINT8, DALIDataType.INT16, DALIDataType.INT32, DALIDataType.FLOAT)

# RGB to the YIQ space of NTSC, with the coefficients rounded to three digits as DALI's documentation of the linear
# approximation implies; the way back is its exact inverse.
_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


def factor(name: str, default: float | None, doc: str) -> Arg:
    """A float argument that may differ by sample and by frame."""
    return Arg(name, ArgKind.FLOAT, default, doc, tensor=True, per_frame=True)


BRIGHTNESS = factor("brightness", 1.0, "Factor of the brightness.")
BRIGHTNESS_SHIFT = factor(
    "brightness_shift", 0.0, "Addend of the brightness; 1.0 is the largest value of the output type (1 for floats)."
)
CONTRAST = factor("contrast", 1.0, "Factor of the contrast; 0 gives uniform grey.")
CONTRAST_CENTER = factor(
    "contrast_center",
    None,
    "The value that contrast leaves as it is; by default the middle of the input type's positive range.",
)
HUE = factor("hue", 0.0, "Change of hue in degrees.")
SATURATION = factor("saturation", 1.0, "Factor of the saturation; 0 gives grey.")


def twist_matrix(hue: float, saturation: float, value: float) -> Array:
    """The matrix that turns hue by degrees and scales saturation and value, in RGB.

    The chroma plane of YIQ is rotated by ``-hue`` and scaled; everything is scaled by ``value``.
    """
    angle = -math.radians(hue)
    c, s = saturation * math.cos(angle), saturation * math.sin(angle)
    turn = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    matrix: Array = _FROM_YIQ @ turn @ _TO_YIQ * value
    return matrix


def full_range(dtype: Any) -> float:
    """Largest value of an integer type, 1 for floats."""
    kind = np.dtype(dtype)
    return 1.0 if kind.kind == "f" else float(np.iinfo(kind).max)


def half_range(dtype: Any) -> float:
    """The middle of the positive range: 128 for uint8, 16384 for int16, 0.5 for floats."""
    kind = np.dtype(dtype)
    return 0.5 if kind.kind == "f" else (float(np.iinfo(kind).max) + 1) / 2


class ColorOperator(SampleOperator):
    """Base: checks types, makes the output, and splits a sequence into frames."""

    def output_dtype(self, image: Array) -> Any:
        """Element type of the output.

        Raises:
            ValueError: the operator does not take or give such elements.
        """
        dtype = self.args["dtype"]
        target = image.dtype if dtype is None else np.dtype(to_numpy_type(dtype))
        for what, kind in (("input", image.dtype), ("output", target)):
            if kind not in [np.dtype(to_numpy_type(t)) for t in _TYPES]:
                raise ValueError(f"{what} type {kind} is not supported; supported: uint8, int16, int32, float32")
        return target

    def frames(self, ctx: SampleContext, image: Array, out: Array) -> Iterator[tuple[int, Array, Array]]:
        """Number, input and output of each frame; an image or a volume is one frame."""
        if ctx.layout(image).startswith("F"):
            for frame in range(image.shape[0]):
                yield frame, image[frame], out[frame]
        else:
            yield 0, image, out

    def value(self, ctx: SampleContext, name: str, frame: int) -> float:
        """An argument for a frame.

        Raises:
            ValueError: it has several values, but fewer than there are frames.
        """
        array = ctx.array(name)
        assert array is not None
        if array.size == 1:
            return float(array.reshape(())[()])
        if array.ndim != 1 or frame >= array.size:
            raise ValueError(f"argument '{name}' has shape {array.shape}; expected one value, or one for each frame")
        return float(array[frame])

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        """One row of the kernel's table for each frame."""
        batch = inputs[0]
        source, shapes, starts = storage_dtype(batch._dtype), batch.shape(), pointers(batch._samples)
        target = self.output_dtype(shown(0, (0,), source))
        layout = batch._layout or layouts_of(batch.ndim(), self.schema.inputs[0].layouts)
        out = ctx.empty(shapes, target, batch._layout)
        rows: list[Any] = []
        ends = pointers(out._samples)

        def add(i: int) -> None:
            shape, sample = shapes[i], ctx.sample(i)
            frames = shape[0] if layout.startswith("F") else 1
            size = math.prod(shape) // max(frames, 1)
            for frame in range(frames):
                where = starts[i] + frame * size * source.itemsize, ends[i] + frame * size * target.itemsize
                rows.append(self.row(sample, frame, where, size, shape, source, target))

        ctx.each(add)
        table = np.array(rows, self.row_type) if rows else np.zeros(0, self.row_type)
        codes = np.int32(type_code(source)), np.int32(type_code(target))
        elements = int(table["size"].max(initial=0))
        ctx.launch("color.cu", self.gpu_kernels[0][1], table, *codes, elements=elements, reads=[batch], writes=[out])
        return out

    row_type: np.dtype[Any]

    def row(
        self,
        ctx: SampleContext,
        frame: int,
        where: tuple[int, int],
        size: int,
        shape: tuple[int, ...],
        source: Any,
        target: Any,
    ) -> tuple[Any, ...]:
        """The kernel's row for a frame of so many values."""
        raise NotImplementedError


class MatrixOperator(ColorOperator):
    """Base of operators that multiply every pixel with a matrix."""

    def matrix(self, ctx: SampleContext, frame: int, dtype: Any) -> tuple[Array, float]:
        """Matrix and addend for a frame."""
        raise NotImplementedError

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = np.ascontiguousarray(inputs[0])
        if image.shape[-1] != 3:
            raise ValueError(f"expected 3 channels, got an image of shape {image.shape}")
        out = ctx.empty(image.shape, self.output_dtype(image))
        for frame, source, target in self.frames(ctx, image, out):
            matrix, addend = self.matrix(ctx, frame, image.dtype)
            offset = np.full(3, addend, np.float32)
            mix_channels(source, np.ascontiguousarray(matrix, np.float32), offset, target)
        return out

    gpu_kernels = (("color.cu", "mix_channels"),)
    row_type = MIX

    def row(
        self,
        ctx: SampleContext,
        frame: int,
        where: tuple[int, int],
        size: int,
        shape: tuple[int, ...],
        source: Any,
        target: Any,
    ) -> tuple[Any, ...]:
        """See :class:`ColorOperator`."""
        if shape[-1] != 3:
            raise ValueError(f"expected 3 channels, got an image of shape {shape}")
        matrix, addend = self.matrix(ctx, frame, source)
        return (*where, size // 3, 3, 3, np.asarray(matrix, np.float32).reshape(-1), np.full(3, addend, np.float32))


class AffineOperator(ColorOperator):
    """Base of operators that multiply every value and add to it."""

    def coefficients(self, ctx: SampleContext, frame: int, source: Any, target: Any) -> tuple[float, float]:
        """Factor and addend for a frame, given the types of input and output."""
        raise NotImplementedError

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        out = ctx.empty(image.shape, self.output_dtype(image))
        for frame, source, target in self.frames(ctx, image, out):
            multiply_add(source, *self.coefficients(ctx, frame, image.dtype, out.dtype), target)
        return out

    gpu_kernels = (("color.cu", "multiply_add"),)
    row_type = SCALE

    def row(
        self,
        ctx: SampleContext,
        frame: int,
        where: tuple[int, int],
        size: int,
        shape: tuple[int, ...],
        source: Any,
        target: Any,
    ) -> tuple[Any, ...]:
        """See :class:`ColorOperator`."""
        return (*where, size, *self.coefficients(ctx, frame, source, target))
