"""Image classification from a WebDataset: index it, train on classes equally often, survive a damaged sample.

Everything is made here, in a temporary folder; for your own data, `adali index *.tar` writes the index files.
"""

from __future__ import annotations

import asyncio
import io
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from adali import Pipeline, fn, types
from adali.cli import IMAGES, main
from adali.samplers import ClassBalancedSampler


def pack(folder: Path) -> tuple[list[str], list[int]]:
    """The package's sample images in two archives, with a label beside each; the labels in order."""
    files = sorted(p for p in IMAGES.glob("*/*.jpg"))
    classes = sorted({p.parent.name for p in files})
    archives, labels = [], []
    for shard in range(2):
        archives.append(str(folder / f"shard-{shard}.tar"))
        with tarfile.open(archives[-1], "w") as tar:
            for number, path in enumerate(files[shard::2]):
                label = classes.index(path.parent.name)
                labels.append(label)
                for ext, data in (("jpg", path.read_bytes()), ("cls", str(label).encode())):
                    info = tarfile.TarInfo(f"{shard}/{number:04d}.{ext}")
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
    return archives, labels


async def train(archives: list[str], labels: list[int]) -> None:
    pipe = Pipeline(batch_size=6, num_threads=2, device_id=None, seed=1, on_error="skip")
    with pipe:
        encoded, label = fn.readers.webdataset(
            paths=archives,
            index_paths=[a.replace(".tar", ".idx") for a in archives],
            ext=["jpg;jpeg;png", "cls"],
            sampler=ClassBalancedSampler(labels, seed=1),
        )
        images = fn.resize(fn.decoders.image(encoded, output_type=types.RGB), size=[64, 64])
        pipe.set_outputs(images, label)
    async with pipe:
        for epoch in range(2):
            seen: Counter[int] = Counter()
            async for _, batch in pipe:
                seen.update(int(bytes(batch.at(i))) for i in range(len(batch)))
            print(f"epoch {epoch}: {sum(seen.values())} images, by class {[seen[c] for c in sorted(seen)]}")
        for error in {e.source: e for e in pipe.stats().errors}.values():
            print("left out:", str(error).splitlines()[0].partition("failed: ")[2])


def damage(archive: str) -> None:
    """Turn a bit in the header of the archive's third image."""
    data = bytearray(Path(archive).read_bytes())
    place = data.index(b"0/0002.jpg")
    data[place] ^= 1
    Path(archive).write_bytes(data)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        tars, classes = pack(Path(folder))
        if main(["index", *tars]) == 0:
            damage(tars[0])
            asyncio.run(train(tars, classes))
