"""color_space_conversion: between RGB, BGR, GRAY and YCbCr."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from adali.kernels.color import mix_channels
from adali.kernels.cuda import type_code
from adali.operators.base import REQUIRED, Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.color._common import MIX
from adali.operators.gpu import GpuContext, addresses
from adali.types import DALIDataType, DALIImageType

_RGB, _BGR, _GRAY, _YCC = DALIImageType.RGB, DALIImageType.BGR, DALIImageType.GRAY, DALIImageType.YCbCr

# ITU-R BT.601 for 8 bits with Y in 16..235 and chroma in 16..240 around 128.
_LUMA = np.array([0.299, 0.587, 0.114])
_TO_YCC = np.array(
    [
        _LUMA * (219 / 255),
        (np.array([0, 0, 1]) - _LUMA) * (112 / 255 / (1 - 0.114)),
        (np.array([1, 0, 0]) - _LUMA) * (112 / 255 / (1 - 0.299)),
    ]
)
_YCC_OFFSET = np.array([16.0, 128.0, 128.0])
_FROM_YCC = np.linalg.inv(_TO_YCC)


@operator(
    "ColorSpaceConversion",
    inputs=(Input("image", ("HWC", "FHWC", "DHWC", "FDHWC"), doc="uint8 images, channel-last."),),
    args=(
        Arg("image_type", ArgKind.IMAGE_TYPE, REQUIRED, "Colour space of the input."),
        Arg("output_type", ArgKind.IMAGE_TYPE, REQUIRED, "Colour space of the output."),
    ),
    devices=("cpu", "gpu"),
)
class ColorSpaceConversion(SampleOperator):
    """Converts images between RGB, BGR, GRAY and YCbCr.

    YCbCr is that of ITU-R BT.601 for 8 bits (Y from 16 to 235, chroma from 16 to 240). GRAY has one channel: the
    luma of RGB, with the full range from 0 to 255.
    """

    def setup(self) -> None:
        source, target = self.args["image_type"], self.args["output_type"]
        for name, kind in (("image_type", source), ("output_type", target)):
            if kind not in (_RGB, _BGR, _GRAY, _YCC):
                raise self.error(f"{name} must be RGB, BGR, GRAY or YCbCr, got {kind}")
        # Everything goes through RGB as an affine map: x -> matrix @ x + offset.
        matrix, offset = np.eye(3), np.zeros(3)
        if source == _BGR:
            matrix = matrix[::-1]
        elif source == _YCC:
            matrix, offset = _FROM_YCC, -_FROM_YCC @ _YCC_OFFSET
        if target == _BGR:
            matrix, offset = matrix[::-1], offset[::-1]
        elif target == _YCC:
            matrix, offset = _TO_YCC @ matrix, _TO_YCC @ offset + _YCC_OFFSET
        elif target == _GRAY and source != _GRAY:
            matrix, offset = np.tile(_LUMA @ matrix, (3, 1)), np.full(3, _LUMA @ offset)
        self.matrix = np.ascontiguousarray(matrix, np.float32)
        self.offset = np.ascontiguousarray(offset, np.float32)
        self.channels = (1 if source == _GRAY else 3, 1 if target == _GRAY else 3)

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        have, want = self.channels
        if image.dtype != np.uint8:
            raise ValueError(f"expected a uint8 image, got {image.dtype}")
        if image.shape[-1] != have:
            raise ValueError(f"expected {have} channels, got an image of shape {image.shape}")
        out = ctx.empty((*image.shape[:-1], want), np.uint8)
        if have == want == 1:
            out[...] = image
        elif have == 1:
            wide = np.ascontiguousarray(np.broadcast_to(image, out.shape))
            mix_channels(wide, self.matrix, self.offset, out)
        elif want == 1:
            grey = np.empty((*image.shape[:-1], 3), np.uint8)
            mix_channels(np.ascontiguousarray(image), self.matrix, self.offset, grey)
            out[...] = grey[..., :1]
        else:
            mix_channels(np.ascontiguousarray(image), self.matrix, self.offset, out)
        return out

    gpu_kernels = (("color.cu", "mix_channels"),)

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        have, want = self.channels
        if batch._dtype is not DALIDataType.UINT8:
            raise ValueError(f"expected a uint8 image, got {batch._dtype.name}")
        shapes = batch.shape()
        for shape in shapes:
            if shape[-1] != have:
                raise ValueError(f"expected {have} channels, got an image of shape {shape}")
        out = ctx.empty([(*shape[:-1], want) for shape in shapes], np.uint8, batch._layout)
        table = np.zeros(len(shapes), MIX)
        table["in"], table["out"] = addresses(batch), addresses(out)
        table["size"] = [math.prod(shape[:-1]) for shape in shapes]
        table["channels"], table["wanted"] = have, want
        same = have == want == 1
        table["matrix"], table["offset"] = (
            (np.eye(3).reshape(-1), 0) if same else (self.matrix.reshape(-1), self.offset)
        )
        code = np.int32(type_code(np.uint8))
        elements = int(table["size"].max(initial=0))
        ctx.launch("color.cu", "mix_channels", table, code, code, elements=elements, reads=[batch], writes=[out])
        return out
