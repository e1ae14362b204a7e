"""Random windows of a given range of areas and aspect ratios, as training on ImageNet uses them.

The procedure is the one of Szegedy et al., "Going deeper with convolutions" (2014), in the form DALI gives it: the
area is uniform, the aspect ratio log-uniform; a window that does not fit is drawn again, up to a number of attempts.
"""

from __future__ import annotations

import math

import numpy as np

from adali.operators.base import Arg, ArgKind, Operator
from adali.operators.image._crop_args import Window

__all__ = ["RANDOM_CROP_ARGS", "RandomCrop"]

RANDOM_CROP_ARGS = (
    Arg("num_attempts", ArgKind.INT, 10, "How often an area and an aspect ratio are drawn before giving up."),
    Arg("random_area", ArgKind.FLOATS, (0.08, 1.0), "Range of the window's area as a fraction of the image's."),
    Arg("random_aspect_ratio", ArgKind.FLOATS, (3 / 4, 4 / 3), "Range of the window's width divided by its height."),
)


class RandomCrop:
    """Draws windows.

    Raises:
        ArgumentError: a range is empty, reversed or not positive (when made).
    """

    def __init__(self, op: Operator) -> None:
        area, ratio = op.args["random_area"], op.args["random_aspect_ratio"]
        for name, values in (("random_area", area), ("random_aspect_ratio", ratio)):
            if len(values) != 2 or not 0 < values[0] <= values[1]:
                raise op.error(f"{name} must be two positive numbers in ascending order, got {list(values)}")
        if op.args["num_attempts"] < 1:
            raise op.error(f"num_attempts must be positive, got {op.args['num_attempts']}")
        self._area_min, self._area_max = area
        self._ratio_min, self._ratio_max = ratio
        self._log_min, self._log_span = math.log(ratio[0]), math.log(ratio[1]) - math.log(ratio[0])
        self._attempts = op.args["num_attempts"]

    def window(self, generator: np.random.Generator, height: int, width: int) -> Window:
        """A window (y, x, height, width) inside an image of this size.

        Raises:
            ValueError: the image has no pixels.
        """
        if height < 1 or width < 1:
            raise ValueError(f"there is no window in an image of {height}x{width} pixels")
        draw = generator.random
        h, w = self._size(generator, height, width)
        y = int(draw() * (height - h + 1)) if h < height else 0
        x = int(draw() * (width - w + 1)) if w < width else 0
        return y, x, h, w

    def _size(self, generator: np.random.Generator, height: int, width: int) -> tuple[int, int]:
        draw = generator.random
        low, high = self._ratio_min, self._ratio_max
        pixels = height * width
        widest = max(1, int(height * high))
        tallest = max(1, int(width / low))
        # No window of the least area fits an image far longer than the aspect ratios allow.
        if height * widest < self._area_min * pixels:
            return height, min(widest, width)
        if width * tallest < self._area_min * pixels:
            return min(tallest, height), width
        span = self._area_max - self._area_min
        for _ in range(self._attempts):
            area = (self._area_min + draw() * span) * pixels
            ratio = math.exp(self._log_min + draw() * self._log_span)
            w = max(1, int(math.sqrt(area * ratio) + 0.5))
            h = max(1, int(math.sqrt(area / ratio) + 0.5))
            if w <= width and h <= height and low <= w / h <= high:
                return h, w
        if width > high * height:
            h, w = height, widest
        elif width < low * height:
            h, w = tallest, width
        else:
            h, w = height, width
        shrink = math.sqrt(min(1.0, self._area_max * pixels / (h * w)))
        return max(1, int(h * shrink)), max(1, int(w * shrink))
