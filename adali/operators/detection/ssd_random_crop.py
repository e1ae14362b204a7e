"""ssd_random_crop: the random crop that the SSD detector is trained with."""

from __future__ import annotations

from typing import Any

import numpy as np

from adali.operators.base import Arg, ArgKind, Array, Input, SampleContext, SampleOperator, operator

# Smallest overlap that every box must have with the window; None leaves the image whole.
_OVERLAPS = (None, 0.1, 0.3, 0.5, 0.7, 0.9, -np.inf)


@operator(
    "SSDRandomCrop",
    inputs=(
        Input("images", ("HWC",), doc="Images."),
        Input("boxes", doc="Boxes, float32, shape (boxes, 4): left, top, right, bottom, relative to the image."),
        Input("labels", doc="A label for each box."),
    ),
    args=(Arg("num_attempts", ArgKind.INT, 1, "Windows to try before another smallest overlap is drawn."),),
    num_outputs=3,
    random=True,
)
class SSDRandomCrop(SampleOperator):
    """Crops an image at random so that all its boxes overlap the window by a random smallest IoU.

    The smallest IoU is drawn from 0.1, 0.3, 0.5, 0.7, 0.9 and none, or the image stays whole; sides are 0.3 to 1 of the
    image's, with an aspect ratio from 1/2 to 2 (Liu et al., "SSD: Single Shot MultiBox Detector", section 2.2). Boxes
    whose centre lies outside the window are left out, with their labels; the others are clipped to it and relative to
    it. The outputs are the image, the boxes and the labels.
    """

    def setup(self) -> None:
        if self.args["num_attempts"] < 1:
            raise self.error(f"num_attempts must be positive, got {self.args['num_attempts']}")

    def layouts(self, inputs: Any) -> tuple[str, ...]:
        return tuple(inputs)

    def run(self, ctx: SampleContext, *inputs: Array) -> tuple[Array, ...]:
        image, boxes, labels = inputs
        if boxes.size % 4 or (boxes.ndim == 2 and boxes.shape[1] != 4):
            raise ValueError(f"boxes must have shape (boxes, 4), got {boxes.shape}")
        corners = boxes.reshape(-1, 4).astype(np.float32, copy=False)
        if len(labels) != len(corners):
            raise ValueError(f"{len(corners)} boxes, but {len(labels)} labels")
        window = self._window(ctx.generator(), corners) if len(corners) else None
        if window is None:
            return image, corners.reshape(boxes.shape), labels
        left, top, right, bottom = window
        kept = _centred(corners, window)
        clipped = np.clip(corners[kept], [left, top, left, top], [right, bottom, right, bottom])
        offset = np.array([left, top] * 2, np.float32)
        size = np.array([right - left, bottom - top] * 2, np.float32)
        height, width = image.shape[:2]
        part = image[int(top * height) : int(bottom * height), int(left * width) : int(right * width)]
        return part, ((clipped - offset) / size).astype(np.float32), labels[kept]

    def _window(self, rng: np.random.Generator, boxes: Array) -> tuple[float, float, float, float] | None:
        while True:
            smallest = _OVERLAPS[int(rng.integers(len(_OVERLAPS)))]
            if smallest is None:
                return None
            for _ in range(self.args["num_attempts"]):
                width, height = rng.uniform(0.3, 1.0, 2)
                if not 0.5 <= width / height <= 2.0:
                    continue
                left, top = rng.uniform(0.0, 1.0 - width), rng.uniform(0.0, 1.0 - height)
                window = (float(left), float(top), float(left + width), float(top + height))
                if (_overlap(boxes, window) > smallest).all() and _centred(boxes, window).any():
                    return window


def _overlap(boxes: Array, window: tuple[float, float, float, float]) -> Array:
    """Intersection over union of each box with the window."""
    low, high = np.maximum(boxes[:, :2], window[:2]), np.minimum(boxes[:, 2:], window[2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = (window[2] - window[0]) * (window[3] - window[1])
    union: Array = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + area - shared
    return np.asarray(shared / union)


def _centred(boxes: Array, window: tuple[float, float, float, float]) -> Array:
    """Which boxes have their centre inside the window."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    return np.asarray((x > window[0]) & (x < window[2]) & (y > window[1]) & (y < window[3]))
