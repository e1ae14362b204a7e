"""A data set in an object store: files are fetched ahead and cached; the pipeline is the same as for local ones.

python examples/object_store.py [URL]

URL is a folder of folders of images, for instance s3://bucket/train (the extra ``storage`` is needed). Without one, the
images that come with adali are put into fsspec's memory:// store first.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import fsspec

from adali import Pipeline, fn, storage

IMAGES = Path(__file__).parent.parent / "adali" / "cli" / "images"


def fill_memory() -> str:
    """Put the images into memory and return where they are."""
    memory = fsspec.filesystem("memory")
    for path in sorted(IMAGES.rglob("*.*")):
        memory.pipe(f"/photos/{path.relative_to(IMAGES).as_posix()}", path.read_bytes())
    return "memory://photos"


async def main(url: str) -> None:
    pipe = Pipeline(batch_size=8, num_threads=2, device_id=None, seed=7)
    with pipe:
        files, labels = fn.readers.file(file_root=url, random_shuffle=True, name="reader")
        pipe.set_outputs(fn.resize(fn.decoders.image(files), size=(64, 64)), labels)
    # How much is fetched at once, and how long a store may be silent: of the pipelines built in this block.
    with storage.use(concurrency=16, timeout=20.0, cache_bytes=1 << 30):
        await pipe.build()
    async with pipe:
        print(f"{pipe.epoch_size('reader')} files below {url}")
        for epoch in range(2):
            count = 0
            async for images, _ in pipe:
                count += len(images)
                first = images[0].source_info()
            print(f"epoch {epoch}: {count} images, the last batch began with {first}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else fill_memory()))
