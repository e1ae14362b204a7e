"""Outputs of the real DALI for the pipelines of tests/test_pipelines.py.

Run it with an interpreter that has DALI: ``python make_pipelines.py FOLDER OUT.npz [SIZE]``. For every image of the
folder it stores a checksum of the decoded pixels, and for the class-style tutorial pipeline and its modern twin the
resized and the normalised images. The committed file was made from the images that adali ships:
``python make_pipelines.py ../../adali/cli/images pipelines.npz 40``.
"""

import hashlib
import sys
import warnings

import numpy as np
import nvidia.dali.ops as ops
import nvidia.dali.types as types
from nvidia.dali import fn, pipeline_def
from nvidia.dali.pipeline import Pipeline

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


class Tutorial(Pipeline):
    def __init__(self, folder, batch_size, size):
        super().__init__(batch_size, 2, None, seed=12)
        self.input = ops.FileReader(file_root=folder)
        self.decode = ops.ImageDecoder(device="cpu", output_type=types.RGB)
        self.resize = ops.Resize(device="cpu", resize_x=size, resize_y=size, interp_type=types.INTERP_TRIANGULAR)
        crop = size * 3 // 4
        self.cmn = ops.CropMirrorNormalize(
            device="cpu", dtype=types.FLOAT, output_layout=types.NCHW, crop=(crop, crop), mean=MEAN, std=STD
        )

    def define_graph(self):
        jpegs, labels = self.input()
        images = self.decode(jpegs)
        resized = self.resize(images)
        return images, resized, self.cmn(resized), labels


@pipeline_def
def modern(folder, size):
    jpegs, labels = fn.readers.file(file_root=folder)
    images = fn.decoders.image(jpegs, device="cpu", output_type=types.RGB)
    resized = fn.resize(images, resize_shorter=size)
    crop = size * 3 // 4
    normalized = fn.crop_mirror_normalize(
        resized, dtype=types.FLOAT, output_layout="CHW", crop=(crop, crop), mean=MEAN, std=STD, mirror=1
    )
    return images, resized, normalized, labels


def run(pipe, count, prefix, store):
    pipe.build()
    images, resized, normalized, labels = pipe.run()
    store[f"{prefix}/labels"] = np.array([int(np.array(labels.at(i))[0]) for i in range(count)])
    store[f"{prefix}/decoded"] = np.array(
        [hashlib.sha256(np.array(images.at(i)).tobytes()).hexdigest() for i in range(count)]
    )
    store[f"{prefix}/shapes"] = np.array([np.array(images.at(i)).shape for i in range(count)])
    for i in range(count):
        store[f"{prefix}/resized/{i}"] = np.array(resized.at(i))
    # Normalised values are floats and do not compress; a quarter of them does.
    for i in range(0, count, 4):
        store[f"{prefix}/normalized/{i}"] = np.array(normalized.at(i))


def main(folder, out, size):
    warnings.simplefilter("ignore")
    count = sum(
        1 for _ in __import__("pathlib").Path(folder).rglob("*") if _.suffix.lower() in (".jpg", ".jpeg", ".png")
    )
    store = {}
    run(Tutorial(folder, count, size), count, "tutorial", store)
    run(modern(folder, size, batch_size=count, num_threads=2, device_id=None), count, "modern", store)
    np.savez_compressed(out, **store)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 224)
