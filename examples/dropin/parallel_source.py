"""A source that works ahead with workers: samples by index, and whole batches."""

import numpy as np
from nvidia.dali import fn, pipeline_def, types


class Samples:
    """A data set of 10 samples, in a new order in each epoch."""

    def __init__(self, batch_size):
        self.full_iterations = 10 // batch_size

    def __call__(self, sample_info):
        if sample_info.iteration >= self.full_iterations:
            raise StopIteration
        order = np.random.default_rng(sample_info.epoch_idx).permutation(10)
        value = order[sample_info.idx_in_epoch]
        return np.full((2, 2), value, dtype=np.uint8), np.array([value * value], dtype=np.int32)


def whole_batch(batch_info):
    if batch_info.iteration >= 2:
        raise StopIteration
    return [np.array([100 * batch_info.epoch_idx + batch_info.iteration + k], dtype=np.int64) for k in range(4)]


@pipeline_def(batch_size=4, num_threads=2, device_id=None, py_num_workers=2, py_start_method="spawn")
def samples_pipeline():
    images, labels = fn.external_source(
        source=Samples(4),
        num_outputs=2,
        batch=False,
        parallel=True,
        prefetch_queue_depth=2,
        dtype=[types.UINT8, types.INT32],
    )
    return images, labels, fn.reductions.sum(images)


@pipeline_def(batch_size=4, num_threads=1, device_id=None, py_num_workers=1, py_start_method="spawn")
def batches_pipeline():
    return fn.external_source(source=whole_batch, batch=True, batch_info=True, parallel=True)


def main():
    for pipe in (samples_pipeline(), batches_pipeline()):
        pipe.start_py_workers()
        pipe.build()
        for epoch in range(2):
            while True:
                try:
                    outputs = pipe.run()
                except StopIteration:
                    break
                print(epoch, [np.array(out.as_array()).ravel().tolist() for out in outputs])
            pipe.reset()
        print("workers:", pipe.py_num_workers, "started with", pipe.py_start_method)


if __name__ == "__main__":
    main()
