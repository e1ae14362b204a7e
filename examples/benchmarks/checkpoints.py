"""Size of a checkpoint, and the time that it takes, while a pipeline runs.

python examples/benchmarks/checkpoints.py
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from adali import fn
from adali.cli import IMAGES
from adali.sync import pipeline_def


@pipeline_def(batch_size=8, num_threads=2, device_id=None, seed=1, enable_checkpointing=True)
def small() -> Any:
    files, labels = fn.readers.file(file_root=str(IMAGES), random_shuffle=True)
    return fn.resize(fn.decoders.image_random_crop(files), size=(64, 64)), labels


@pipeline_def(batch_size=8, num_threads=2, device_id=None, seed=1, enable_checkpointing=True)
def large() -> Any:
    """Four readers and about 150 operators."""
    outputs = []
    for shard in range(4):
        files, labels = fn.readers.file(file_root=str(IMAGES), random_shuffle=True, shard_id=shard, num_shards=4)
        images = fn.resize(fn.decoders.image_random_crop(files), size=(32, 32))
        for _ in range(8):
            images = fn.brightness_contrast(images, brightness=fn.random.uniform(range=(0.8, 1.2)))
            images = fn.flip(images, horizontal=fn.random.coin_flip())
        outputs += [images, labels]
    return tuple(outputs)


def main() -> None:
    print(f"{'pipeline':9} {'bytes':>6} {'median us':>10} {'p99 us':>7} {'resume ms':>10}")
    for make in (small, large):
        pipe = make()
        pipe.build()
        times = []
        for _ in range(300):
            pipe.run()
            start = time.perf_counter()
            checkpoint = pipe.checkpoint()
            times.append((time.perf_counter() - start) * 1e6)
        pipe.close()

        def built(**kwargs: Any) -> float:
            start = time.perf_counter()
            pipe = make(**kwargs)  # noqa: B023
            pipe.build()
            elapsed = time.perf_counter() - start
            pipe.close()
            return elapsed * 1e3

        pairs = [(built(), built(checkpoint=checkpoint)) for _ in range(15)]
        extra = statistics.median(resumed - fresh for fresh, resumed in pairs)
        p99 = statistics.quantiles(times, n=100)[-1]
        name = make.__name__
        print(f"{name:9} {len(checkpoint):6} {statistics.median(times):10.0f} {p99:7.0f} {extra:10.1f}")


if __name__ == "__main__":
    main()
