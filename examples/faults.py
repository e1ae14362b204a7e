"""What one bad file does to an epoch: nothing, if you say so.

python examples/faults.py
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

import adali
from adali import OperatorError, fn, pipeline_def

IMAGES = Path(adali.__file__).parent / "cli" / "images"


@pipeline_def(batch_size=5, num_threads=2, seed=3)
def pipeline(folder: str):
    files, labels = fn.readers.file(file_root=folder)
    return fn.resize(fn.decoders.image(files), size=(64, 64)), labels


def damaged_copy(folder: Path) -> None:
    """The package's images, two of them spoiled."""
    shutil.copytree(IMAGES, folder, dirs_exist_ok=True)
    (folder / "cities" / "cities_2.jpg").write_text("I only look like a picture.")
    broken = folder / "sea" / "sea_1.jpg"
    broken.write_bytes(broken.read_bytes()[:200])


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        damaged_copy(folder)
        for policy in ("raise", "skip", "replace"):
            async with pipeline(str(folder), on_error=policy) as pipe:
                delivered = 0
                try:
                    async for images, _labels in pipe:
                        delivered += len(images)
                except OperatorError as error:
                    print(
                        f"{policy:8} stopped after {delivered} images: {Path(error.source).name}, sample {error.sample}"
                    )
                    print(f"         {error.operator}, made at line {error.line.lineno}: {error.line.text}")
                    continue
                stats = pipe.stats()
                names = ", ".join(sorted(Path(e.source).name for e in stats.errors))
                print(f"{policy:8} delivered {delivered} images; could not use {stats.skipped}: {names}")


if __name__ == "__main__":
    asyncio.run(main())
