"""A script as DALI's old tutorials teach it: class style, blocking calls. Only the imports differ.

python examples/dali_script.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import adali
import adali.ops as ops
import adali.types as types
from adali.sync import Pipeline

IMAGES = Path(adali.__file__).parent / "cli" / "images"


class SimplePipeline(Pipeline):
    def __init__(self, folder, batch_size, num_threads, device_id):
        super().__init__(batch_size, num_threads, device_id, seed=12)
        self.input = ops.FileReader(file_root=folder)
        self.decode = ops.ImageDecoder(device="cpu", output_type=types.RGB)
        self.resize = ops.Resize(resize_x=96, resize_y=96)
        self.cmnp = ops.CropMirrorNormalize(
            dtype=types.FLOAT, output_layout=types.NCHW, mean=[128.0, 128.0, 128.0], std=[64.0, 64.0, 64.0]
        )

    def define_graph(self):
        jpegs, labels = self.input(name="Reader")
        images = self.cmnp(self.resize(self.decode(jpegs)))
        return images, labels


def main(folder: str) -> None:
    pipe = SimplePipeline(folder, batch_size=6, num_threads=2, device_id=0)
    pipe.build()
    size = pipe.epoch_size("Reader")
    print(f"{size} images in an epoch, by reader: {pipe.epoch_size()}")
    for iteration in range(size // pipe.batch_size):
        images, labels = pipe.run()
        array = images.as_array()
        first = images.at(0)
        print(
            f"batch {iteration}: {array.shape} {array.dtype}, first image {first.mean():+.3f} on average, "
            f"labels {[int(labels.at(i)[0]) for i in range(len(labels))]}"
        )
    pipe.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(IMAGES))
