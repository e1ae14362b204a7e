"""Data that the user gives in device memory: ``external_source(device="gpu")``, ``feed_input``, Python functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import emulated
import numpy as np
import pytest
from on_gpu import REAL

import adali.sync
from adali import fn
from adali.backend import TensorGPU, TensorListCPU, TensorListGPU
from adali.errors import ArgumentError, OperatorError

RAGGED = [np.arange(k * 6, dtype=np.int16).reshape(k, 2, 3) for k in (1, 3, 2)]
UNIFORM = [np.full((2, 3), k, np.float32) for k in range(3)]


class Interface:
    """An array of a library that nobody knows: the CUDA array interface, and nothing else."""

    def __init__(self, array: Any) -> None:
        self._array = array

    @property
    def __cuda_array_interface__(self) -> Any:
        return self._array.__cuda_array_interface__


class Exchange:
    """The same with DLPack."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self._array.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


def uploaded(gpu: Any, batch: list[Any]) -> list[Any]:
    return [gpu.asarray(sample) for sample in batch]


FORMS: dict[str, Callable[[Any, list[Any]], Any]] = {
    "arrays": uploaded,
    "tensors": lambda gpu, batch: [TensorGPU(a) for a in uploaded(gpu, batch)],
    "list": lambda gpu, batch: TensorListGPU([TensorGPU(a) for a in uploaded(gpu, batch)]),
    "interface": lambda gpu, batch: [Interface(a) for a in uploaded(gpu, batch)],
    "dlpack": lambda gpu, batch: [Exchange(a) for a in uploaded(gpu, batch)],
    "host": lambda gpu, batch: batch,
    "host list": lambda gpu, batch: TensorListCPU(batch),
    "block": lambda gpu, batch: gpu.asarray(np.stack(batch)),
    "interface of a block": lambda gpu, batch: Interface(gpu.asarray(np.stack(batch))),
}


@pytest.fixture(autouse=True)
def jitter(gpu: Any) -> None:
    if not REAL:
        emulated.Settings.jitter = 0.001


def fed(**kwargs: Any) -> Any:
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=1, device_id=0, prefetch_queue_depth=1)
    with pipe:
        x = fn.external_source(name="x", device="gpu", **kwargs)
        pipe.set_outputs(x, fn.copy(x))
    pipe.build()
    return pipe


def check(outputs: Any, batch: list[Any]) -> None:
    for out in outputs:
        assert type(out) is TensorListGPU
        host = out.as_cpu()
        assert len(host) == len(batch)
        for i, sample in enumerate(batch):
            assert host.at(i).dtype == sample.dtype
            np.testing.assert_array_equal(host.at(i), sample)


def overwrite(data: Any, gpu: Any) -> None:
    """The user's next batch in the same memory, on the user's stream."""
    for array in data if isinstance(data, list) else [data]:
        array = getattr(array, "_array", array)
        if isinstance(array, np.ndarray):
            array = array.copy()
        array[...] = 77


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["ragged", "uniform"])
def test_fed_batches_are_copied(form: str, kind: str, gpu: Any) -> None:
    if kind == "ragged" and form.endswith("block"):
        pytest.skip("a block is uniform")
    batch = RAGGED if kind == "ragged" else UNIFORM
    pipe = fed(layout="ABC"[-batch[0].ndim :])
    for k in range(3):
        data = FORMS[form](gpu, [sample + k for sample in batch])
        pipe.feed_input("x", data)
        if not isinstance(data, (TensorListCPU, TensorListGPU)):
            overwrite(data, gpu)
        del data
        outputs = pipe.run()
        assert outputs[0].layout() == "ABC"[-batch[0].ndim :]
        check(outputs, [sample + k for sample in batch])
    pipe.close()


@pytest.mark.parametrize("stream", ["own", "handle", 0, 1, -1])
@pytest.mark.parametrize("no_copy", [False, True])
def test_the_stream_orders_the_copy(stream: Any, no_copy: bool, gpu: Any) -> None:
    """What the user enqueued before is there, what it enqueues afterwards is not."""
    mine = gpu.cuda.Stream(non_blocking=True) if stream in ("own", "handle") else gpu.cuda.Stream.null
    given = {"own": mine, "handle": mine.ptr}.get(stream, stream)
    pipe = fed(no_copy=no_copy)
    for k in range(4):
        with mine:
            arrays = [gpu.zeros((2, 3), np.float32) for _ in range(3)]
            for i, array in enumerate(arrays):
                array[...] = i + k
        if stream in (1, -1):  # nothing orders one of the pipeline's streams behind the user's
            mine.synchronize()
        pipe.feed_input("x", arrays, cuda_stream=given)
        if not no_copy:
            with mine:
                for array in arrays:
                    array[...] = 77
        outputs = pipe.run()
        if no_copy:
            assert [outputs[0].at(i).data_ptr() for i in range(3)] == [int(a.data.ptr) for a in arrays]
        check(outputs, [np.full((2, 3), i + k, np.float32) for i in range(3)])
    pipe.close()


@pytest.mark.skipif(REAL, reason="uses the race checker")
def test_a_missing_order_behind_the_users_stream_is_caught(gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = fed()
    mine = gpu.cuda.Stream(non_blocking=True)
    with mine:
        data = [gpu.zeros((2, 3), np.float32) for _ in range(3)]
    monkeypatch.setattr(emulated.Stream, "wait_event", lambda self, event: None)
    pipe.feed_input("x", data, cuda_stream=mine)
    with pytest.raises(OperatorError, match="no event orders the two"):
        pipe.run()
    pipe.close()


def test_sources_give_device_data(gpu: Any) -> None:
    def batches(iteration: int) -> Any:
        return uploaded(gpu, [a + iteration for a in RAGGED]), [a + iteration for a in UNIFORM]

    def one(info: Any) -> Any:
        return gpu.asarray(np.float32([info.idx_in_epoch, info.iteration]))

    pipe = adali.sync.Pipeline(batch_size=3, num_threads=2, device_id=0)
    with pipe:
        ragged, uniform = fn.external_source(batches, num_outputs=2, device="gpu", layout=["FGH", "AB"])
        single = fn.external_source(one, batch=False, device="gpu")
        ahead = fn.external_source(one, batch=False, parallel=True, device="gpu")
        pipe.set_outputs(ragged, uniform, single, ahead, fn.reductions.sum(single + ahead))
    for k in range(4):
        ragged, uniform, single, ahead, _ = pipe.run()
        assert (ragged.layout(), uniform.layout()) == ("FGH", "AB")
        check([ragged], [a + k for a in RAGGED])
        check([uniform], [a + k for a in UNIFORM])
        check([single, ahead], [np.float32([3 * k + i, k]) for i in range(3)])
    pipe.close()


def test_the_last_batch_is_repeated(gpu: Any) -> None:
    pipe = fed(repeat_last=True)
    pipe.feed_input("x", uploaded(gpu, UNIFORM))
    for _ in range(3):
        check(pipe.run(), UNIFORM)
    pipe.close()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda gpu: [gpu.zeros((2,), np.uint8), np.zeros(2, np.uint8)], "sample 1 of the batch lies in host memory"),
        (lambda gpu: [gpu.zeros((2,), np.uint8), gpu.zeros((2,), np.int8)], "sample 0 of uint8"),
        (lambda gpu: gpu.zeros((), np.uint8), "has no axes"),
        (lambda gpu: [gpu.zeros((2,), np.uint8)] * 4, "batch size is 3"),
        (lambda gpu: [np.zeros(2, np.uint8), gpu.zeros((2,), np.uint8)], "device"),
    ],
)
def test_data_that_does_not_fit(data: Any, message: str, gpu: Any) -> None:
    pipe = fed()
    with pytest.raises(ArgumentError, match=message):
        pipe.feed_input("x", data(gpu))
    pipe.close()


@pytest.mark.skipif(REAL, reason="needs two devices")
def test_data_of_another_device_is_refused(gpu: Any) -> None:
    pipe = fed()
    with gpu.cuda.Device(1):
        data = [gpu.zeros((2,), np.uint8)]
    with pytest.raises(ArgumentError, match="lies on device 1, but the pipeline is on 0"):
        pipe.feed_input("x", data)
    pipe.close()


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("batch_processing", [True, False])
def test_functions_of_capsules(wait: bool, batch_processing: bool, gpu: Any) -> None:
    from adali.data.buffers import CapsuleHolder

    def twice(capsules: Any) -> Any:
        if batch_processing:
            return [one(c) for c in capsules]
        return one(capsules)

    def one(capsule: Any) -> Any:
        array = gpu.from_dlpack(CapsuleHolder(capsule, (2, 0)))
        return (array + array).__dlpack__()

    pipe = adali.sync.Pipeline(batch_size=3, num_threads=2, device_id=0)
    with pipe:
        x = fn.external_source(lambda: UNIFORM, device="gpu")
        pipe.set_outputs(
            fn.dl_tensor_python_function(
                x, function=twice, device="gpu", batch_processing=batch_processing, synchronize_stream=wait
            )
        )
    for _ in range(3):
        check(pipe.run(), [a * 2 for a in UNIFORM])
    pipe.close()
