"""A pipeline in the style of 2020: a class with define_graph, operators as objects, build() and run()."""

import os
import sys

import numpy as np
import nvidia.dali.ops as ops
import nvidia.dali.types as types
from nvidia.dali.pipeline import Pipeline

IMAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "adali", "cli", "images")


class HybridTrainPipe(Pipeline):
    def __init__(self, batch_size, num_threads, device_id, data_dir, crop):
        super(HybridTrainPipe, self).__init__(batch_size, num_threads, device_id, seed=12 + 1)
        self.input = ops.FileReader(file_root=data_dir, shard_id=0, num_shards=1, random_shuffle=True)
        self.decode = ops.ImageDecoder(device="cpu", output_type=types.RGB)
        self.res = ops.RandomResizedCrop(device="cpu", size=(crop, crop))
        self.cmnp = ops.CropMirrorNormalize(
            device="cpu",
            dtype=types.FLOAT,
            output_layout=types.NCHW,
            crop=(crop, crop),
            mean=[0.485 * 255, 0.456 * 255, 0.406 * 255],
            std=[0.229 * 255, 0.224 * 255, 0.225 * 255],
        )
        self.coin = ops.CoinFlip(probability=0.5)

    def define_graph(self):
        rng = self.coin()
        self.jpegs, self.labels = self.input(name="Reader")
        images = self.decode(self.jpegs)
        images = self.res(images)
        output = self.cmnp(images, mirror=rng)
        return [output, self.labels]


class HybridValPipe(Pipeline):
    def __init__(self, batch_size, num_threads, device_id, data_dir, crop, size):
        super(HybridValPipe, self).__init__(batch_size, num_threads, device_id, seed=12)
        self.input = ops.FileReader(file_root=data_dir, shard_id=0, num_shards=1, random_shuffle=False)
        self.decode = ops.ImageDecoder(device="cpu", output_type=types.RGB)
        self.res = ops.Resize(device="cpu", resize_shorter=size, interp_type=types.INTERP_TRIANGULAR)
        self.cmnp = ops.CropMirrorNormalize(
            device="cpu",
            dtype=types.FLOAT,
            output_layout=types.NCHW,
            crop=(crop, crop),
            mean=[128.0, 128.0, 128.0],
            std=[64.0, 64.0, 64.0],
        )

    def define_graph(self):
        self.jpegs, self.labels = self.input(name="Reader")
        images = self.decode(self.jpegs)
        images = self.res(images)
        output = self.cmnp(images)
        return [output, self.labels]


def main():
    data_dir = sys.argv[1] if len(sys.argv) > 1 else IMAGES

    pipe = HybridTrainPipe(batch_size=8, num_threads=2, device_id=None, data_dir=data_dir, crop=96)
    pipe.build()
    epoch_size = pipe.epoch_size("Reader")
    print("train: epoch of", epoch_size, "images in", pipe.epoch_size())
    seen = []
    for i in range((epoch_size + 7) // 8):
        images, labels = pipe.run()
        batch = images.as_array()
        seen.extend(np.array(labels.as_tensor()).flatten().tolist())
        print("train: batch", i, batch.shape, batch.dtype, "in range:", bool(abs(batch).max() < 3))
    print("train: labels of the epoch", sorted(seen[:epoch_size]))

    pipe = HybridValPipe(batch_size=10, num_threads=2, device_id=None, data_dir=data_dir, crop=64, size=80)
    pipe.build()
    for i in range(pipe.epoch_size("Reader") // 10):
        images, labels = pipe.run()
        means = [round(float(images.at(k).mean()), 1) + 0.0 for k in range(len(images))]
        print("val: batch", i, images.as_tensor().shape(), images.layout(), means)
        print("val: labels", [int(labels.at(k)[0]) for k in range(len(labels))])


if __name__ == "__main__":
    main()
