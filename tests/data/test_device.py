"""The device twins, over an array module that stands in for CuPy and delays all work on its streams."""

from __future__ import annotations

import builtins
import ctypes
import gc
import subprocess
import sys
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adali import types
from adali.backend import TensorCPU, TensorGPU, TensorListCPU, TensorListGPU
from adali.data import device_module, set_device_module
from adali.errors import DeviceUnavailableError

arrays = hnp.arrays(
    st.sampled_from(["u1", "i2", "f4", "?"]), hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)
)
with_device = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class InterfaceOnly:
    def __init__(self, array: Any) -> None:
        self.array = array

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return dict(self.array.__cuda_array_interface__)


class DLPackOnly:
    def __init__(self, array: Any) -> None:
        self.array = array
        self.streams: list[Any] = []

    def __dlpack__(self, stream: Any = None) -> Any:
        self.streams.append(stream)
        return self.array.__dlpack__(stream=stream)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)


SOURCES = {
    "array": lambda a: a,
    "cuda array interface": InterfaceOnly,
    "dlpack": DLPackOnly,
    "capsule": lambda a: a.__dlpack__(),
    "tensor": TensorGPU,
}


def test_importing_the_containers_imports_no_cupy() -> None:
    code = "import sys, adali.data, adali.backend; assert 'cupy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def forbid_cupy(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def fail(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "cupy":
            raise ImportError("No module named 'cupy'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", fail)


@pytest.mark.parametrize(
    "use",
    [
        device_module,
        lambda: TensorGPU(np.zeros(3)),
        lambda: TensorListGPU(np.zeros(3)),
        lambda: TensorCPU(np.zeros(3))._as_gpu(),
        lambda: TensorListCPU(np.zeros(3))._as_gpu(),
    ],
)
def test_without_cupy_the_error_says_what_to_install(use: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_cupy(monkeypatch)
    with pytest.raises(DeviceUnavailableError, match=r"cupy.*pip install adali\[cuda12\].*\[cuda13\]"):
        use()


def test_without_a_device_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    cupy = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: False))
    monkeypatch.setitem(sys.modules, "cupy", cupy)  # type: ignore[arg-type]
    with pytest.raises(DeviceUnavailableError, match="no CUDA device"):
        device_module()
    cupy.cuda.is_available = lambda: True
    assert device_module() is cupy
    set_device_module(None)


@pytest.mark.parametrize("source", SOURCES)
def test_every_way_in_shares_memory(source: str, device: Any) -> None:
    a = device.on_device(np.arange(6, dtype=np.int16).reshape(2, 3))
    t = TensorGPU(SOURCES[source](a), "HW")
    assert t.data_ptr() == a.data.ptr
    assert (t.shape(), t.ndim(), t.nbytes, t.layout()) == ([2, 3], 2, 12, "HW")
    assert t.dtype is types.INT16
    assert t.dtype() == "h"
    assert t.device_id() == 0


def test_the_import_happens_on_the_stream_that_was_given(device: Any) -> None:
    stream = device.cuda.Stream()
    source = DLPackOnly(device.on_device(np.zeros(3)))
    TensorGPU(source, stream=stream)
    TensorGPU(source, stream=stream.ptr)
    TensorGPU(source, stream=ctypes.c_void_p(stream.ptr))
    TensorGPU(source, stream=types.CUDAStream(stream.ptr))
    TensorGPU(source, stream=SimpleNamespace(__cuda_stream__=lambda: (0, stream.ptr)))
    TensorGPU(source, stream=0)
    assert source.streams == [stream.ptr] * 5 + [0]


@pytest.mark.parametrize("bad", [None, 5, np.zeros(3), TensorCPU(np.zeros(3)), "text"])
def test_what_is_not_on_the_device(bad: Any, device: Any) -> None:
    with pytest.raises(TypeError, match="Expected device memory"):
        TensorGPU(bad)


@pytest.mark.parametrize("wrap", [lambda a: a, InterfaceOnly])
def test_strided_and_untyped_memory_is_refused(wrap: Any, device: Any) -> None:
    with pytest.raises(RuntimeError, match="Strided"):
        TensorGPU(wrap(device.on_device(np.zeros((4, 4)))[::2]))
    with pytest.raises(RuntimeError, match="complex"):
        TensorGPU(wrap(device.on_device(np.zeros(3, complex))))
    with pytest.raises(ValueError, match="names 1 axes"):
        TensorGPU(wrap(device.on_device(np.zeros((4, 4)))), "A")


def test_exports(device: Any) -> None:
    a = device.on_device(np.arange(3.0))
    t = TensorGPU(a)
    assert t.__cuda_array_interface__["data"] == (a.data.ptr, False)
    assert t.__cuda_array_interface__["shape"] == (3,)
    assert t.__dlpack_device__() == (2, 0)
    assert TensorGPU(t.__dlpack__(stream=0)).data_ptr() == a.data.ptr
    assert TensorGPU(t.__dlpack__(max_version=(1, 0), dl_device=(2, 0))).data_ptr() == a.data.ptr
    assert TensorGPU(t.__dlpack__(copy=True)).data_ptr() != a.data.ptr
    with pytest.raises(BufferError, match="not on"):
        t.__dlpack__(dl_device=(1, 0))
    with pytest.raises(TypeError):
        np.asarray(t, np.float64)  # no silent way to the host


def test_exports_come_from_the_tensors_own_stream(device: Any) -> None:
    stream = device.cuda.Stream()
    t = TensorGPU(device.on_device(np.arange(3.0)), stream=stream)
    assert t.stream is stream
    assert t.__cuda_array_interface__["stream"] == stream.ptr
    waits = stream.waits
    t.__dlpack__()
    assert stream.waits == waits + 1
    t._set_stream(None)
    assert t.stream is None
    assert t.__cuda_array_interface__["stream"] == 1


@given(a=arrays)
@with_device
def test_host_to_device_and_back(a: np.ndarray, device: Any) -> None:
    t = TensorCPU(a)._as_gpu()
    assert t.dtype is types.to_dali_type(a.dtype)
    back = t.as_cpu()
    assert isinstance(back, TensorCPU)
    assert np.asarray(back).tobytes() == a.tobytes()
    assert back.shape() == list(a.shape)
    tl = TensorListCPU(a)._as_gpu()
    assert tl.shape() == TensorListCPU(a).shape()
    assert tl.as_cpu().as_array().tobytes() == a.tobytes()
    assert np.asarray(tl._make_copy().as_tensor().as_cpu()).tobytes() == a.tobytes()


def test_names_go_along(device: Any) -> None:
    host = TensorCPU._from_array(np.zeros(3), "W", source_info="a.jpg")
    t = host._as_gpu()
    assert (t.layout(), t.source_info()) == ("W", "a.jpg")
    assert (t.as_cpu().layout(), t.as_cpu().source_info()) == ("W", "a.jpg")
    assert (t._make_copy().layout(), t._make_copy().source_info()) == ("W", "a.jpg")
    tl = TensorListCPU([host, host])._as_gpu()
    assert [s.source_info() for s in tl] == [s.source_info() for s in tl.as_cpu()] == ["a.jpg"] * 2
    enum = TensorCPU._from_array(np.zeros(3, np.int32), dtype=types.IMAGE_TYPE)
    assert enum._as_gpu().as_cpu().dtype is types.IMAGE_TYPE


def test_squeeze_and_reinterpret(device: Any) -> None:
    t = TensorGPU(device.on_device(np.ones((1, 3), np.float32)), "AB")
    pointer = t.data_ptr()
    assert t.squeeze() is True
    t.reinterpret(types.UINT32)
    assert (t.shape(), t.layout(), t.dtype, t.data_ptr()) == ([3], "B", types.UINT32, pointer)
    assert np.asarray(t.as_cpu()).tolist() == [0x3F800000] * 3
    with pytest.raises(RuntimeError):
        t.reinterpret(types.UINT8)


POINTERS = [ctypes.c_void_p, int, ctypes.c_size_t]


@pytest.mark.parametrize("pointer", POINTERS)
def test_copy_to_external(pointer: Any, device: Any) -> None:
    target = device.empty((4,), "f4")
    TensorGPU(device.on_device(np.arange(3, dtype=np.float32))).copy_to_external(pointer(target.data.ptr))
    assert target.host[:3].tolist() == [0, 1, 2]
    assert target.host.view(np.uint8)[12:].tolist() == [0xCD] * 4


def test_a_non_blocking_copy_is_only_enqueued(device: Any) -> None:
    stream = device.cuda.Stream()
    target = device.empty((3,), "u1")
    t = TensorGPU(device.on_device(np.arange(3, dtype=np.uint8)))
    t.copy_to_external(target.data.ptr, cuda_stream=ctypes.c_void_p(stream.ptr), non_blocking=True)
    assert target.host.tolist() == [0xCD] * 3
    assert stream.waits == 0
    stream.synchronize()
    assert target.host.tolist() == [0, 1, 2]


def test_copies_follow_the_stream_they_are_given(device: Any) -> None:
    own, other = device.cuda.Stream(), device.cuda.Stream()
    target = device.empty((3,), "u1")
    t = TensorGPU(device.on_device(np.arange(3, dtype=np.uint8)), stream=own)
    t.copy_to_external(target.data.ptr)
    assert (own.waits, other.waits, device.cuda.Stream.null.waits) == (1, 0, 0)
    t.copy_to_external(target.data.ptr, other)
    assert (own.waits, other.waits, device.cuda.Stream.null.waits) == (1, 1, 0)
    t.copy_to_external(target.data.ptr, 0)
    assert (own.waits, other.waits, device.cuda.Stream.null.waits) == (1, 1, 1)


def test_pointers_that_are_none(device: Any) -> None:
    t = TensorGPU(device.on_device(np.zeros(3)))
    with pytest.raises(ValueError, match="null"):
        t.copy_to_external(None)
    with pytest.raises(TypeError, match="pointer"):
        t.copy_to_external("text")
    TensorGPU(device.on_device(np.zeros(0))).copy_to_external(None)


def on_device(device: Any, *shapes: tuple[int, ...]) -> list[Any]:
    return [device.on_device(np.arange(np.prod(s), dtype=np.float32).reshape(s)) for s in shapes]


def test_ragged_list(device: Any) -> None:
    samples = on_device(device, (2, 3), (4, 5))
    tl = TensorListGPU._from_samples(samples, "HW", source_info=["a", None])
    assert (len(tl), tl.shape(), tl.ndim(), tl.dtype) == (2, [(2, 3), (4, 5)], 2, types.FLOAT)
    assert (tl.layout(), tl.device_id(), tl.is_dense_tensor(), tl.nbytes) == ("HW", 0, False, 104)
    assert isinstance(tl.at(1), TensorGPU)
    assert tl.at(1).data_ptr() == tl[-1].data_ptr() == samples[1].data.ptr
    assert tl[0].source_info() == "a"
    assert [t.shape() for t in tl] == [[2, 3], [4, 5]]
    for index in (-1, 2):
        with pytest.raises(RuntimeError, match="no sample"):
            tl.at(index)
    with pytest.raises(RuntimeError, match=r"\(2, 3\).*\(4, 5\)"):
        tl.as_tensor()
    target = device.empty((26,), "f4")
    tl.copy_to_external(target.data.ptr)
    assert target.host.tolist() == [*range(6), *range(20)]
    flat = tl.as_reshaped_tensor([26])
    assert np.asarray(flat.as_cpu()).tolist() == [*range(6), *range(20)]
    assert flat.data_ptr() == tl.data_ptr() == tl[0].data_ptr()
    host = tl.as_cpu()
    assert isinstance(host, TensorListCPU)
    assert [host.at(i).tolist() for i in range(2)] == [s.host.tolist() for s in samples]


def test_dense_list_packs_once_on_its_stream(device: Any) -> None:
    stream = device.cuda.Stream()
    samples = on_device(device, (2, 3), (2, 3))
    tl = TensorListGPU._from_samples(samples, "HW", stream=stream)
    assert tl.is_dense_tensor()
    tensor = tl.as_tensor()
    assert len(stream.queue) == 2  # enqueued, not waited for
    assert (tensor.shape(), tensor.layout(), tensor.stream) == ([2, 2, 3], "NHW", stream)
    assert tensor.data_ptr() == tl.data_ptr() == tl[0].data_ptr()
    assert np.asarray(tensor.as_cpu()).tolist() == [[[0, 1, 2], [3, 4, 5]]] * 2
    assert tl.as_reshaped_tensor([12]).shape() == [12]


def test_engine_constructor_with_a_slab(device: Any) -> None:
    slab = device.on_device(np.arange(6, dtype=np.int32).reshape(2, 3))
    tl = TensorListGPU._from_samples([slab[0], slab[1]], "W", slab=slab)
    assert tl.as_tensor().data_ptr() == slab.data.ptr
    assert tl.as_cpu().as_array().tolist() == [[0, 1, 2], [3, 4, 5]]
    target = device.empty((6,), "i4")
    tl.copy_to_external(target.data.ptr)
    assert target.host.tolist() == [0, 1, 2, 3, 4, 5]
    strided = device.on_device(np.arange(8, dtype=np.uint8).reshape(2, 4))[:, ::2]
    loose = TensorListGPU._from_samples([strided])
    assert np.asarray(loose[0].as_cpu()).tolist() == [[0, 2], [4, 6]]


def test_forms_of_the_list_constructor(device: Any) -> None:
    slab = device.on_device(np.arange(6.0).reshape(2, 3))
    tl = TensorListGPU(InterfaceOnly(slab), "W")
    assert (tl.shape(), tl.data_ptr(), tl.layout()) == ([(3,), (3,)], slab.data.ptr, "W")
    again = TensorListGPU(tl, "X")
    assert (again.data_ptr(), again.layout(), tl.layout()) == (slab.data.ptr, "X", "W")
    assert TensorListGPU(slab.__dlpack__()).data_ptr() == slab.data.ptr
    samples = [TensorGPU(slab), slab]
    assert TensorListGPU(samples, "AB", False)[0].data_ptr() == slab.data.ptr
    packed = TensorListGPU(samples, "AB")
    assert packed[0].data_ptr() != slab.data.ptr
    assert packed.as_tensor().shape() == [2, 2, 3]
    listed = TensorListGPU.from_dlpack_list([DLPackOnly(slab)], "AB")
    assert (listed[0].data_ptr(), listed.layout()) == (slab.data.ptr, "AB")
    shown = TensorListGPU.broadcast(TensorGPU(slab, "AB"), 3)
    assert [t.data_ptr() for t in shown] == [slab.data.ptr] * 3
    empty = TensorListGPU()
    assert (len(empty), empty.dtype, empty.device_id(), empty.data_ptr()) == (0, types.NO_TYPE, -1, 0)
    assert len(empty.as_cpu()) == 0
    stream = device.cuda.Stream()
    tl._set_stream(stream)
    assert tl.stream is tl[0].stream is stream


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda d: TensorListGPU(None), ValueError, "None"),
        (lambda d: TensorListGPU([np.zeros(3)]), TypeError, "position 0"),
        (lambda d: TensorListGPU(np.zeros(3)), TypeError, "device memory"),
        (lambda d: TensorListGPU(d.on_device(np.float32(3))), RuntimeError, "scalar"),
        (lambda d: TensorListGPU(on_device(d, (2,), (2, 3))), TypeError, "axes"),
        (lambda d: TensorListGPU.from_dlpack_list([5]), TypeError, "position 0"),
        (lambda d: TensorListGPU.from_dlpack_list(None), TypeError, "list of DLPack"),
        (lambda d: TensorListGPU.broadcast(d.on_device(np.zeros(3)), -1), ValueError, "-1"),
    ],
)
def test_what_cannot_be_a_list(make: Any, error: type[Exception], message: str, device: Any) -> None:
    with pytest.raises(error, match=message):
        make(device)


def test_views_keep_device_memory_alive(device: Any) -> None:
    slab = device.on_device(np.arange(6.0).reshape(2, 3))
    alive = weakref.ref(slab.host)
    tl = TensorListGPU._from_samples([slab[0], slab[1]], slab=slab)
    capsule, sample = tl.as_tensor().__dlpack__(), tl[1]
    del slab, tl
    gc.collect()
    assert np.asarray(sample.as_cpu()).tolist() == [3, 4, 5]
    del sample
    gc.collect()
    assert alive() is not None
    del capsule
    gc.collect()
    assert alive() is None


def test_printing(device: Any) -> None:
    t = TensorGPU(device.on_device(np.zeros((1, 2), np.uint8)), "HW")
    assert repr(t) == (
        'TensorGPU(\n    dtype=DALIDataType.UINT8,\n    layout="HW",\n    device="gpu",\n    shape=(1, 2))'
    )
    assert str(t).startswith("TensorGPU(\n    [[0 0]],\n")
    tl = TensorListGPU(device.on_device(np.zeros((1, 2), np.uint8)))
    assert repr(tl).startswith("TensorListGPU(\n    dtype=DALIDataType.UINT8,\n    device=")
    assert "[[0 0]]" in str(tl)
