"""Data from Python: an iterator, a callable, a generator, samples, several outputs, feed_input and iter_setup."""

import numpy as np
import nvidia.dali.fn as fn
import nvidia.dali.ops as ops
import nvidia.dali.types as types
from nvidia.dali.pipeline import Pipeline, pipeline_def

batch_size = 3


class ExternalInputIterator:
    def __init__(self, batch_size, count):
        self.batch_size = batch_size
        self.count = count

    def __iter__(self):
        self.i = 0
        return self

    def __next__(self):
        if self.i >= self.count:
            raise StopIteration
        batch = []
        labels = []
        for _ in range(self.batch_size):
            batch.append(np.full((self.i % 3 + 1, 2), self.i, dtype=np.uint8))
            labels.append(np.array([self.i % 4], dtype=np.int64))
            self.i += 1
        return (batch, labels)


def show(title, outputs):
    for number, output in enumerate(outputs):
        samples = [np.array(output[i]).tolist() for i in range(len(output))]
        print(title, number, output.dtype, output.layout() or "-", samples)


# An iterator of tuples, walked through twice.
pipe = Pipeline(batch_size=batch_size, num_threads=2, device_id=None)
with pipe:
    images, labels = fn.external_source(
        source=ExternalInputIterator(batch_size, 6), num_outputs=2, cycle="raise", dtype=[types.UINT8, types.INT64]
    )
    pipe.set_outputs(fn.cast(images, dtype=types.FLOAT) * 2, labels)
pipe.build()
for epoch in range(2):
    try:
        while True:
            show("iterator %d:" % epoch, pipe.run())
    except StopIteration:
        print("end of epoch", epoch)
        pipe.reset()


# A callable that gets the number of the iteration, and ends the epoch.
def by_iteration(iteration):
    if iteration == 2:
        raise StopIteration
    return np.full((batch_size, 2), 10 * iteration, dtype=np.int32)


@pipeline_def(batch_size=batch_size, num_threads=1, device_id=None)
def callable_pipeline():
    return fn.external_source(source=by_iteration, layout="X")


pipe = callable_pipeline()
try:
    while True:
        show("callable:", pipe.run())
except StopIteration:
    print("callable: end")


# Samples, one call for each; what is known of each is in a SampleInfo.
def by_sample(info):
    return (
        np.array([info.idx_in_epoch, info.idx_in_batch, info.iteration, info.epoch_idx], dtype=np.int32),
        np.float32(info.idx_in_epoch) / 2,
    )


@pipeline_def(batch_size=batch_size, num_threads=1, device_id=None)
def sample_pipeline():
    numbers, halves = fn.external_source(source=by_sample, batch=False, num_outputs=2)
    return numbers, halves, numbers[0] + 1


pipe = sample_pipeline()
for _ in range(2):
    show("samples:", pipe.run())


# A generator function, started again without a notice.
def generator():
    for value in (1, 2):
        yield [np.array([value * (k + 1)], dtype=np.int16) for k in range(batch_size - value + 1)]


@pipeline_def(batch_size=batch_size, num_threads=1, device_id=None)
def generator_pipeline():
    return fn.external_source(source=generator, cycle="quiet")


pipe = generator_pipeline()
for _ in range(3):
    show("generator:", pipe.run())


# Fed by name; batches of different sizes.
@pipeline_def(batch_size=batch_size, num_threads=1, device_id=None, prefetch_queue_depth=1)
def fed_pipeline():
    return fn.external_source(name="input") + 1


pipe = fed_pipeline()
for size in (3, 1, 2):
    pipe.feed_input("input", [np.full((size,), size, dtype=np.uint8)] * size)
    show("fed:", pipe.run())
show("run with input:", pipe.run(input=np.zeros((2, 1), dtype=np.uint8)))


# The old way: a class that feeds itself before each iteration.
class SelfFeeding(Pipeline):
    def __init__(self):
        super().__init__(2, 1, None)
        self.source = ops.ExternalSource()
        self.iteration = 0

    def define_graph(self):
        self.batch = self.source(name="self")
        return self.batch

    def iter_setup(self):
        if self.iteration == 3:
            raise StopIteration
        self.feed_input(self.batch, np.full((2, 1), self.iteration, dtype=np.float32), layout="C")
        self.iteration += 1


pipe = SelfFeeding()
pipe.build()
try:
    while True:
        show("iter_setup:", pipe.run())
except StopIteration:
    print("iter_setup: end after", pipe.iteration)
