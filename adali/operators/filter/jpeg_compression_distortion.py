"""jpeg_compression_distortion: what JPEG does to an image."""

from __future__ import annotations

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator
from adali.operators.filter._axes import per_frame


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
        if image.dtype != np.uint8 or image.shape[-1] != 3:
            raise ValueError(f"expected a uint8 image with 3 channels, got {image.dtype} of shape {image.shape}")
        out = ctx.empty(image.shape, np.uint8)
        if not image.size:
            return out
        qualities = ctx.array("quality")
        assert qualities is not None
        frames = image.reshape((-1, *image.shape[-3:]))
        if qualities.size != 1 and not (
            qualities.shape == (len(frames),) and (per_frame(ctx, "quality") or ctx.layout(image).startswith("F"))
        ):
            raise ValueError(f"'quality' must be one value, or one for each frame, got shape {qualities.shape}")
        values = np.broadcast_to(qualities.reshape(-1), len(frames))
        for source, target, quality in zip(frames, out.reshape(frames.shape), values, strict=True):
            distort(source, min(max(int(quality), 1), 100), target)
        return out


def distort(image: Array, quality: int, out: Array) -> None:
    """Encode and decode one image.

    Raises:
        ValueError: its sides are longer than JPEG allows (65500 pixels).
    """
    import cv2

    if max(image.shape) > 65500:
        raise ValueError(f"an image of shape {image.shape} is too large for JPEG")
    ok, data = cv2.imencode(".jpg", cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2BGR), [1, quality])
    if not ok:
        raise ValueError(f"an image of shape {image.shape} cannot be compressed")
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB, dst=out)
