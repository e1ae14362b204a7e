"""Trains a small network in JAX twice, on batches made with NumPy and on adali's, of the same images and augmentations.

Both loss curves are the same to the last few digits; see examples/pytorch_training.py, of which this is the twin.

python examples/jax_training.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import cv2
import jax
import jax.numpy as jnp
import numpy as np
from shapes.drawing import SIDE, choices, draw, listing

from adali import fn, types
from adali.plugin.jax import data_iterator

CROP, BATCH, EPOCHS = 32, 16, 4
MEAN, STD = 120.0, 60.0


def batches_by_hand(files: list[str], labels: list[int]):
    """What one writes without a library for it."""
    crops, mirrors = choices(len(files))
    for start in range(0, len(files), BATCH):
        batch = []
        for i in range(start, start + BATCH):
            image = cv2.resize(cv2.imread(files[i])[..., ::-1], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
            x, y = (round(float(c) * (SIDE - CROP)) for c in crops[i])
            image = image[y : y + CROP, x : x + CROP]
            batch.append(image[:, ::-1] if mirrors[i] else image)
        yield jnp.asarray((np.stack(batch).astype(np.float32) - MEAN) / STD), jnp.asarray(labels[start : start + BATCH])


@data_iterator(output_map=["images", "labels"], reader_name="reader", auto_reset=True)
def training(files: list[str], labels: list[int]):
    """What one writes for adali."""
    crops, mirrors = choices(len(files))
    data, label = fn.readers.file(files=files, labels=labels, pad_last_batch=True, name="reader")
    crop, mirror = fn.external_source(
        lambda info: (crops[info.idx_in_epoch % len(crops)], mirrors[info.idx_in_epoch % len(crops)]),
        num_outputs=2,
        batch=False,
    )
    images = fn.resize(fn.decoders.image(data), size=(SIDE, SIDE), interp_type=types.INTERP_NN, antialias=False)
    images = fn.crop_mirror_normalize(
        images,
        crop=(CROP, CROP),
        crop_pos_x=crop[0],
        crop_pos_y=crop[1],
        mirror=mirror,
        mean=[MEAN] * 3,
        std=[STD] * 3,
        output_layout="HWC",
    )
    return images, fn.reshape(label, shape=[])


def convolve(x, kernel):
    return jax.nn.relu(
        jax.lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    )


def loss_of(weights, images, labels):
    x = convolve(convolve(images, weights["first"]), weights["second"])
    scores = x.reshape(len(x), -1) @ weights["last"]
    return -jnp.mean(jax.nn.log_softmax(scores)[jnp.arange(len(x)), labels])


@jax.jit
def step(weights, images, labels):
    loss, gradient = jax.value_and_grad(loss_of)(weights, images, labels)
    return jax.tree.map(lambda w, g: w - 0.05 * g, weights, gradient), loss


def train(batches, classes: int) -> list[float]:
    """Mean loss of each epoch."""
    first, second, last = jax.random.split(jax.random.key(0), 3)
    weights = {
        "first": jax.random.normal(first, (3, 3, 3, 16)) * 0.2,
        "second": jax.random.normal(second, (3, 3, 16, 32)) * 0.1,
        "last": jax.random.normal(last, (32 * (CROP // 4) ** 2, classes)) * 0.02,
    }
    curve = []
    for _ in range(EPOCHS):
        losses = []
        for images, labels in batches():
            weights, loss = step(weights, images, labels)
            losses.append(float(loss))
        curve.append(float(np.mean(losses)))
    return curve


def main(folder: Path) -> None:
    files, labels = listing(folder)
    classes = max(labels) + 1
    files, labels = files[: len(files) // BATCH * BATCH], labels[: len(files) // BATCH * BATCH]
    iterator = training(files, labels, batch_size=BATCH, num_threads=2)
    ways = {
        "by hand": lambda: batches_by_hand(files, labels),
        "adali": lambda: ((b["images"], b["labels"]) for b in iterator),
    }
    curves = {}
    for name, batches in ways.items():
        start = time.perf_counter()
        curves[name] = train(batches, classes)
        seconds = time.perf_counter() - start
        print(f"{name:10} losses {' '.join(f'{loss:.4f}' for loss in curves[name])}  ({seconds:.1f} s)")
    iterator.close()
    gap = max(abs(a - b) for a, b in zip(*curves.values(), strict=True))
    print(f"{len(files)} images of {classes} classes; the curves differ by at most {gap:.0e}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as drawn:
            draw(Path(drawn))
            main(Path(drawn))
