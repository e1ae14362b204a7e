"""A trainer that overlaps three things: its steps, the upload of checkpoints, and validation.

Each step is awaited and computes in a thread, so that the event loop stays free; the upload of a checkpoint and the
validation of the weights that it holds go on beside the next epoch's steps. Both pipelines work ahead of all that.

python examples/async_trainer.py [FOLDER]
"""

from __future__ import annotations

import asyncio
import io
import sys
import tempfile
from pathlib import Path

import numpy as np

import adali
from adali import fn, pipeline_def, types

IMAGES = Path(adali.__file__).parent / "cli" / "images"
SIDE = 48


@pipeline_def(batch_size=8, num_threads=2, seed=7)
def images(folder: str, training: bool):
    files, labels = fn.readers.file(file_root=folder, random_shuffle=training, name="reader")
    decoded = fn.decoders.image_random_crop(files) if training else fn.decoders.image(files)
    resized = fn.resize(decoded, size=(SIDE, SIDE), interp_type=types.INTERP_TRIANGULAR)
    mirror = fn.random.coin_flip() if training else 0
    pixels = fn.crop_mirror_normalize(resized, mean=[124, 116, 104], std=[58, 57, 57], mirror=mirror)
    return fn.reshape(pixels, shape=[-1]), fn.reshape(labels, shape=[])


def probabilities(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    scores = x @ weights
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def step(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """One step of a linear classifier; any other model would stand here."""
    p = probabilities(weights, x)
    loss = -np.log(p[np.arange(len(x)), y] + 1e-9).mean()
    p[np.arange(len(x)), y] -= 1
    weights -= 3e-5 * x.T @ p
    return float(loss)


async def upload(weights: np.ndarray, target: Path) -> None:
    """Store a checkpoint: here in a file, piece by piece; a client of some cloud storage would be awaited alike."""
    buffer = io.BytesIO()
    np.save(buffer, weights)
    data = buffer.getvalue()
    with target.open("wb") as file:
        for start in range(0, len(data), 1 << 16):
            await asyncio.to_thread(file.write, data[start : start + (1 << 16)])


async def validate(pipe: adali.Pipeline, weights: np.ndarray) -> float:
    """Share of images that the weights class rightly."""
    right = total = 0
    async for x, y in pipe:
        guess = await asyncio.to_thread(probabilities, weights, x.as_array())
        right += int((guess.argmax(axis=1) == y.as_array()).sum())
        total += len(y)
    return right / total


async def finish_epoch(pipe: adali.Pipeline, weights: np.ndarray, epoch: int, loss: float, folder: Path) -> None:
    target = folder / f"weights_{epoch}.npy"
    _, accuracy = await asyncio.gather(upload(weights, target), validate(pipe, weights))
    size = target.stat().st_size / 1e6
    print(f"epoch {epoch}: loss {loss:.3f}, accuracy {accuracy:.2f}, checkpoint of {size:.1f} MB stored")


async def main(folder: str, classes: int, checkpoints: Path) -> None:
    weights = np.zeros((3 * SIDE * SIDE, classes), np.float32)
    behind: asyncio.Task | None = None
    overlapped = 0
    async with images(folder, training=True) as training, images(folder, training=False) as validation:
        async for epoch in training.epochs(6):
            losses = []
            async for x, y in epoch:
                losses.append(await asyncio.to_thread(step, weights, x.as_array(), y.as_array()))
                overlapped += behind is not None and not behind.done()
            if behind is not None:
                await behind  # one checkpoint at a time; an error of its comes up here
            mean = float(np.mean(losses))
            behind = asyncio.create_task(
                finish_epoch(validation, weights.copy(), epoch.index, mean, checkpoints)  # of these very weights
            )
        if behind is not None:
            await behind
    print(f"{overlapped} steps ran while a checkpoint was stored or validated")


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    with tempfile.TemporaryDirectory() as store:
        asyncio.run(main(str(chosen), sum(p.is_dir() for p in chosen.iterdir()), Path(store)))
