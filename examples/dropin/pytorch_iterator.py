"""Iterators of the PyTorch plugin: epochs, the last batch, dictionaries. Needs torch."""

import os

import numpy as np
from nvidia.dali import fn, pipeline_def, types
from nvidia.dali.plugin.base_iterator import LastBatchPolicy
from nvidia.dali.plugin.pytorch import DALIClassificationIterator, DALIGenericIterator

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "adali", "cli", "images")


@pipeline_def(num_threads=2, device_id=None)
def pipeline(pad):
    jpegs, labels = fn.readers.file(file_root=folder, name="Reader", pad_last_batch=pad)
    images = fn.resize(fn.decoders.image(jpegs), size=[16, 16])
    return fn.crop_mirror_normalize(images, dtype=types.FLOAT, mean=[128.0] * 3, std=[64.0] * 3), labels


for policy in (LastBatchPolicy.PARTIAL, LastBatchPolicy.FILL, LastBatchPolicy.DROP):
    pad = policy is LastBatchPolicy.PARTIAL
    loader = DALIGenericIterator(
        [pipeline(pad, batch_size=8)],
        ["data", "label"],
        reader_name="Reader",
        last_batch_policy=policy,
        auto_reset=True,
    )
    print(policy.name, "batches:", len(loader))
    for epoch in range(2):
        labels = []
        for i, batch in enumerate(loader):
            data, label = batch[0]["data"], batch[0]["label"]
            if i == 0:
                print(" ", epoch, tuple(data.shape), data.dtype, tuple(label.shape), label.dtype)
            labels += label.flatten().tolist()
        print(" ", epoch, len(labels), labels[-8:])

loader = DALIClassificationIterator(pipeline(False, batch_size=10), size=30)
for i, batch in enumerate(loader):
    print("classification", i, batch[0]["label"].flatten().tolist(), round(float(batch[0]["data"].mean())) + 0)
try:
    next(loader)
except StopIteration:
    print("StopIteration, until reset()")
loader.reset()
print(next(iter(loader))[0]["label"].shape[0])


@pipeline_def(batch_size=4, num_threads=1, device_id=None)
def endless():
    return fn.external_source(source=lambda i: np.full((4, 2), i, dtype=np.float32))


loader = DALIGenericIterator(endless(), ["x"], size=-1)
print([float(next(loader)[0]["x"][0, 0]) for _ in range(3)])
