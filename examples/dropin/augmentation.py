"""Automatic augmentation: the published policies, and one of one's own."""

import os

import numpy as np
from nvidia.dali import fn, pipeline_def, types
from nvidia.dali.auto_aug import auto_augment, rand_augment, trivial_augment
from nvidia.dali.auto_aug.core import Policy, augmentation

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "adali", "cli", "images")
common = dict(batch_size=4, num_threads=2, device_id=None, seed=11)


def images():
    jpegs, labels = fn.readers.file(file_root=folder, file_filters=["*.jpg"])
    decoded = fn.decoders.image(jpegs)
    return fn.resize(decoded, size=[48, 64]), labels


@pipeline_def(enable_conditionals=True, **common)
def published():
    data, labels = images()
    shape = data.shape()
    return (
        auto_augment.auto_augment(data, shape=shape),
        rand_augment.rand_augment(data, n=2, m=10, shape=shape, fill_value=0),
        trivial_augment.trivial_augment_wide(data, shape=shape),
        labels,
    )


pipe = published()
pipe.build()
for iteration in range(2):
    *augmented, labels = pipe.run()
    for name, batch in zip(("auto", "rand", "trivial"), augmented):
        print(iteration, name, batch.as_array().shape, batch.dtype, batch.layout(), labels.as_array().ravel().tolist())


# Two augmentations whose strength follows from the bin alone, applied always.
@augmentation(mag_range=(0, 100), randomly_negate=False)
def darker(data, amount):
    return fn.cast_like(fn.cast(data, dtype=types.FLOAT) * ((100 - amount) / 100.0), data)


@augmentation
def upside_down(data, _):
    return fn.flip(data, horizontal=0, vertical=1)


own = Policy("own", num_magnitude_bins=11, sub_policies=[[(darker, 1.0, 5), (upside_down, 1.0, None)]])
print(sorted(own.augmentations), own.num_magnitude_bins, len(own.sub_policies))


@pipeline_def(enable_conditionals=True, **common)
def with_own_policy():
    data, _ = images()
    return data, auto_augment.apply_auto_augment(own, data)


before, after = with_own_policy().run()
for k in range(4):
    x, y = np.array(before[k]).astype(float), np.array(after[k]).astype(float)
    print(
        "sample",
        k,
        "half as bright:",
        round(float(y.mean() / x.mean()), 1),
        "flipped:",
        bool(abs(y[::-1] * 2 - x).max() <= 2),
    )
