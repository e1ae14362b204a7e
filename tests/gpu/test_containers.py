"""TensorGPU and TensorListGPU as a pipeline gives them: member by member, on another device than the current one."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import emulated
import numpy as np
import pytest

import adali.sync
from adali import fn, types
from adali.backend import TensorCPU, TensorGPU, TensorListCPU, TensorListGPU

RAGGED = [np.arange(k * 6, dtype=np.int16).reshape(k, 2, 3) for k in (1, 3, 2)]
DENSE = [np.full((2, 3), k + 0.5, np.float32) for k in range(4)]
#: Whether the tests run on a device: see conftest.py.
REAL = os.environ.get("ADALI_TEST_DEVICE") == "real"
BATCHES = {"dense": (DENSE, "HW"), "ragged": (RAGGED, "HWC")}


@pytest.fixture(params=BATCHES)
def lent(request: pytest.FixtureRequest, gpu: Any) -> Iterator[tuple[TensorListGPU, list[Any]]]:
    """A batch that a pipeline on the last device has given, and what is in it; the first device is current."""
    samples, layout = BATCHES[request.param]
    if not REAL:
        emulated.Settings.jitter = 0.0005
    device_id = gpu.cuda.runtime.getDeviceCount() - 1
    pipe = adali.sync.Pipeline(batch_size=len(samples), num_threads=1, device_id=device_id)
    with pipe:
        pipe.set_outputs(fn.copy(fn.external_source(lambda: samples, layout=layout).gpu()))
    (batch,) = pipe.run()
    assert isinstance(batch, TensorListGPU)
    assert batch.device_id() == device_id
    yield batch, samples
    pipe.close()


def host(ptr: Any, like: Any) -> Any:
    return np.frombuffer((ctypes.c_char * like.nbytes).from_address(ptr), like.dtype)


def test_what_it_says_of_itself(lent: Any) -> None:
    batch, samples = lent
    assert len(batch) == len(samples)
    assert batch.shape() == [s.shape for s in samples]
    assert batch.ndim() == samples[0].ndim
    assert batch.dtype is types.to_dali_type(samples[0].dtype)
    assert batch.dtype() == samples[0].dtype.char
    assert batch.nbytes == sum(s.nbytes for s in samples)
    assert batch.is_dense_tensor() == (samples is DENSE)
    assert batch.layout() == ("HW" if samples is DENSE else "HWC")
    tensor = batch.at(1)
    assert (tensor.shape(), tensor.layout()) == (list(samples[1].shape), batch.layout())
    assert (tensor.dtype, tensor.ndim()) == (batch.dtype, batch.ndim())
    assert tensor.device_id() == batch.device_id()
    assert tensor.data_ptr() == batch[1].data_ptr() == batch.data_ptr() + samples[0].nbytes
    assert [t.data_ptr() for t in batch] == [batch.at(i).data_ptr() for i in range(len(samples))]
    with pytest.raises((RuntimeError, IndexError)):
        batch.at(len(samples))
    assert f"num_samples={len(samples)}" in repr(batch)
    assert str(batch).startswith("TensorListGPU(")


def test_to_the_host(lent: Any) -> None:
    batch, samples = lent
    back = batch.as_cpu()
    assert isinstance(back, TensorListCPU)
    assert back.layout() == batch.layout()
    for i, sample in enumerate(samples):
        np.testing.assert_array_equal(back.at(i), sample)
        one = batch[i].as_cpu()
        assert isinstance(one, TensorCPU)
        np.testing.assert_array_equal(np.asarray(one), sample)


def test_as_one_tensor(lent: Any) -> None:
    batch, samples = lent
    everything = np.concatenate([s.reshape(-1) for s in samples])
    flat = batch.as_reshaped_tensor([everything.size // 3, 3])
    assert flat.data_ptr() == batch.data_ptr()
    np.testing.assert_array_equal(np.asarray(flat.as_cpu()).reshape(-1), everything)
    with pytest.raises(RuntimeError, match="cannot show"):
        batch.as_reshaped_tensor([everything.size + 1])
    if samples is RAGGED:
        with pytest.raises(RuntimeError, match="not dense"):
            batch.as_tensor()
        return
    whole = batch.as_tensor()
    assert (whole.shape(), whole.layout(), whole.data_ptr()) == ([4, 2, 3], "NHW", batch.data_ptr())
    np.testing.assert_array_equal(np.asarray(whole.as_cpu()), np.stack(samples))


def test_copies_and_changes_in_place(lent: Any) -> None:
    batch, samples = lent
    copy, tensor = batch._make_copy(), batch[0]._make_copy()
    assert copy.data_ptr() != batch.data_ptr()
    assert copy.device_id() == tensor.device_id() == batch.device_id()
    batch.reinterpret(types.INT16 if samples is RAGGED else types.INT32)
    batch.set_layout("")
    for i, sample in enumerate(samples):
        np.testing.assert_array_equal(copy.as_cpu().at(i), sample)
        np.testing.assert_array_equal(batch.as_cpu().at(i).view(sample.dtype), sample)
    np.testing.assert_array_equal(np.asarray(tensor.as_cpu()), samples[0])
    squeezed = batch[0]
    squeezed.squeeze()
    assert squeezed.shape() == [n for n in samples[0].shape if n != 1]


@pytest.mark.parametrize("given", ["nothing", "a stream", "its handle", "c_void_p", "0"])
def test_copy_to_external(given: str, lent: Any, gpu: Any) -> None:
    batch, samples = lent
    everything = np.concatenate([s.reshape(-1) for s in samples])
    with gpu.cuda.Device(batch.device_id()):
        mine = gpu.cuda.Stream(non_blocking=True)
        on_device = gpu.empty(everything.shape, everything.dtype)
        gpu.cuda.Stream.null.synchronize()
    stream = {
        "nothing": None,
        "a stream": mine,
        "its handle": mine.ptr,
        "c_void_p": ctypes.c_void_p(mine.ptr),
        "0": 0,
    }[given]
    batch.copy_to_external(ctypes.c_void_p(int(on_device.data.ptr)), stream)
    np.testing.assert_array_equal(on_device.get(stream=mine), everything)
    one = np.zeros_like(samples[-1])
    batch[-1].copy_to_external(one.ctypes.data, stream)
    np.testing.assert_array_equal(one, samples[-1])


def test_a_copy_that_does_not_block(lent: Any, gpu: Any) -> None:
    if REAL:
        pytest.skip("a stream of the device cannot be held")
    batch, samples = lent
    everything = np.concatenate([s.reshape(-1) for s in samples])
    with gpu.cuda.Device(batch.device_id()):
        mine = gpu.cuda.Stream(non_blocking=True)
        pinned = gpu.cuda.alloc_pinned_memory(everything.nbytes)
    gate = emulated.block(mine)
    batch.copy_to_external(pinned.ptr, mine, non_blocking=True)
    assert not host(pinned.ptr, everything).any()
    gate.set()
    mine.synchronize()
    np.testing.assert_array_equal(host(pinned.ptr, everything), everything)


def test_dlpack_orders_the_consumers_stream(lent: Any, gpu: Any) -> None:
    """The tensor's own stream is still writing; a consumer's stream waits for it on the device."""
    batch, samples = lent
    with gpu.cuda.Device(batch.device_id()):
        mine, other = gpu.cuda.Stream(non_blocking=True), gpu.cuda.Stream(non_blocking=True)
        with mine:
            doubled = batch[1]._array + batch[1]._array
        gate = None if REAL else emulated.block(mine)
        tensor = TensorGPU(doubled, stream=mine)
        with other:
            imported = gpu.from_dlpack(tensor)
            sums = imported + 1
        if gate is not None:
            gate.set()
        np.testing.assert_array_equal(sums.get(stream=other), samples[1] * 2 + 1)
    assert imported.data.ptr == tensor.data_ptr()
    assert tensor.__dlpack_device__() == (2, batch.device_id())
    with pytest.raises(BufferError, match="not on"):
        tensor.__dlpack__(dl_device=(1, 0))


def test_the_cuda_array_interface(lent: Any, gpu: Any) -> None:
    batch, samples = lent
    with gpu.cuda.Device(batch.device_id()):
        mine = gpu.cuda.Stream(non_blocking=True)
    tensor = TensorGPU(batch[1]._array, stream=mine)
    interface = tensor.__cuda_array_interface__
    assert interface["data"] == (tensor.data_ptr(), False)
    assert interface["shape"] == samples[1].shape
    assert interface["typestr"] == samples[1].dtype.str
    assert interface["strides"] is None
    assert interface["stream"] == mine.ptr
    assert interface["version"] == 3


def numbas(array: Any) -> Any:
    """An array like numba's: it has the CUDA array interface alone."""
    return SimpleNamespace(__cuda_array_interface__=array.__cuda_array_interface__, held=array)


def torchs(array: Any) -> Any:
    """A tensor like PyTorch's: DLPack with a stream, and the CUDA array interface."""

    class Tensor:
        __cuda_array_interface__ = array.__cuda_array_interface__

        def __dlpack__(self, stream: Any = None, **_: Any) -> Any:
            return array.__dlpack__(stream=stream)

        def __dlpack_device__(self) -> tuple[int, int]:
            return array.__dlpack_device__()  # type: ignore[no-any-return]

    return Tensor()


@pytest.mark.parametrize("wrap", [lambda a: a, torchs, numbas, lambda a: a.__dlpack__()])
def test_construction_from_others_arrays(wrap: Any, gpu: Any) -> None:
    device_id = gpu.cuda.runtime.getDeviceCount() - 1
    numbers = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
    with gpu.cuda.Device(device_id):
        array = gpu.asarray(numbers)
        gpu.cuda.Stream.null.synchronize()
    tensor = TensorGPU(wrap(array), "HWC", device_id)
    batch = TensorListGPU(wrap(array), "WC", device_id)
    listed = TensorListGPU([TensorGPU(wrap(array), device_id=device_id)] * 2, "HWC", contiguous=False)
    packed = TensorListGPU([TensorGPU(wrap(array), device_id=device_id)] * 2, "HWC")
    for made in (tensor, batch, listed[1]):
        assert made.data_ptr() == array.data.ptr
        assert made.device_id() == device_id
    assert packed.device_id() == device_id
    assert packed.data_ptr() != array.data.ptr
    np.testing.assert_array_equal(np.asarray(tensor.as_cpu()), numbers)
    np.testing.assert_array_equal(batch.as_cpu().as_array(), numbers)
    np.testing.assert_array_equal(listed.as_cpu().at(1), numbers)
    np.testing.assert_array_equal(packed.as_cpu().as_array(), np.stack([numbers] * 2))
    shown = TensorListGPU.broadcast(tensor, 3)
    assert [t.data_ptr() for t in shown] == [array.data.ptr] * 3
