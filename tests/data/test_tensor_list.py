"""TensorListCPU: dense and ragged batches, what copies and what does not, and what is refused."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from adali import types
from adali.backend import TensorCPU, TensorListCPU
from adali.data import tensor_list
from adali.types import TensorLayout

DTYPES = [np.dtype(types.to_numpy_type(t)) for t in types.DALIDataType if t.value in {*range(12)}]
slabs = hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4))


@st.composite
def batches(draw: st.DrawFn) -> list[np.ndarray]:
    """Samples of one type and number of axes; shapes, also empty ones, as they come."""
    dtype = draw(st.sampled_from(DTYPES))
    ndim = draw(st.integers(0, 3))
    shape = st.tuples(*[st.integers(0, 3)] * ndim)
    shapes = draw(st.lists(shape, min_size=1, max_size=5))
    return [draw(hnp.arrays(dtype, s)) for s in shapes]


def same_bytes(a: np.ndarray, b: np.ndarray) -> bool:
    """Equality that also holds for NaN."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def ramps(*shapes: tuple[int, ...], dtype: Any = np.float32) -> list[np.ndarray]:
    return [np.arange(np.prod(s, dtype=int)).reshape(s).astype(dtype) for s in shapes]


def tensors(*shapes: tuple[int, ...], dtype: Any = np.float32, layout: str = "") -> list[TensorCPU]:
    return [TensorCPU(a, layout) for a in ramps(*shapes, dtype=dtype)]


@given(slabs)
def test_a_list_from_an_array_shares_its_memory(a: np.ndarray) -> None:
    tl = TensorListCPU(a)
    assert len(tl) == a.shape[0]
    assert tl.ndim() == a.ndim - 1
    assert tl.shape() == [a.shape[1:]] * a.shape[0]
    assert tl.dtype is types.to_dali_type(a.dtype)
    assert tl.nbytes == a.nbytes
    assert tl.is_dense_tensor()
    assert tl.data_ptr() == a.ctypes.data
    for back in (tl.as_array(), np.asarray(tl.as_tensor()), np.asarray(tl), np.from_dlpack(tl.as_tensor())):
        assert same_bytes(back, a)
        assert back.ctypes.data == a.ctypes.data or a.size == 0
    for i in range(len(tl)):
        assert same_bytes(tl.at(i), a[i, ...])
        assert same_bytes(np.asarray(tl[i - len(tl)]), a[i, ...])
        assert a.size == 0 or tl.at(i).ctypes.data == tl[i].data_ptr() == a[i, ...].ctypes.data


@given(batches(), st.booleans())
def test_a_list_of_samples_round_trips(samples: list[np.ndarray], contiguous: bool) -> None:
    tl = TensorListCPU(list(samples), contiguous=contiguous)
    assert tl.shape() == [s.shape for s in samples]
    assert tl.dtype is types.to_dali_type(samples[0].dtype)
    assert tl.is_dense_tensor() is (len({s.shape for s in samples}) == 1)
    for i, sample in enumerate(samples):
        assert same_bytes(tl.at(i), sample)
        assert contiguous or tl.at(i).ctypes.data == sample.ctypes.data
        assert not contiguous or sample.size == 0 or not np.shares_memory(tl.at(i), sample)
    if tl.is_dense_tensor():
        assert same_bytes(tl.as_array(), np.stack(samples))
        assert all(np.shares_memory(tl.at(i), tl.as_array()) for i, s in enumerate(samples) if s.size)


@given(batches(), st.booleans())
def test_the_memory_of_any_batch_in_one_block(samples: list[np.ndarray], contiguous: bool) -> None:
    expected = np.concatenate([s.reshape(-1) for s in samples])
    tl = TensorListCPU(list(samples), contiguous=contiguous)
    out = np.empty_like(expected)
    tl.copy_to_external(ctypes.c_void_p(out.ctypes.data))
    assert same_bytes(out, expected)
    flat = tl.as_reshaped_tensor([expected.size])
    assert same_bytes(np.asarray(flat), expected)
    assert expected.size == 0 or flat.data_ptr() == tl.data_ptr()
    for i, sample in enumerate(samples):  # packing changed where the samples lie, not what they are
        assert same_bytes(tl.at(i), sample)
        assert sample.size == 0 or np.shares_memory(tl.at(i), np.asarray(flat))


@given(batches())
def test_a_copy_is_equal_and_apart(samples: list[np.ndarray]) -> None:
    tl = TensorListCPU(list(samples), contiguous=False)
    copy = tl._make_copy()
    assert copy.shape() == tl.shape()
    for i, sample in enumerate(samples):
        assert same_bytes(copy.at(i), sample)
        assert not np.shares_memory(copy.at(i), sample)


def test_packing_happens_once_and_is_kept() -> None:
    samples = ramps((2, 3), (2, 3))
    tl = TensorListCPU._from_samples(list(samples), "HW")
    before = tl.at(0)
    assert np.shares_memory(before, samples[0])
    tensor = tl.as_tensor()
    assert tensor.shape() == [2, 2, 3]
    assert tensor.layout() == "NHW"
    assert tl.as_tensor().data_ptr() == tensor.data_ptr() == tl.data_ptr()
    np.asarray(tensor)[0, 0, 0] = 42
    assert tl.at(0)[0, 0] == np.asarray(tl[0])[0, 0] == tl.as_array()[0, 0, 0] == 42
    assert before[0, 0] == 0  # a view taken before keeps its own memory


def test_two_threads_that_pack_get_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    class AnnouncedLock:
        """Tells when a second thread wants in, before it has to wait."""

        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.second = threading.Event()

        def __enter__(self) -> None:
            if self.lock.locked():
                self.second.set()
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    lock = AnnouncedLock()
    found: list[int] = []

    class List(TensorListCPU):
        def _empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
            if not other.is_alive():
                other.start()
                assert lock.second.wait(20)
            return super()._empty(shape, dtype)

    tl = List._from_samples(ramps((8, 8), (8, 8)))
    other = threading.Thread(target=lambda: found.append(tl.data_ptr()))
    monkeypatch.setattr(tensor_list, "_PACKING", lock)
    found.append(tl.data_ptr())
    other.join()
    assert found == [tl.data_ptr()] * 2


def test_engine_constructor() -> None:
    slab = np.arange(12, dtype=np.int32).reshape(2, 6)
    tl = TensorListCPU._from_samples(list(slab), "W", slab=slab, source_info=["a.jpg", None])
    assert (tl._samples[1] is not None, tl._slab is slab, tl._layout, tl._dtype) == (
        True,
        True,
        "W",
        types.INT32,
    )
    assert isinstance(tl.layout(), TensorLayout)
    assert tl[0].source_info() == "a.jpg"
    assert tl[1].source_info() == ""
    assert tl[1].layout() == "W"
    assert tl.as_tensor().source_info() == ""
    assert np.shares_memory(tl.as_array(), slab)
    enum = TensorListCPU._from_samples([np.array(3, np.int32)], dtype=types.INTERP_TYPE)
    assert enum.dtype is enum[0].dtype is enum.as_tensor().dtype is types.INTERP_TYPE
    empty = TensorListCPU._from_samples([], dtype=types.FLOAT)
    assert (len(empty), empty.dtype, empty.shape()) == (0, types.FLOAT, [])
    assert TensorListCPU._from_samples([], slab=np.zeros((0, 4), np.uint8)).dtype is types.UINT8
    with pytest.raises(RuntimeError, match="complex"):
        TensorListCPU._from_samples([np.zeros(3, complex)])


def test_samples_may_be_read_only_and_strided() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(4, 6)
    crop = image[1:3, 2:5]
    crop.flags.writeable = False
    tl = TensorListCPU._from_samples([crop, image])
    out = np.zeros(30, np.uint8)
    tl.copy_to_external(out.ctypes.data)
    assert out.tolist() == [*crop.reshape(-1), *image.reshape(-1)]
    assert np.shares_memory(tl.at(1), image)
    assert tl.at(0).flags.c_contiguous  # copied, once
    assert tl[0].data_ptr() == tl.at(0).ctypes.data
    assert np.array_equal(np.asarray(tl[0]), crop)
    frozen = np.arange(6.0).reshape(2, 3)
    frozen.flags.writeable = False
    dense = TensorListCPU._from_samples(list(frozen), slab=frozen)
    assert not dense.at(0).flags.writeable
    assert not dense.as_array().flags.writeable


def test_iteration_and_indices() -> None:
    tl = TensorListCPU(tensors((2, 3), (4, 5), layout="HW"))
    assert [t.shape() for t in tl] == [[2, 3], [4, 5]]
    assert isinstance(tl[0], TensorCPU)
    assert tl[-1].shape() == tl[np.int64(1)].shape() == [4, 5]
    assert tl[0].layout() == "HW"
    assert tl[0] is not tl[0]
    for beyond in (2, -3):
        with pytest.raises(IndexError, match="no sample"):
            tl[beyond]
    for bad in ("a", 1.0, slice(0, 1), None):
        with pytest.raises(TypeError):
            tl[bad]  # type: ignore[index]


@pytest.mark.parametrize("error", [RuntimeError, IndexError])
@pytest.mark.parametrize("index", [-1, 2])
def test_at_beyond_the_batch(error: type[Exception], index: int) -> None:
    with pytest.raises(error, match="no sample"):
        TensorListCPU(np.zeros((2, 3))).at(index)


def test_what_is_taken_from_a_list_has_a_shape_of_its_own() -> None:
    tl = TensorListCPU(np.zeros((2, 1, 3)), "HW")
    sample = tl[0]
    sample.squeeze()
    sample.set_layout("X")
    assert (tl.shape(), tl.layout()) == ([(1, 3), (1, 3)], "HW")


NOT_DENSE = [tensors((2, 3), (2, 3), (4, 5)), tensors((0, 3), (2, 3))]


@pytest.mark.parametrize("samples", NOT_DENSE)
@pytest.mark.parametrize("contiguous", [True, False])
def test_a_ragged_list_is_no_tensor(samples: list[TensorCPU], contiguous: bool) -> None:
    tl = TensorListCPU(samples, contiguous=contiguous)
    assert not tl.is_dense_tensor()
    first, other = map(str, sorted({tuple(s.shape()) for s in samples}))
    for call in (tl.as_tensor, tl.as_array):
        with pytest.raises(RuntimeError, match="not dense") as caught:
            call()
        assert first in str(caught.value)
        assert other in str(caught.value)
    with pytest.raises(ValueError, match="not dense"):
        np.asarray(tl)


def test_reshaped() -> None:
    a = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
    tl = TensorListCPU(a, "HW")
    for shape in ([24], (2, 12), np.array([4, 6])):
        t = tl.as_reshaped_tensor(shape)  # type: ignore[arg-type]
        assert t.shape() == list(shape)
        assert t.layout() == ""
        assert t.data_ptr() == a.ctypes.data
    assert TensorListCPU(np.zeros(1)).as_reshaped_tensor([]).shape() == []
    assert TensorListCPU(np.zeros((0, 3))).as_reshaped_tensor([0, 7]).shape() == [0, 7]
    for wrong in ([5, 5], [-1, 6], [-2, -12], (26,), []):
        with pytest.raises(RuntimeError, match="24 elements"):
            tl.as_reshaped_tensor(wrong)
    for bad in (12, "ab", [1.0, 24], None):
        with pytest.raises(TypeError):
            tl.as_reshaped_tensor(bad)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="element type"):
        TensorListCPU([]).as_reshaped_tensor([0])


def test_layouts() -> None:
    assert TensorListCPU(np.zeros((2, 3, 4)), "HW").layout() == "HW"
    assert TensorListCPU(tensors((2, 3), layout="HW")).layout() == "HW"
    assert TensorListCPU(tensors((2, 3), layout="HW"), "XY").layout() == "XY"
    assert TensorListCPU(tensors((2, 3), layout="HW"), "").layout() == "HW"
    assert TensorListCPU(TensorCPU(np.zeros((2, 3, 4)), "XYZ")).layout() == ""
    assert TensorListCPU([], "HW").layout() == "HW"
    assert TensorListCPU(np.zeros((2, 3))).as_tensor().layout() == ""
    tl = TensorListCPU(np.zeros((2, 1, 3)), "AB")
    for none in (None, ""):
        tl.set_layout(none)
        assert tl.layout() == ""
    tl.set_layout(TensorLayout("XY"))
    assert tl.layout() == tl[0].layout() == "XY"
    for make in (lambda: tl.set_layout("ABC"), lambda: TensorListCPU(np.zeros((2, 3)), "AB")):
        with pytest.raises(ValueError, match="names"):
            make()
    with pytest.raises(TypeError):
        tl.set_layout(5)  # type: ignore[arg-type]


def test_sharing_between_lists() -> None:
    a = np.arange(6.0).reshape(2, 3)
    tl = TensorListCPU(a, "W")
    again = TensorListCPU(tl)
    assert again.layout() == "W"
    assert TensorListCPU(tl=tl, layout="X").layout() == "X"
    assert tl.layout() == "W"
    assert np.shares_memory(again.as_array(), a)


def test_forms_of_the_constructor() -> None:
    a = np.arange(6.0).reshape(2, 3)
    capsule = TensorListCPU(object=a.__dlpack__(), layout="W")
    assert (capsule.shape(), capsule.layout()) == ([(3,), (3,)], "W")
    assert np.shares_memory(capsule.as_array(), a)
    assert np.shares_memory(TensorListCPU(b=a, is_pinned=False).as_array(), a)
    assert np.shares_memory(TensorListCPU(TensorCPU(a)).as_array(), a)
    assert TensorListCPU(b"abc").shape() == [(), (), ()]
    samples = [TensorCPU(a), TensorCPU(a)]
    assert not np.shares_memory(TensorListCPU(samples).at(0), a)
    assert np.shares_memory(TensorListCPU(samples, "HW", False).at(0), a)
    assert np.shares_memory(TensorListCPU(list_of_tensors=samples, contiguous=False).at(0), a)
    assert TensorListCPU((a, a)).shape() == [(2, 3), (2, 3)]
    with pytest.raises(TypeError, match="exactly one"):
        TensorListCPU()
    with pytest.raises(TypeError, match="exactly one"):
        TensorListCPU(a, tl=a)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: TensorListCPU(None), ValueError, "None"),
        (lambda: TensorListCPU(5), TypeError, "Expected an array"),
        (lambda: TensorListCPU([5]), TypeError, "position 0"),
        (lambda: TensorListCPU([np.zeros(3), None]), TypeError, "position 1"),
        (lambda: TensorListCPU(np.float32(3)), RuntimeError, "scalar"),
        (lambda: TensorListCPU(TensorCPU(np.float32(3))), RuntimeError, "scalar"),
        (lambda: TensorListCPU(np.zeros((4, 4))[::2]), RuntimeError, "Strided"),
        (lambda: TensorListCPU([np.zeros((4, 4)).T]), RuntimeError, "Strided"),
        (lambda: TensorListCPU(np.zeros(3, complex)), RuntimeError, "complex"),
        (lambda: TensorListCPU(tensors((2, 3), (4,))), TypeError, "position 1.*axes"),
        (lambda: TensorListCPU([*tensors((2,)), *tensors((2,), dtype="u1")]), TypeError, "UINT8.*FLOAT"),
        (
            lambda: TensorListCPU([*tensors((2,), layout="A"), *tensors((2,), layout="B")]),
            TypeError,
            "layout",
        ),
        (lambda: TensorListCPU([*tensors((2,)), *tensors((2,), layout="B")]), TypeError, "layout"),
        (lambda: TensorListCPU(tensors((2, 3)), "H"), ValueError, "names 1 axes"),
        (lambda: TensorListCPU.broadcast(TensorCPU(np.zeros(2)), -1), ValueError, "-1"),
        (lambda: TensorListCPU.from_dlpack_list([5]), TypeError, "position 0"),
        (lambda: TensorListCPU.from_dlpack_list(np.zeros(3)), TypeError, "list of DLPack"),  # type: ignore[arg-type]
        (lambda: TensorListCPU.from_dlpack_list([np.zeros((2, 3)).T]), RuntimeError, "Strided"),
        (lambda: TensorListCPU.from_dlpack_list([np.zeros(3), np.zeros(3, "i4")]), TypeError, "INT32"),
    ],
)
def test_what_cannot_be_a_list(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_a_missing_layout_goes_with_the_first_one() -> None:
    assert TensorListCPU([*tensors((2,), layout="A"), *tensors((2,))]).layout() == "A"


def test_lists_made_from_nothing() -> None:
    tl = TensorListCPU([])
    assert (len(tl), tl.shape(), tl.dtype, tl.ndim(), tl.layout()) == (0, [], types.NO_TYPE, 0, "")
    assert (tl.is_dense_tensor(), tl.data_ptr(), tl.nbytes, list(tl)) == (True, 0, 0, [])
    assert tl.as_array().shape == np.asarray(tl).shape == (0,)
    with pytest.raises(RuntimeError, match="empty list"):
        tl.as_tensor()
    with pytest.raises(IndexError):
        tl[0]
    tl.copy_to_external(None)
    assert len(tl._make_copy()) == 0
    tl.reinterpret(types.INT8)
    assert tl.dtype is types.INT8
    assert len(TensorListCPU.from_dlpack_list([])) == 0


def test_lists_of_no_samples_keep_the_sample_shape() -> None:
    tl = TensorListCPU(np.zeros((0, 3)), "W")
    assert (len(tl), tl.ndim(), tl.layout(), tl.dtype) == (0, 1, "W", types.FLOAT64)
    assert tl.as_array().shape == (0, 3)
    assert tl._make_copy().as_array().shape == (0, 3)


def test_scalar_samples() -> None:
    tl = TensorListCPU(tensors((), ()))
    assert (tl.shape(), tl.ndim(), tl.at(1).shape, tl[1].shape()) == ([(), ()], 0, (), [])
    assert (tl.as_tensor().shape(), tl.as_tensor().layout()) == ([2], "N")


def test_reinterpret() -> None:
    for tl in (
        TensorListCPU(np.ones((2, 3), np.float32)),
        TensorListCPU(tensors((2,), (3,)), contiguous=False),
    ):
        tl.data_ptr()
        tl.reinterpret(types.UINT32)
        assert tl.dtype is tl[0].dtype is types.UINT32
        assert tl.at(0).dtype == np.uint32
        with pytest.raises(RuntimeError, match="reinterpret"):
            tl.reinterpret(types.INT64)
    assert TensorListCPU(np.ones((2, 3), np.float32)).as_array().view(np.uint32)[0, 0] == 0x3F800000


def test_reset_leaves_views_alone() -> None:
    tl = TensorListCPU(np.arange(6).reshape(2, 3), "W")
    view = tl.at(1)
    tl.reset()
    assert (len(tl), tl.dtype, tl.layout(), tl.shape()) == (0, types.NO_TYPE, "", [])
    assert view.tolist() == [3, 4, 5]


def test_broadcast() -> None:
    a = np.arange(3.0)
    tl = TensorListCPU.broadcast(TensorCPU(a, "W"), 3)
    assert (tl.shape(), tl.layout(), tl.dtype) == ([(3,)] * 3, "W", types.FLOAT64)
    assert all(np.shares_memory(tl.at(i), a) for i in range(3))
    assert tl.as_array().tolist() == [[0, 1, 2]] * 3
    assert TensorListCPU.broadcast(TensorCPU(a), 0).dtype is types.FLOAT64


def test_from_dlpack_list() -> None:
    samples = ramps((2, 3), (4, 5))
    shared = TensorListCPU.from_dlpack_list(list(samples), "HW")
    assert (shared.shape(), shared.layout()) == ([(2, 3), (4, 5)], "HW")
    assert all(np.shares_memory(shared.at(i), s) for i, s in enumerate(samples))
    copied = TensorListCPU.from_dlpack_list([TensorCPU(s) for s in samples], contiguous=True)
    assert not any(np.shares_memory(copied.at(i), s) for i, s in enumerate(samples))
    assert copied.at(1).tolist() == samples[1].tolist()


def test_source_info_goes_along() -> None:
    named = [TensorCPU._from_array(np.zeros(2), source_info="a"), TensorCPU(np.zeros(2))]
    tl = TensorListCPU(named)
    assert [t.source_info() for t in tl] == ["a", ""]
    assert [t.source_info() for t in TensorListCPU(tl)] == ["a", ""]
    assert [t.source_info() for t in tl._make_copy()] == ["a", ""]
    assert [t.source_info() for t in TensorListCPU.broadcast(named[0], 2)] == ["a", "a"]


def test_array_protocol_arguments() -> None:
    a = np.arange(6).reshape(2, 3)
    tl = TensorListCPU(a)
    assert np.shares_memory(np.asarray(tl), a)
    assert not np.shares_memory(np.array(tl), a)
    assert np.asarray(tl, np.float32).dtype == np.float32
    assert tl.as_cpu() is tl
    tl._set_stream(None)


def test_printing() -> None:
    tl = TensorListCPU(tensors((1, 2), (2, 1)), "HW")
    assert repr(tl) == (
        'TensorListCPU(\n    dtype=DALIDataType.FLOAT,\n    layout="HW",\n    device="cpu",\n'
        "    num_samples=2,\n    shape=[(1, 2), (2, 1)])"
    )
    assert str(tl).startswith("TensorListCPU(\n    [[[0. 1.]],\n\n     [[0.]\n      [1.]]],\n    dtype=")
    assert "[0., 1., 2.]" in str(TensorListCPU(np.arange(3.0)))
    assert "(), ..., (), ()]" in repr(TensorListCPU(np.arange(20)))
    assert "[]" in str(TensorListCPU([]))
    assert len(str(TensorListCPU(np.zeros((64, 30, 40, 3))))) < 5000
