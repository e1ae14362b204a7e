"""An async trainer: the engine goes on while a training step blocks the event loop.

python examples/async_training.py [FOLDER]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np

import adali
from adali import fn, pipeline_def, types

IMAGES = Path(adali.__file__).parent / "cli" / "images"


@pipeline_def(batch_size=8, num_threads=2, seed=7, prefetch_queue_depth=2, on_error="skip")
def training(folder: str):
    files, labels = fn.readers.file(file_root=folder, random_shuffle=True, name="reader")
    images = fn.decoders.image_random_crop(files)
    images = fn.resize(images, size=(64, 64), interp_type=types.INTERP_TRIANGULAR)
    images = fn.crop_mirror_normalize(
        images, mean=[124, 116, 104], std=[58, 57, 57], mirror=fn.random.coin_flip(), output_layout="CHW"
    )
    return images, labels


def training_step(weights: np.ndarray, images: np.ndarray, labels: np.ndarray) -> float:
    """One step of a linear classifier: it computes, and blocks the event loop as any training step does."""
    x = images.reshape(len(images), -1)
    scores = x @ weights
    scores -= scores.max(axis=1, keepdims=True)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(x)), labels] + 1e-9).mean()
    p[np.arange(len(x)), labels] -= 1
    weights -= 2e-5 * x.T @ p
    return float(loss)


async def main(folder: str, classes: int) -> None:
    weights = np.zeros((3 * 64 * 64, classes), np.float32)
    async with training(folder) as pipe:
        size = pipe.epoch_size("reader")
        for epoch in range(12):
            losses, seen = [], 0
            async for images, labels in pipe:  # one pass over the data
                batch = images.as_array()
                losses.append(training_step(weights, batch, labels.as_array().ravel()))
                seen += len(batch)
            print(f"epoch {epoch + 1:2}: {seen} of {size} images, loss {np.mean(losses):.3f}")
        stats = pipe.stats()
    print(f"{stats.delivered} batches; the trainer waited {stats.consumer_wait_s:.2f} s for data")


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    asyncio.run(main(str(chosen), sum(p.is_dir() for p in chosen.iterdir())))
