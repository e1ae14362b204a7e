"""debayer: colour images from the mosaic of a sensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.graph.schema import layouts_of
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import vector
from adali.operators.gpu import GpuContext, addresses, struct
from adali.types import storage_dtype

_PATTERNS = {(0, 0): "BG", (0, 1): "GB", (1, 0): "GR", (1, 1): "RG"}
_CODES = {"bilinear_ocv": "RGB", "edgeaware_ocv": "RGB_EA", "vng_ocv": "RGB_VNG", "gray_ocv": "GRAY"}
#: The same on the GPU, by the kernel's numbers.
_METHODS = {"bilinear_ocv": 0, "edgeaware_ocv": 1, "default_npp": 1, "vng_ocv": 2, "gray_ocv": 3}

_MOSAIC = struct(
    ("in", "p"), ("out", "p"), ("pixels", "i8"), ("width", "i4"), ("height", "i4"), ("red_x", "i4"), ("red_y", "i4")
)


@operator(
    "Debayer",
    inputs=(Input("image", ("HW", "HWC", "FHW", "FHWC"), doc="uint8 or uint16, one channel, even height and width."),),
    args=(
        Arg(
            "algorithm",
            ArgKind.STR,
            None,
            "How missing colours are found: 'bilinear_ocv' (the default), 'edgeaware_ocv', 'vng_ocv' (uint8 only), or "
            "'gray_ocv', which gives grey images. 'default_npp', DALI's only one on the GPU, is another name of "
            "'edgeaware_ocv' there.",
        ),
        Arg(
            "blue_position",
            ArgKind.INTS,
            REQUIRED,
            "Row and column of blue in the 2x2 tile that begins in the second row and column of the sensor.",
            tensor=True,
            per_frame=True,
        ),
    ),
    devices=("cpu", "gpu"),
    legacy=("experimental__Debayer",),
)
class Debayer(SampleOperator):
    """Makes RGB images of the values behind a Bayer filter, with the algorithms of OpenCV.

    The output is HWC (FHWC for sequences) with three channels, or one with 'gray_ocv'.

    Raises:
        ValueError: an image of another type, with more than one channel or an odd side; a position outside the tile.
    """

    def setup(self) -> None:
        self.algorithm: str = self.args["algorithm"] or "bilinear_ocv"
        known = _METHODS if self.spec.device == "gpu" else _CODES
        if self.algorithm not in known:
            device = self.spec.device.upper()
            raise self.error(f"algorithm must be one of {', '.join(known)} on {device}, got {self.algorithm!r}")
        self.channels = 1 if self.algorithm == "gray_ocv" else 3

    def layouts(self, inputs: Sequence[str]) -> tuple[str, ...]:
        return ("FHWC" if inputs[0].startswith("F") else "HWC",)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        import cv2

        image = inputs[0]
        shape = self._mosaic(ctx.layout(image), image.shape, image.dtype)
        out = ctx.empty((*shape, self.channels), image.dtype)
        if not image.size:
            return out
        frames, targets = image.reshape((-1, *shape[-2:])), out.reshape(-1, *shape[-2:], self.channels)
        for index, (source, target) in enumerate(zip(frames, targets, strict=True)):
            code = getattr(cv2, f"COLOR_Bayer{_PATTERNS[self._position(ctx, index)]}2{_CODES[self.algorithm]}")
            target[...] = cv2.cvtColor(np.ascontiguousarray(source), code).reshape(target.shape)
        return out

    def _mosaic(self, layout: str, shape: tuple[int, ...], dtype: Any) -> tuple[int, ...]:
        """Shape of an input without its axis of one channel."""
        if layout.endswith("C"):
            if shape[-1] != 1:
                raise ValueError(f"expected one channel, got an image of shape {shape}")
            shape = shape[:-1]
        supported = (np.uint8,) if self.algorithm == "vng_ocv" else (np.uint8, np.uint16)
        if dtype not in supported:
            names = " or ".join(np.dtype(t).name for t in supported)
            raise ValueError(f"{self.algorithm} needs {names} images, got {dtype}")
        if shape[-1] % 2 or shape[-2] % 2:
            raise ValueError(f"height and width must be even, got an image of shape {shape}")
        return shape

    @staticmethod
    def _position(ctx: SampleContext, frame: int) -> tuple[int, int]:
        """Row and column of blue."""
        position = vector(ctx, "blue_position", frame, 2)
        assert position is not None
        if position not in _PATTERNS:
            raise ValueError(f"blue_position lies in a tile of 2x2 pixels, got {position}")
        row, column = position
        return row, column

    gpu_kernels = (("debayer.cu", "debayer"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        kind, starts = storage_dtype(batch._dtype), addresses(batch).tolist()
        layout = batch._layout or layouts_of(batch.ndim(), self.schema.inputs[0].layouts)
        shapes = ctx.each(lambda i: self._mosaic(layout, batch.shape()[i], kind))
        out = ctx.empty([(*shape, self.channels) for shape in shapes], kind, self.layouts((layout,))[0])
        ends = addresses(out).tolist()
        rows: list[tuple[int, ...]] = []

        def add(i: int) -> None:
            height, width = shapes[i][-2:]
            pixels = height * width
            for frame in range(math.prod(shapes[i]) // max(pixels, 1)):
                # Red is the other corner of the tile, which begins in the second row and column.
                y, x = self._position(ctx.sample(i), frame)
                where = frame * pixels * kind.itemsize
                rows.append((starts[i] + where, ends[i] + where * self.channels, pixels, width, height, x, y))

        ctx.each(add)
        table = np.array(rows, _MOSAIC) if rows else np.zeros(0, _MOSAIC)
        codes = np.int32(_METHODS[self.algorithm]), np.int32(kind.itemsize)
        elements = int(table["pixels"].max(initial=0))
        ctx.launch("debayer.cu", "debayer", table, *codes, elements=elements, reads=[batch], writes=[out])
        return out
