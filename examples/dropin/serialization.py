"""A pipeline as bytes, in a file, with other settings, fed by name after it was opened."""

import os
import tempfile

import numpy as np
from nvidia.dali import Pipeline, fn, pipeline_def, types

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "adali", "cli", "images")


@pipeline_def(batch_size=4, num_threads=2, device_id=None, seed=7, prefetch_queue_depth=1)
def pipeline():
    jpegs, labels = fn.readers.file(file_root=folder, file_filters=["*.jpg"], name="Reader")
    images = fn.resize(fn.decoders.image(jpegs, output_type=types.GRAY), resize_shorter=40.0)
    images = fn.crop(images, crop=(32, 32))
    factor = fn.external_source(name="factor", dtype=types.FLOAT, ndim=0)
    return fn.cast(images, dtype=types.FLOAT) * factor, labels


def run(pipe, title):
    pipe.build()
    for iteration in range(2):
        pipe.feed_input("factor", [np.float32(k) for k in range(pipe.max_batch_size)])
        images, labels = pipe.run()
        means = [round(float(np.array(image).mean()) / 20) for image in images]
        print(title, iteration, images.as_array().shape, means, labels.as_array().ravel().tolist())


original = pipeline()
data = original.serialize()
print(type(data).__name__, len(data) > 100)

run(Pipeline.deserialize(data), "as it was:")
run(Pipeline.deserialize(data, batch_size=2, num_threads=1), "with other settings:")

with tempfile.TemporaryDirectory() as temporary:
    path = os.path.join(temporary, "pipeline.dali")
    original.serialize(filename=path)
    print("file:", open(path, "rb").read() == data)
    run(Pipeline.deserialize(filename=path, prefetch_queue_depth=1), "from a file:")

old = Pipeline(batch_size=3, num_threads=1, device_id=None, prefetch_queue_depth=1)
old.deserialize_and_build(data)
run(old, "deserialize_and_build:")

pipe = Pipeline.deserialize(data)
print(pipe.max_batch_size, pipe.num_threads, pipe.seed, pipe.epoch_size("Reader"))
for wrong in (b"", b"no pipeline", data[: len(data) // 2]):
    try:
        Pipeline.deserialize(wrong)
    except (RuntimeError, ValueError) as error:
        print("refused:", isinstance(error, RuntimeError))


@pipeline_def(batch_size=1, num_threads=1, device_id=None, exec_async=False, exec_pipelined=False)
def with_python():
    return fn.python_function(fn.external_source(name="x"), function=lambda x: x + 1)


try:
    with_python().serialize()
except RuntimeError:
    print("a Python function cannot be serialized")
