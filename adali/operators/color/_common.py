"""What the colour operators share: arguments given per frame, matrices in RGB, and intensity ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from adali.kernels.color import mix_channels, multiply_add
from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator
from adali.types import DALIDataType, DALIImageType, to_numpy_type

IMAGE = Input("image", ("HWC", "FHWC", "DHWC"), doc="Images, channel-last; sequences and volumes too.")
DTYPE = Arg("dtype", ArgKind.DTYPE, None, "Type of the output; that of the input by default.")
IMAGE_TYPE = Arg(
    "image_type",
    ArgKind.IMAGE_TYPE,
    DALIImageType.RGB,
    "Colour space of input and output. The channels are taken for red, green and blue in this order, as in DALI.",
)

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
