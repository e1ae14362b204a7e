"""jpeg_compression_distortion: what JPEG does to an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import per_frame
from adali.operators.gpu import GpuContext, addresses, struct
from adali.operators.gpu_copy import shown
from adali.types import storage_dtype

_FRAME = struct(
    ("in", "p"),
    ("out", "p"),
    ("planes", "p"),
    ("pixels", "i8"),
    ("threads", "i8"),
    ("width", "i4"),
    ("height", "i4"),
    ("luma_w", "i4"),
    ("luma_h", "i4"),
    ("chroma_w", "i4"),
    ("chroma_h", "i4"),
    ("divisors", "u1", 128),
)

#: The tables of the standard (ITU T.81, annex K), for quality 50.
_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
#: Longest side of an image.
_LARGEST = 65500


@operator(
    "JpegCompressionDistortion",
    inputs=(Input("image", ("HWC", "FHWC"), doc="uint8 RGB images or sequences of them."),),
    args=(
        Arg(
            "quality",
            ArgKind.INT,
            50,
            "JPEG quality from 1 (worst) to 100 (best); what is outside is clamped.",
            tensor=True,
            per_frame=True,
        ),
    ),
    devices=("cpu", "gpu"),
)
class JpegCompressionDistortion(SampleOperator):
    """Compresses RGB images as JPEG (with half the resolution of colour) and decompresses them again.

    Raises:
        ValueError: the image is not uint8 with 3 channels.
    """

    def run(self, ctx: SampleContext, *inputs: Array) -> Array:
        image = inputs[0]
        qualities = self._qualities(ctx, image)
        out = ctx.empty(image.shape, np.uint8)
        if not image.size:
            return out
        frames = image.reshape((-1, *image.shape[-3:]))
        for source, target, quality in zip(frames, out.reshape(frames.shape), qualities, strict=True):
            distort(source, quality, target)
        return out

    @staticmethod
    def _qualities(ctx: SampleContext, image: Array) -> Sequence[int]:
        """The quality of each frame, 1 to 100; of an image, which need not be readable, only type and shape count."""
        if image.dtype != np.uint8 or image.shape[-1] != 3:
            raise ValueError(f"expected a uint8 image with 3 channels, got {image.dtype} of shape {image.shape}")
        if not image.size:
            return []
        qualities = ctx.array("quality")
        assert qualities is not None
        frames = math.prod(image.shape[:-3])
        if qualities.size != 1 and not (
            qualities.shape == (frames,) and (per_frame(ctx, "quality") or ctx.layout(image).startswith("F"))
        ):
            raise ValueError(f"'quality' must be one value, or one for each frame, got shape {qualities.shape}")
        values = np.broadcast_to(qualities.reshape(-1), frames).tolist()
        return [min(max(int(quality), 1), 100) for quality in values]

    gpu_kernels = (("jpeg.cu", "jpeg_blocks"), ("jpeg.cu", "jpeg_colors"))

    def run_gpu(self, ctx: GpuContext, *inputs: Any) -> Any:
        batch = inputs[0]
        shapes, kind, starts = batch.shape(), storage_dtype(batch._dtype), addresses(batch).tolist()
        out = ctx.empty(shapes, np.uint8, batch._layout)
        ends = addresses(out).tolist()
        rows: list[tuple[Any, ...]] = []
        used = 0  # of the planes, in bytes

        def add(i: int) -> None:
            nonlocal used
            height, width = shapes[i][-3:-1]
            _check_size(shapes[i])
            for frame, quality in enumerate(self._qualities(ctx.sample(i), shown(starts[i], shapes[i], kind))):
                where = frame * height * width * 3
                luma, chroma = (-(-width // 8), -(-height // 8)), (-(-width // 16), -(-height // 16))
                blocks = math.prod(luma) + 2 * math.prod(chroma)
                sizes = (height * width, blocks * 8, width, height, *luma, *chroma)
                rows.append((starts[i] + where, ends[i] + where, used, *sizes, divisors(quality)))
                used += blocks * 64

        ctx.each(add)
        if not rows:
            return out
        planes = ctx.xp.empty((used,), np.uint8)
        ctx.ledger.append(planes)
        table = np.array(rows, _FRAME)
        table["planes"] += np.uintp(int(planes.data.ptr))
        for name, elements in (("jpeg_blocks", table["threads"]), ("jpeg_colors", table["pixels"])):
            # Both have addresses of both in their table.
            ctx.launch("jpeg.cu", name, table, elements=int(elements.max()), reads=[batch], writes=[planes, out])
        return out


def divisors(quality: int) -> Array:
    """What the values of the DCT are divided by, for luma and then for colours: 128 numbers from 1 to 255."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    base = np.array([_LUMA, _CHROMA]).reshape(-1)
    scaled: Array = np.clip((base * percent + 50) // 100, 1, 255).astype(np.uint8)
    return scaled


def _check_size(shape: Sequence[int]) -> None:
    if max(shape[-3:]) > _LARGEST:
        raise ValueError(f"an image of shape {tuple(shape)} is too large for JPEG")


def distort(image: Array, quality: int, out: Array) -> None:
    """Encode and decode one image.

    Raises:
        ValueError: its sides are longer than JPEG allows (65500 pixels).
    """
    import cv2

    _check_size(image.shape)
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR), [1, quality])
    if not ok:
        raise ValueError(f"an image of shape {image.shape} cannot be compressed")
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB, dst=out)
