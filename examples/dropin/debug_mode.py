"""Debug mode: the function runs anew in each iteration, and a value can be looked at where it is made.

The real DALI needs a GPU to run an operator in debug mode, even one of the CPU. Where it has none, the second part of
this script runs without debug mode; what it prints is the same.
"""

import os

import numpy as np
from nvidia.dali import fn, types
from nvidia.dali.pipeline.experimental import pipeline_def

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "adali", "cli", "images", "cities")
runs = []


@pipeline_def(batch_size=3, num_threads=1, device_id=None, debug=True)
def looked_at():
    data, labels = fn.external_source(
        source=[
            ([np.full((k + 1, 2), k + 10 * i, dtype=np.float32) for k in range(3)], [np.int32(k) for k in range(3)])
            for i in range(2)
        ],
        num_outputs=2,
    )
    runs.append(len(runs))
    values = data.get()
    print("  run", runs[-1], type(values).__name__, values.dtype, [np.array(v).tolist() for v in values])
    # Plain Python may look at the data and decide.
    if np.array(values[0]).max() > 5:
        print("  large values; labels:", labels.get().as_array().tolist())
        return labels, data
    return labels, data


pipe = looked_at()
pipe.build()
try:
    while True:
        labels, data = pipe.run()
        print("out:", labels.as_array().tolist(), [float(np.array(d).sum()) for d in data])
except StopIteration:
    print("end of the data after", len(runs), "runs")


def images(seen):
    files, labels = fn.readers.file(file_root=folder, files=["cities_%d.jpg" % k for k in (1, 2, 3, 4)])
    decoded = fn.decoders.image(files)
    small = fn.resize(decoded, size=[20, 30])
    scaled = fn.cast(small, dtype=types.FLOAT) * 0.5 + 1
    if seen is not None:
        # Only in debug mode: values in the middle of the function.
        seen.append((decoded.get(), small.get().as_array().shape))
    return decoded.shape(), scaled, labels


seen = []
arguments = dict(batch_size=2, num_threads=2, device_id=None, seed=3)
try:
    pipe = pipeline_def(images)(seen, debug=True, **arguments)
    outputs = [pipe.run() for _ in range(3)]
except RuntimeError as error:
    if "CUDA" not in str(error):
        raise
    pipe = pipeline_def(images)(None, **arguments)
    outputs = [[out.as_array().copy() for out in pipe.run()] for _ in range(3)]
for iteration, (shapes, scaled, labels) in enumerate(outputs):
    print("iteration", iteration, np.array(shapes).tolist(), np.array(labels).ravel().tolist())
    print("  scaled:", np.array(scaled).shape, round(float(np.array(scaled).mean()) / 10))
assert all(batch[1] == (2, 20, 30, 3) for batch in seen)
