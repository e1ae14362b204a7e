"""Images of three simple shapes, for the examples that train a network on them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIDE = 40


def draw(folder: Path, per_class: int = 48) -> None:
    """Three classes of images with noise: circles, squares and lines."""
    rng = np.random.default_rng(0)
    for label, name in enumerate(("circles", "lines", "squares")):
        (folder / name).mkdir()
        for i in range(per_class):
            image = rng.integers(0, 90, (SIDE, SIDE, 3), np.uint8)
            x, y, size = (int(v) for v in rng.integers(10, SIDE - 10, 3))
            colour = [int(c) for c in rng.integers(120, 256, 3)]
            if label == 0:
                cv2.circle(image, (x, y), size // 3, colour, -1)
            elif label == 1:
                cv2.line(image, (x, 0), (y, SIDE), colour, 2)
            else:
                half = size // 3
                cv2.rectangle(image, (x - half, y - half), (x + half, y + half), colour, -1)
            cv2.imwrite(str(folder / name / f"{i:02}.png"), image)


def listing(folder: Path) -> tuple[list[str], list[int]]:
    """Files and labels in one fixed random order."""
    classes = sorted(p for p in folder.iterdir() if p.is_dir())
    pairs = [(str(f), k) for k, c in enumerate(classes) for f in sorted(c.iterdir())]
    order = np.random.default_rng(1).permutation(len(pairs))
    return [pairs[i][0] for i in order], [pairs[i][1] for i in order]


def choices(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each image is cropped, and whether it is mirrored."""
    rng = np.random.default_rng(2)
    return rng.random((count, 2), np.float32), rng.integers(0, 2, count).astype(np.int32)
