"""if in a pipeline: the branch is chosen for each sample."""

import numpy as np
from nvidia.dali import fn, pipeline_def, types
from nvidia.dali.pipeline import do_not_convert

values = [np.full((2, 3), k, dtype=np.float32) for k in range(6)]


def scaled(data, factor):
    if factor > 2:
        data = data * factor
    else:
        data = data + factor
    return data


@do_not_convert
def plain_python(data, numbers):
    total = data
    for number in numbers:
        if number % 2:
            total = total + number
    return total


@pipeline_def(enable_conditionals=True, batch_size=6, num_threads=2, device_id=None)
def conditional(use_offset):
    data = fn.external_source(source=lambda: values, layout="HW")
    index = fn.external_source(source=lambda: [np.int32(k) for k in range(6)])

    if index < 3:
        first = data + 100
    else:
        first = data * 10

    # Nested, with elif, and only one branch that does something.
    second = data
    if index == 0:
        second = -data
    elif index > 1 and not index == 4:
        if index == 5:
            second = fn.cast(fn.cast(data, dtype=types.INT32) * 2, dtype=types.FLOAT)
        second = second + 1

    # A condition of Python is decided when the graph is built.
    if use_offset:
        third = scaled(data, index)
    else:
        third = data
    third = plain_python(third, [1, 2, 3])

    either = index == 1 or index == 4
    if either:
        size = fn.full(np.int32(1), shape=[1])
        cropped = data[:1]
    else:
        size = fn.full(np.int32(2), shape=[1])
        cropped = data
    return first, second, third, either, size, cropped


for use_offset in (True, False):
    pipe = conditional(use_offset)
    pipe.build()
    first, second, third, either, size, cropped = pipe.run()
    for name, output in (("first", first), ("second", second), ("third", third)):
        print(use_offset, name, [float(np.array(sample)[0, 0]) for sample in output], output.layout())
    print(use_offset, "either", [bool(np.array(sample)) for sample in either])
    print(use_offset, "size", [np.array(sample).tolist() for sample in size], [s.shape() for s in cropped])


@pipeline_def(batch_size=6, num_threads=2, device_id=None)
def forgotten():
    data = fn.external_source(source=lambda: values)
    if fn.reductions.sum(data) > 3:
        return data
    return data + 1


try:
    forgotten()
except TypeError as error:
    print("TypeError:", "enable_conditionals" in str(error))
