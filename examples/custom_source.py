"""A source of your own: an async generator that waits for its data feeds the pipeline, without a process or a pickle.

python examples/custom_source.py
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from adali import Pipeline, fn


async def sensor(batches: int, batch_size: int) -> AsyncIterator[list[np.ndarray]]:
    """Stands for a camera, a socket or a message queue: pictures of any size arrive when they arrive."""
    rng = np.random.default_rng(3)
    for k in range(batches):
        await asyncio.sleep(0.01)  # waiting costs no thread: the engine does other work meanwhile
        sizes = rng.integers(40, 120, (batch_size, 2))
        yield [np.full((h, w, 3), 10 * k + i, np.uint8) for i, (h, w) in enumerate(sizes)]


async def main() -> None:
    pipe = Pipeline(batch_size=4, num_threads=2, device_id=None)
    with pipe:
        images = fn.external_source(source=sensor(5, 4), layout="HWC")
        small = fn.resize(images, size=(32, 32))
        pipe.set_outputs(small, images.shape())
    async with pipe:
        k = 0
        async for batch, shapes in pipe:  # it ends when the generator ends
            levels = batch.as_array().mean(axis=(1, 2, 3))
            print(f"batch {k}: from {[tuple(int(n) for n in shapes.at(i)[:2]) for i in range(4)]}, grey {levels}")
            k += 1
    print(f"{k} batches")


if __name__ == "__main__":
    asyncio.run(main())
