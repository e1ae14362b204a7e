"""Random windows over bounding boxes: how they are drawn, and the search for one that the boxes allow."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from adali.operators.base import Array, Operator

__all__ = ["Box", "Search", "Windows"]

log = logging.getLogger(__name__)

#: Pairs of axes in the order of their ranges in ``aspect_ratio``.
PAIRS = ((0, 1), (0, 2), (1, 2))

#: Orders of two and of three axes, each as likely as the others, in the order of the numbers that DALI takes for them.
ORDERS = {
    2: ((1, 0), (0, 1)),
    3: ((2, 0, 1), (1, 2, 0), (1, 0, 2), (2, 1, 0), (0, 2, 1), (0, 1, 2)),
}

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Box:
    """Corners of a window, or of many boxes: the last axis is x, y(, z), in fractions of the image."""

    low: Array
    high: Array


class Windows:
    """Draws windows as ``scaling`` and ``aspect_ratio``, or ``crop_shape``, say.

    Raises:
        ArgumentError: a range is reversed or negative (when made).
    """

    def __init__(self, op: Operator) -> None:
        scaling, ratio = op.args["scaling"], op.args["aspect_ratio"]
        if len(scaling) != 2 or not 0 <= scaling[0] <= scaling[1] > 0:
            raise op.error(
                f"'scaling' must be two numbers in ascending order, not negative and not both 0, got {list(scaling)}"
            )
        if len(ratio) not in (2, 6) or any(not 0 <= a <= b for a, b in zip(ratio[::2], ratio[1::2], strict=True)):
            raise op.error(f"'aspect_ratio' must be one range or three, ascending and not negative, got {list(ratio)}")
        self._scaling = scaling
        bounds = np.float32(ratio)
        self._ranges = list(zip(bounds[::2], bounds[1::2], strict=True)) * (3 if len(ratio) == 2 else 1)

    def draw(self, generator: np.random.Generator, ndim: int, image: Array | None, crop: Array | None) -> Box | None:
        """A window in fractions of the image; None if it does not fit the aspect ratios.

        Args:
            generator: source of randomness.
            ndim: number of axes.
            image: extents of the image in pixels, or None.
            crop: extents of the window in pixels, or None.
        """
        if crop is not None and image is not None:
            margin = image - crop
            low = np.sign(margin) * np.floor(generator.random(ndim) * (np.abs(margin) + 1))
            return _window(low / image, crop / image)
        # In single precision, as DALI: whether extents that were made for a ratio pass it is decided by rounding.
        first, last = np.float32(self._scaling)
        extent = first + (last - first) * generator.random(ndim, np.float32)
        place = generator.random(ndim, np.float32)
        unit = np.ones(ndim, np.float32) if image is None else image.astype(np.float32)
        extent = self._proportions(extent * unit, place[0])
        for (i, j), (least, greatest) in zip(PAIRS[: ndim * (ndim - 1) // 2], self._ranges, strict=False):
            if not least <= extent[i] / extent[j] <= greatest:
                return None
        extent = extent / unit
        # A window larger than the image holds it.
        return _window(place * (1 - extent), extent)

    def _proportions(self, extent: Floats, choice: np.float32) -> Floats:
        """Give axes with a fixed ratio this ratio: in a random order, each takes its extent from the nearest one before
        it to which its ratio is fixed. Then all shrink or grow together until the longest is as long as it was drawn.

        Args:
            extent: extents as they were drawn.
            choice: which order, from 0 to 1. DALI draws it from the same number as the start along x.
        """
        ndim = len(extent)
        factor: dict[tuple[int, int], np.float32] = {}
        for (i, j), (least, greatest) in zip(PAIRS[: ndim * (ndim - 1) // 2], self._ranges, strict=False):
            if least == greatest and least > 0:
                factor[i, j], factor[j, i] = np.float32(1) / least, least
        if not factor:
            return extent
        made = extent.copy()
        orders = ORDERS[ndim]
        order = orders[min(int(choice * len(orders)), len(orders) - 1)]
        for k, axis in enumerate(order):
            for other in reversed(order[:k]):
                if (other, axis) in factor:
                    made[axis] = made[other] * factor[other, axis]
                    break
        scaled: Floats = made * extent.max() / made.max()
        return scaled


#: Windows after which a search without ``total_num_attempts`` gives up: seconds of work, so that no run can hang.
ENDLESS = 100_000


class Search:
    """Looks for a window that the boxes allow.

    Raises:
        ArgumentError: a number of attempts is not positive, a threshold not from 0 to 1 (when made).
    """

    def __init__(self, op: Operator, *, no_crop: bool, prune: float | None) -> None:
        a = op.args
        self._thresholds: list[float | None] = list(a["thresholds"])
        if any(not 0 <= t <= 1 for t in a["thresholds"]):
            raise op.error(f"'thresholds' must be from 0 to 1, got {list(a['thresholds'])}")
        if no_crop:
            self._thresholds.append(None)
        if not self._thresholds:
            raise op.error("'thresholds' must not be empty")
        if a["threshold_type"] not in ("iou", "overlap"):
            raise op.error(f"'threshold_type' must be iou or overlap, got {a['threshold_type']!r}")
        if a["num_attempts"] < 1:
            raise op.error(f"'num_attempts' must be positive, got {a['num_attempts']}")
        if op.given("total_num_attempts") and a["total_num_attempts"] < 1:
            raise op.error(f"'total_num_attempts' must be positive, got {a['total_num_attempts']}")
        self._label = op.spec.label
        self._iou = a["threshold_type"] == "iou"
        self._all: bool = a["all_boxes_above_threshold"]
        self._attempts: int = a["num_attempts"]
        self._total: int | None = a["total_num_attempts"] if op.given("total_num_attempts") else None
        self._quiet: bool = a["quiet"]
        self._prune = prune

    def run(
        self, generator: np.random.Generator, boxes: Box, draw: Callable[[], Box | None]
    ) -> tuple[Box, npt.NDArray[np.intp]]:
        """A window and the indices of the boxes that are kept in it.

        Raises:
            ValueError: there is no ``total_num_attempts``, and no window met the conditions in 100,000 attempts.
        """
        ndim = boxes.low.shape[1]
        whole = Box(np.zeros(ndim), np.ones(ndim))
        every = np.arange(len(boxes.low))
        best: tuple[Box, npt.NDArray[np.intp]] = whole, every
        best_score = -1.0
        attempts = 0
        while self._total is None or attempts < self._total:
            threshold = self._thresholds[int(generator.random() * len(self._thresholds))]
            if threshold is None:
                return whole, every
            for _ in range(self._attempts):
                if self._total is not None and attempts >= self._total:
                    break
                attempts += 1
                if self._total is None and attempts > ENDLESS:
                    raise ValueError(
                        f"no window meets the conditions after {ENDLESS} attempts; total_num_attempts or allow_no_crop "
                        "says what to do then"
                    )
                window = draw()
                if window is None:
                    continue
                if not len(every):
                    return window, every
                values = self._values(window, boxes)
                kept = self._kept(window, boxes)
                enough = values >= threshold
                if len(kept) and (enough.all() if self._all else enough.any()):
                    return window, kept
                score = float(values.min() if self._all else values.max())
                if score > best_score:
                    best, best_score = (window, kept), score
        if not self._quiet:
            log.warning("%s: no window meets the conditions after %d attempts", self._label, attempts)
        return best

    def _values(self, window: Box, boxes: Box) -> Array:
        """What is compared with the threshold, for each box."""
        common = _common(window, boxes)
        area = (boxes.high - boxes.low).prod(1)
        base = area + (window.high - window.low).prod() - common if self._iou else area
        return np.asarray(np.divide(common, base, out=np.zeros_like(common), where=base > 0))

    def _kept(self, window: Box, boxes: Box) -> npt.NDArray[np.intp]:
        """Indices of the boxes that are kept."""
        if self._prune is None:
            centre = ((boxes.low + boxes.high) / 2).astype(np.float32)
            return np.flatnonzero(((centre >= window.low) & (centre < window.high)).all(1))
        common = _common(window, boxes)
        area = (boxes.high - boxes.low).prod(1)
        return np.flatnonzero((common > 0) & (common >= self._prune * area))


def _window(low: Array, extent: Array) -> Box:
    """In the precision of the boxes, and of DALI: it decides about centres that are on an edge."""
    start = low.astype(np.float32)
    return Box(start, start + extent.astype(np.float32))


def _common(window: Box, boxes: Box) -> Array:
    """Area of each box that lies in the window."""
    extent = np.minimum(window.high, boxes.high) - np.maximum(window.low, boxes.low)
    return np.asarray(np.prod(np.maximum(extent, 0), axis=1))
