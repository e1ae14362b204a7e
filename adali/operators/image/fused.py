"""resize and crop_mirror_normalize in one go: the resized image is never stored, and only the window is computed."""

from __future__ import annotations

import numpy as np

from adali.kernels.resample import resample_normalize
from adali.operators.base import Array, SampleContext
from adali.operators.image.crop_mirror_normalize import CropMirrorNormalize
from adali.operators.image.resize import Resize

__all__ = ["ResizeCropMirrorNormalizeFused"]


class ResizeCropMirrorNormalizeFused:
    """Does the work of a Resize and of the CropMirrorNormalize that follows it.

    The result is exactly that of the two, one after the other; whatever is unusual (other layouts or types than uint8
    HWC images, a window that leaves the resized image, padding) is done by the two.

    Attributes:
        resize: the first operator.
        normalize: the second.
    """

    def __init__(self, resize: Resize, normalize: CropMirrorNormalize) -> None:
        self.resize = resize
        self.normalize = normalize
        self.chw = normalize.target == "CHW"

    @staticmethod
    def possible(resize: Resize, normalize: CropMirrorNormalize) -> bool:
        """Whether any image could take the short way: what the operators' constant arguments say."""
        return (
            not resize.attributes
            and (resize.filters.dtype is None or resize.filters.dtype == np.uint8)
            and normalize.target in ("CHW", "HWC", "")
            and not normalize.pad_output
        )

    def run(self, ctx: SampleContext, normalize_ctx: SampleContext, *inputs: Array) -> Array:
        """Compute one sample.

        Args:
            ctx: context of the Resize.
            normalize_ctx: context of the CropMirrorNormalize; the output is allocated there.
            inputs: the image.
        """
        image = inputs[0]
        resize, normalize = self.resize, self.normalize
        layout = ctx.batch.in_layouts[0]
        if image.dtype == np.uint8 and image.ndim == 3 and (layout == "HWC" or not layout):
            size, roi = resize.sizes.plan(ctx, image.shape[:2], "HW")
            height, width = size
            window = normalize.window(normalize_ctx, height, width)
            y, x, h, w = window
            if y >= 0 and x >= 0 and y + h <= height and x + w <= width and h > 0 and w > 0:
                low, high, antialias = resize.filters.constant or resize.filters.of(ctx)
                channels = image.shape[2]
                mean, inv_std = normalize.affine(normalize_ctx, channels)
                chw = self.chw
                return resample_normalize(
                    image,
                    size,
                    min_filter=low,
                    mag_filter=high,
                    antialias=antialias,
                    roi=roi,
                    crop=window,
                    mirror=normalize.mirrored(normalize_ctx),
                    mean=mean,
                    inv_std=inv_std,
                    layout="CHW" if chw else "HWC",
                    dtype=normalize.dtype,
                    out=normalize_ctx.empty((channels, h, w) if chw else (h, w, channels), normalize.dtype),
                )
        resized = resize.run(ctx, image)
        assert isinstance(resized, np.ndarray)
        return normalize.run(normalize_ctx, resized)
