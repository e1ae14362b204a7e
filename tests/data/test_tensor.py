"""TensorCPU: what it is made from, what it says of itself, how it shares its memory."""

from __future__ import annotations

import array
import ctypes
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adali import types
from adali.backend import TensorCPU, TensorListCPU
from adali.types import TensorLayout

DTYPES = [np.dtype(types.to_numpy_type(t)) for t in types.DALIDataType if t.value in {*range(12)}]
arrays = hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))


def same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    """Equality that also holds for NaN."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def same_memory(a: np.ndarray, b: np.ndarray) -> bool:
    return a.ctypes.data == b.ctypes.data and a.nbytes == b.nbytes


class ArrayInterfaceOnly:
    def __init__(self, owner: np.ndarray) -> None:
        self.owner = owner

    @property
    def __array_interface__(self) -> dict[str, Any]:
        return self.owner.__array_interface__


class DLPackOnly:
    def __init__(self, owner: np.ndarray) -> None:
        self.owner = owner

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.owner.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)


class OnDevice:
    __cuda_array_interface__ = {"shape": (1,), "typestr": "|u1", "data": (1, False), "version": 3}  # noqa: RUF012


class DLPackOnDevice(DLPackOnly):
    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)


SOURCES = {
    "array": lambda a: a,
    "buffer": memoryview,
    "array interface": ArrayInterfaceOnly,
    "dlpack": DLPackOnly,
    "capsule": lambda a: a.__dlpack__(),
    "versioned capsule": lambda a: a.__dlpack__(max_version=(1, 0)),
    "tensor": TensorCPU,
}


@given(arrays)
def test_round_trip_keeps_memory_and_says_what_it_is(a: np.ndarray) -> None:
    t = TensorCPU(a)
    assert t.shape() == list(a.shape)
    assert t.ndim() == a.ndim
    assert t.nbytes == a.nbytes
    assert t.dtype is types.to_dali_type(a.dtype)
    assert np.dtype(t.dtype()) == a.dtype
    assert t.data_ptr() == a.ctypes.data
    for back in (np.asarray(t), np.from_dlpack(t), t.__array__()):
        assert same_bytes(back, a)
        assert a.size == 0 or same_memory(back, a)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_way_in_shares_memory(source: str, dtype: np.dtype[Any]) -> None:
    a = np.arange(6).reshape(2, 3).astype(dtype)
    t = TensorCPU(SOURCES[source](a), "HW")
    assert same_memory(np.asarray(t), a)
    assert t.shape() == [2, 3]
    assert t.dtype is types.to_dali_type(dtype)
    assert t.layout() == "HW"


@pytest.mark.parametrize("out", [np.asarray, np.from_dlpack, lambda t: t.__array__()])
def test_writing_through_a_view_reaches_the_source(out: Any) -> None:
    a = np.zeros((2, 3), np.int32)
    out(TensorCPU(a))[1, 2] = 7
    assert a[1, 2] == 7


def test_bytes_are_a_read_only_tensor_of_uint8() -> None:
    t = TensorCPU(b"abc")
    assert t.dtype is types.UINT8
    assert np.asarray(t).tolist() == [97, 98, 99]
    assert not np.asarray(t).flags.writeable
    assert not np.from_dlpack(t).flags.writeable
    with pytest.raises(BufferError, match="read-only"):
        t.__dlpack__()
    assert np.from_dlpack(DLPackOnly(np.frombuffer(b"abc", np.uint8).copy())).tolist() == [97, 98, 99]


def test_other_buffers() -> None:
    numbers = array.array("h", [1, -2])
    t = TensorCPU(numbers)
    assert t.dtype is types.INT16
    np.asarray(t)[0] = 9
    assert numbers[0] == 9
    assert TensorCPU(bytearray(b"ab")).shape() == [2]
    assert TensorCPU(np.float32(3)).shape() == []


def test_keywords_of_the_constructor() -> None:
    a = np.zeros((2, 3), np.uint8)
    assert same_memory(np.asarray(TensorCPU(b=a, layout="HW", is_pinned=True)), a)
    assert same_memory(np.asarray(TensorCPU(object=a.__dlpack__())), a)
    assert TensorCPU(a, TensorLayout("HW")).layout() == "HW"
    assert TensorCPU(TensorCPU(a, "HW")).layout() == ""  # as DALI: the layout is not part of the buffer
    with pytest.raises(TypeError, match="exactly one"):
        TensorCPU()
    with pytest.raises(TypeError, match="exactly one"):
        TensorCPU(a, object=a)


@pytest.mark.parametrize("bad", [None, 5, [], [1, 2], "text", object(), TensorListCPU([])])
def test_objects_without_memory(bad: object) -> None:
    with pytest.raises(TypeError, match="Expected an array"):
        TensorCPU(bad)


@pytest.mark.parametrize("bad", [OnDevice(), DLPackOnDevice(np.zeros(3))])
def test_device_memory_points_to_tensor_gpu(bad: object) -> None:
    with pytest.raises(TypeError, match="TensorGPU"):
        TensorCPU(bad)


@pytest.mark.parametrize(
    "strided",
    [
        np.zeros((4, 4))[::2],
        np.zeros((4, 4)).T,
        np.zeros((4, 4))[:, ::-1],
        np.broadcast_to(np.float32(1), (3, 2)),
        np.zeros((4, 4))[::2].__dlpack__(),
    ],
)
def test_strided_memory_is_refused(strided: Any) -> None:
    with pytest.raises(RuntimeError, match=r"Strided data.*axis \d"):
        TensorCPU(strided)


def test_odd_strides_of_axes_without_steps_do_no_harm() -> None:
    assert TensorCPU(np.zeros((4, 4))[::8]).shape() == [1, 4]
    assert TensorCPU(np.zeros((0, 4)).T).shape() == [4, 0]


@pytest.mark.parametrize(
    "unsupported",
    [
        np.zeros(3, complex),
        np.zeros(3, ">f4"),
        np.zeros(3, "M8[s]"),
        np.zeros(3, [("a", "i4")]),
        np.array(["a"]),
        np.array([None]),
        np.zeros(3, complex).__dlpack__(),
    ],
    ids=lambda a: str(getattr(a, "dtype", "capsule")),
)
def test_element_types_without_a_dali_type(unsupported: Any) -> None:
    with pytest.raises(RuntimeError):
        TensorCPU(unsupported)


def test_a_capsule_is_consumed_once() -> None:
    capsule = np.zeros(3).__dlpack__()
    TensorCPU(capsule)
    with pytest.raises(RuntimeError, match="DLPack"):
        TensorCPU(capsule)


def test_layout() -> None:
    t = TensorCPU(np.zeros((1, 3, 1)), "ABC")
    assert t.layout() == "ABC"
    assert isinstance(t.layout(), TensorLayout)
    t.set_layout("XYZ")
    assert t.layout() == t.get_property("layout") == "XYZ"
    for none in (None, ""):
        t.set_layout(none)
        assert t.layout() == ""
        assert t.get_property("layout") is None
    with pytest.raises(ValueError, match='"AB" names 2 axes but the tensor has 3'):
        t.set_layout("AB")
    with pytest.raises(TypeError):
        t.set_layout(5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="names 3 axes"):
        TensorCPU(np.zeros((2, 2)), "HWC")


# What the real DALI does for each of these.
SQUEEZED = [
    ((1, 3, 1), "", None, True, [3], ""),
    ((1, 3, 1), "ABC", None, True, [3], "B"),
    ((3,), "A", None, False, [3], "A"),
    ((1, 1), "AB", None, True, [], ""),
    ((), "", None, False, [], ""),
    ((0, 1), "AB", None, True, [0], "A"),
    ((2, 3), "AB", None, False, [2, 3], "AB"),
    ((1, 3, 1), "ABC", 0, True, [3, 1], "BC"),
    ((1, 3, 1), "ABC", 1, False, [1, 3, 1], "ABC"),
    ((1, 3, 1), "ABC", 2, True, [1, 3], "AB"),
    ((1, 3, 1), "ABC", -1, True, [1, 3], "AB"),
    ((1, 3, 1), "ABC", -3, True, [3, 1], "BC"),
    ((1, 3, 1), "ABC", np.int64(0), True, [3, 1], "BC"),
]


@pytest.mark.parametrize(("shape", "layout", "dim", "changed", "expected", "left"), SQUEEZED)
def test_squeeze(
    shape: tuple[int, ...], layout: str, dim: int | None, changed: bool, expected: list[int], left: str
) -> None:
    a = np.zeros(shape, np.float32)
    t = TensorCPU(a, layout)
    assert t.squeeze(dim) is changed
    assert t.shape() == expected
    assert t.layout() == left
    assert t.data_ptr() == a.ctypes.data


@given(arrays)
def test_squeeze_agrees_with_numpy(a: np.ndarray) -> None:
    t = TensorCPU(a)
    assert t.squeeze() is (1 in a.shape)
    assert same_bytes(np.asarray(t), a.squeeze())


@pytest.mark.parametrize("dim", [3, -4])
def test_squeeze_of_an_axis_that_is_not_there(dim: int) -> None:
    with pytest.raises(RuntimeError, match="no axis"):
        TensorCPU(np.zeros((1, 3, 1))).squeeze(dim)


@pytest.mark.parametrize("dim", ["a", 1.5, [0]])
def test_squeeze_of_what_is_no_axis(dim: Any) -> None:
    with pytest.raises(TypeError):
        TensorCPU(np.zeros((1, 3, 1))).squeeze(dim)


def test_reinterpret_reads_the_same_bytes() -> None:
    a = np.array([1.0, -2.0], np.float32)
    t = TensorCPU(a)
    t.reinterpret(types.UINT32)
    assert t.dtype is types.UINT32
    assert same_memory(np.asarray(t), a)
    assert np.asarray(t).tolist() == [0x3F800000, 0xC0000000]
    t.reinterpret(types.IMAGE_TYPE)
    assert t.dtype is types.IMAGE_TYPE
    assert np.asarray(t).dtype == np.int32


@pytest.mark.parametrize("name", ["FLOAT64", "UINT8", "STRING", "NO_TYPE", "PYTHON_OBJECT", "_FLOAT_VEC"])
def test_reinterpret_must_keep_the_element_size(name: str) -> None:
    t = TensorCPU(np.zeros(3, np.float32))
    with pytest.raises(RuntimeError, match="reinterpret"):
        t.reinterpret(types.DALIDataType[name])
    assert t.dtype is types.FLOAT


def test_reinterpret_takes_a_dali_type() -> None:
    for bad in (np.int32, 6):
        with pytest.raises(TypeError, match="DALIDataType"):
            TensorCPU(np.zeros(3, np.float32)).reinterpret(bad)  # type: ignore[arg-type]


def test_properties_and_source() -> None:
    t = TensorCPU(np.zeros(3))
    assert t.source_info() == ""
    assert t.get_property("source_info") is None
    assert t.get_property("nothing of that name") is None
    with pytest.raises(TypeError):
        t.get_property(5)  # type: ignore[arg-type]
    named = TensorCPU._from_array(np.zeros(3), "A", source_info="a.jpg")
    assert named.source_info() == named.get_property("source_info") == "a.jpg"


@pytest.mark.parametrize(
    "pointer",
    [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int64,
        int,
        np.int64,
        lambda p: ctypes.cast(p, ctypes.POINTER(ctypes.c_uint8)),
    ],
)
def test_copy_to_external(pointer: Any) -> None:
    out = np.full(6, 99, np.uint8)
    TensorCPU(np.arange(4, dtype=np.uint8).reshape(2, 2)).copy_to_external(pointer(out.ctypes.data))
    assert out.tolist() == [0, 1, 2, 3, 99, 99]


@given(arrays)
def test_copy_to_external_writes_all_bytes(a: np.ndarray) -> None:
    out = np.empty_like(a)
    TensorCPU(a).copy_to_external(ctypes.c_void_p(out.ctypes.data))
    assert same_bytes(out, a)


@pytest.mark.parametrize("null", [None, 0, ctypes.c_void_p(None), ctypes.POINTER(ctypes.c_int)()])
def test_copy_to_a_null_pointer(null: Any) -> None:
    with pytest.raises(ValueError, match="null pointer"):
        TensorCPU(np.zeros(3)).copy_to_external(null)
    TensorCPU(np.zeros(0)).copy_to_external(null)  # nothing to write


@pytest.mark.parametrize("bad", ["text", 1.5, [1], True, ctypes.c_double(1.0)])
def test_copy_to_what_is_no_pointer(bad: Any) -> None:
    with pytest.raises(TypeError, match="pointer"):
        TensorCPU(np.zeros(3)).copy_to_external(bad)


def test_array_protocol_arguments() -> None:
    a = np.arange(3, dtype=np.int32)
    t = TensorCPU(a)
    assert not np.shares_memory(np.array(t, copy=True), a)
    assert np.asarray(t, np.float64).dtype == np.float64
    assert not np.shares_memory(t.__array__(copy=True), a)
    assert np.shares_memory(t.__array__(copy=False), a)
    assert t.__array__(np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="needs a copy"):
        t.__array__(np.float32, copy=False)


def test_every_view_is_an_array_of_its_own() -> None:
    t = TensorCPU(np.zeros((2, 3)))
    assert t.__array__() is not t.__array__()  # changing flags or strides of one harms nobody
    t.__array__().flags.writeable = False
    assert t.__array__().flags.writeable


def test_dlpack_arguments() -> None:
    a = np.arange(3, dtype=np.int32)
    t = TensorCPU(a)
    assert t.__dlpack_device__() == (1, 0)
    assert np.shares_memory(TensorCPU(t.__dlpack__(stream=5)).__array__(), a)
    assert np.shares_memory(TensorCPU(t.__dlpack__(max_version=(1, 0), dl_device=(1, 0))).__array__(), a)
    assert not np.shares_memory(TensorCPU(t.__dlpack__(copy=True)).__array__(), a)
    assert not np.shares_memory(np.from_dlpack(t, copy=True), a)
    with pytest.raises(BufferError, match="host memory"):
        t.__dlpack__(dl_device=(2, 0))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="classes get the buffer protocol with Python 3.12")
def test_memoryview_shares_memory() -> None:
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    view = memoryview(TensorCPU(a))  # type: ignore[arg-type]
    assert (view.shape, view.format, view.readonly) == ((2, 3), "f", False)
    a[1, 2] = 9
    assert view[1, 2] == 9
    with pytest.raises(BufferError):
        memoryview(TensorCPU(b"abc")).cast("B")[0] = 1  # type: ignore[arg-type]


def test_buffer_method_on_every_python() -> None:
    a = np.arange(3, dtype=np.float16)
    view = TensorCPU(a).__buffer__(0)
    assert view.format == "e"
    assert np.shares_memory(np.asarray(view), a)


def test_copies_and_passthrough() -> None:
    a = np.arange(3)
    t = TensorCPU(a, "W")
    assert t.as_cpu() is t
    copy = t._make_copy()
    assert copy.layout() == "W"
    assert same_bytes(np.asarray(copy), a)
    assert not np.shares_memory(np.asarray(copy), a)
    t._set_stream(None)
    assert t == t
    assert t != copy  # identity, as in DALI
    assert len({t, copy}) == 2


def test_printing() -> None:
    t = TensorCPU(np.zeros((2, 3), np.uint8), "HW")
    assert repr(t) == (
        'TensorCPU(\n    dtype=DALIDataType.UINT8,\n    layout="HW",\n    device="cpu",\n    shape=(2, 3))'
    )
    assert str(t) == (
        "TensorCPU(\n    [[0 0 0]\n     [0 0 0]],\n    dtype=DALIDataType.UINT8,\n"
        '    layout="HW",\n    device="cpu",\n    shape=(2, 3))'
    )
    assert "layout" not in repr(TensorCPU(np.zeros(2)))
    assert str(TensorCPU(np.float32(3))).startswith("TensorCPU(\n    3.,\n")
    assert len(str(TensorCPU(np.zeros((300, 400, 3))))) < 2000
