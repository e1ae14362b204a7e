"""ssd_random_crop: the real DALI's distribution, and what holds for every window."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali.sync
from adali import fn

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "ssd_random_crop.json").read_text())
BOXES = {
    "two": [[0.1, 0.1, 0.6, 0.7], [0.5, 0.5, 0.9, 0.95]],
    "one": [[0.3, 0.3, 0.6, 0.6]],
    "three": [[0.05, 0.05, 0.2, 0.2], [0.7, 0.7, 0.95, 0.95], [0.4, 0.3, 0.6, 0.8]],
}
ROWS, COLUMNS = np.mgrid[0:200, 0:300]
IMAGE = np.stack([ROWS, COLUMNS % 256, COLUMNS // 256], -1).astype(np.uint8)


def draw(boxes: Any, attempts: int = 1, runs: int = 4, seed: int = 3, threads: int = 2) -> list[Any]:
    box, batch = np.array(boxes, np.float32).reshape(-1, 4), 250
    pipe = adali.sync.Pipeline(batch_size=batch, num_threads=threads, device_id=None, seed=seed)
    with pipe:
        images = fn.external_source(itertools.repeat([IMAGE] * batch), layout="HWC")
        given = fn.external_source(itertools.repeat([box] * batch))
        labels = fn.external_source(itertools.repeat([np.arange(len(box), dtype=np.int32)] * batch))
        pipe.set_outputs(*fn.ssd_random_crop(images, given, labels, num_attempts=attempts))
    rows = [[o.at(k).copy() for o in out] for out in (pipe.run() for _ in range(runs)) for k in range(batch)]
    pipe.close()
    return rows


def corner(part: Any) -> tuple[int, int]:
    return int(part[0, 0, 0]), int(part[0, 0, 1]) + 256 * int(part[0, 0, 2])


@pytest.mark.parametrize("name", GOLDEN)
def test_windows_are_distributed_as_dalis(name: str) -> None:
    case, attempts = name.split("-")
    rows = draw(BOXES[case], int(attempts))
    mine = np.array([[*image.shape[:2], *corner(image), len(labels)] for image, _, labels in rows])
    for column, theirs in zip(mine.T, np.array(GOLDEN[name]), strict=True):
        values = np.union1d(column, theirs)
        a = np.searchsorted(np.sort(column), values, "right") / len(column)
        b = np.searchsorted(np.sort(theirs), values, "right") / len(theirs)
        # DALI's quantiles stand for 4000 draws; 1.95 sqrt(1/n + 1/m) is exceeded by chance once in a thousand.
        assert np.abs(a - b).max() < 1.95 * np.sqrt(1 / len(column) + 1 / 4000) + 1 / len(theirs)


def test_boxes_follow_their_windows() -> None:
    boxes = np.array(BOXES["three"], np.float32)
    for image, kept, labels in draw(boxes, runs=1):
        top, left = corner(image)
        height, width = image.shape[:2]
        np.testing.assert_array_equal(image, IMAGE[top : top + height, left : left + width])
        assert len(kept) == len(labels) > 0
        pixels = kept * [width, height, width, height] + [left, top, left, top]
        clipped = np.clip(boxes[labels] * [300, 200, 300, 200], [left, top] * 2, [left + width, top + height] * 2)
        # The window's edges are cut to whole pixels after the boxes were computed.
        assert np.abs(pixels - clipped).max() <= 2


def test_results_depend_on_the_seed_and_not_on_threads() -> None:
    first, again, other = (draw(BOXES["two"], runs=1, seed=s, threads=t) for s, t in ((1, 1), (1, 4), (2, 4)))
    assert all(np.array_equal(a, b) for x, y in zip(first, again, strict=True) for a, b in zip(x, y, strict=True))
    assert any(x[0].shape != y[0].shape for x, y in zip(first, other, strict=True))


def test_images_without_boxes_stay_whole() -> None:
    for image, kept, labels in draw(np.zeros((0, 4)), runs=1)[:5]:
        assert image.shape == IMAGE.shape
        assert len(kept) == len(labels) == 0


def test_wrong_inputs_are_refused() -> None:
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
    with pipe:
        images = fn.external_source(itertools.repeat([IMAGE]), layout="HWC")
        boxes = fn.external_source(itertools.repeat([np.zeros((2, 4), np.float32)]))
        labels = fn.external_source(itertools.repeat([np.zeros(3, np.int32)]))
        pipe.set_outputs(*fn.ssd_random_crop(images, boxes, labels))
    with pytest.raises(adali.OperatorError, match="2 boxes, but 3 labels"):
        pipe.run()
    pipe.close()
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(*fn.ssd_random_crop(1, 2, 3, num_attempts=0))
    with pytest.raises(ValueError, match="num_attempts must be positive"):
        pipe.build()
