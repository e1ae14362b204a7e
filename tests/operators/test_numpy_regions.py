"""Regions of NumPy arrays that are read piece by piece, from a store or past the system's cache."""

from __future__ import annotations

import io
import os
import pathlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adali
import adali.fn as fn
import adali.sync
from adali import types
from adali.kernels.npy import parse_header
from adali.operators.reader import numpy_region
from adali.operators.reader.numpy_region import Blocks
from adali.storage import Storage


def saved(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@st.composite
def boxes(draw: st.DrawFn) -> tuple[Any, list[tuple[int, int]]]:
    shape = draw(st.lists(st.integers(1, 7), min_size=0, max_size=4))
    dtype = draw(st.sampled_from(["u1", ">i4", "<f8", "?", ">f2"]))
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    box = [tuple(sorted(draw(st.tuples(st.integers(0, n - 1), st.integers(1, n))))) for n in shape]
    box = [(low, max(high, low + 1)) for low, high in box]
    return np.asarray(array, order=draw(st.sampled_from("CF"))), box


@settings(max_examples=150, deadline=None)
@given(boxes(), st.sampled_from([0, 8, 50, 1 << 16]), st.sampled_from([1, 3, 64]))
def test_a_region_is_what_numpy_cuts_and_little_more_is_read(case: Any, gap: int, most: int) -> None:
    array, box = case
    data = np.frombuffer(saved(array), np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_region, "_GAP", gap)
        patch.setattr(numpy_region, "_MOST", most)
        blocks = Blocks(parse_header(data), box)
    want = array[tuple(slice(*pair) for pair in box)]
    found = blocks.array([data[start:stop] for start, stop in blocks.ranges])
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, want)
    assert 1 <= len(blocks.ranges) <= max(most, 1)
    assert blocks.ranges == sorted(blocks.ranges)
    wanted = sum(stop - start for start, stop in blocks.ranges)
    if gap == 0 and most == 64 and len(blocks.ranges) > 1:
        assert wanted == want.nbytes, "not one byte more, where that needs few requests"
    assert wanted <= array.nbytes


def pipeline(on_error: str = "raise", **kwargs: Any) -> Any:
    pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None, seed=1, on_error=on_error)
    with pipe:
        pipe.set_outputs(fn.readers.numpy(name="reader", **kwargs))
    return pipe


def arrays(pipe: Any) -> list[Any]:
    return [np.array(batch.at(i)) for (batch,) in pipe for i in range(len(batch))]


REGION = {"roi_start": [100, 5], "roi_axes": [0, 1], "roi_shape": [20, 30]}


def test_of_a_remote_file_only_the_region_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec", reason="memory:// is a file system of fsspec")
    store = fsspec.filesystem("memory")
    rng = np.random.default_rng(1)
    names = ["c", "fortran", "small", "swapped", "long"]
    contents: list[Any] = [rng.normal(size=(500, 100, 9)) for _ in names]
    contents[1] = np.asfortranarray(contents[1])
    contents[3] = contents[3].astype(">f8")
    for name, content in zip(names, contents, strict=True):
        store.pipe_file(f"/adali-regions/{name}.npy", saved(content))
    # 80 bytes of header, as NumPy wrote them once, and less than 128 in all; and a header of more than 128.
    tiny = (
        b"\x93NUMPY\x01\x00\x46\x00" + b"{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), }".ljust(69) + b"\n"
    )
    store.pipe_file("/adali-regions/small.npy", tiny + bytes(range(12)))
    text = repr({"descr": "<f8", "fortran_order": False, "shape": contents[4].shape}).ljust(299).encode() + b"\n"
    long = b"\x93NUMPY\x02\x00" + (300).to_bytes(4, "little") + text + contents[4].tobytes()
    store.pipe_file("/adali-regions/long.npy", long)
    fetched: dict[Any, int] = {}  # what is under way for the next epoch comes twice
    fetch = Storage._fetch

    async def counted(self: Storage, request: Any, sized: Any = None) -> Any:
        data = await fetch(self, request, sized)
        fetched[request] = len(data)
        return data

    monkeypatch.setattr(Storage, "_fetch", counted)
    try:
        large = [n for n in names if n != "small"]
        pipe = pipeline(files=[f"memory://adali-regions/{n}.npy" for n in large], **REGION)
        for _ in range(2):
            for name, array in zip(large, arrays(pipe), strict=True):
                np.testing.assert_array_equal(array, contents[names.index(name)][100:120, 5:35])
                assert array.dtype == np.float64
        # In C order 20 rows in one piece; in Fortran order 9 times 30 columns that lie 4 kB apart; and headers.
        pieces = 3 * 20 * 100 * 72 + 9 * 30 * 4000
        assert pieces // 2 < sum(fetched.values()) < pieces + 2000
        pipe.close()
        pipe = pipeline(
            files=["memory://adali-regions/small.npy"] * 2,
            roi_start=[1, 1],
            roi_end=[3, 6],
            out_of_bounds_policy="pad",
            fill_value=7.0,
        )
        for array in arrays(pipe):
            assert array.tolist() == [[5, 6, 7, 7, 7], [9, 10, 11, 7, 7]]
        pipe.close()
    finally:
        store.rm("/adali-regions", recursive=True)


@pytest.mark.parametrize("damage", ["magic", "cut", "gone", "region"])
def test_a_damaged_remote_file_is_the_failure_of_its_sample(damage: str) -> None:
    fsspec = pytest.importorskip("fsspec", reason="memory:// is a file system of fsspec")
    store = fsspec.filesystem("memory")
    good = np.arange(5000.0).reshape(500, 10)
    data = saved(good)
    bad = {"magic": b"X" + data[1:], "cut": data[:900], "region": saved(good[:50])}.get(damage)
    for number in range(4):
        store.pipe_file(f"/adali-regions/{number}.npy", data)
    if bad is None:
        store.rm("/adali-regions/2.npy")
    else:
        store.pipe_file("/adali-regions/2.npy", bad)
    names = [f"memory://adali-regions/{n}.npy" for n in range(4)]
    pipe = pipeline("skip", files=names, roi_start=[100], roi_axes=[0])
    try:
        for _ in range(2):
            found = arrays(pipe)
            assert len(found) == 3
            for array in found:
                np.testing.assert_array_equal(array, good[100:])
        assert {e.source for e in pipe.stats().errors} == {names[2]}
    finally:
        pipe.close()
        store.rm("/adali-regions", recursive=True)


# ---- past the system's cache -------------------------------------------------------------------------------------


@pytest.fixture
def direct(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are opened with O_DIRECT, in a folder where that works."""
    try:
        (tmp_path / "x").write_bytes(b"x")
        os.close(os.open(tmp_path / "x", os.O_RDONLY | os.O_DIRECT))
    except (AttributeError, OSError):
        pytest.skip("files cannot be read without the system's cache here")
    opened, real = [], os.open

    def spy(path: Any, flags: int, *more: Any, **kwargs: Any) -> int:
        if flags & os.O_DIRECT:
            opened.append(os.fspath(path))
        return real(path, flags, *more, **kwargs)

    monkeypatch.setattr(os, "open", spy)
    return opened


@pytest.mark.parametrize("region", [{}, {"roi_start": [3], "roi_axes": [1]}, {"rel_roi_end": [0.5, 1.0]}])
def test_use_o_direct_is_honoured(tmp_path: pathlib.Path, direct: list[str], region: dict[str, Any]) -> None:
    array = np.arange(40_000, dtype=np.float32).reshape(200, 200)
    names = [str(tmp_path / f"{n}.npy") for n in "abc"]
    for name in names:
        np.save(name, array)
    want = array[:, 3:] if "roi_axes" in region else array[:100] if region else array
    for more in ({"dont_use_mmap": True, "use_o_direct": True}, {"dont_use_mmap": True}):
        pipe = pipeline(files=names, **more, **region)
        for found in arrays(pipe):
            np.testing.assert_array_equal(found, want)
        pipe.close()
        assert set(direct) == set(names), "with the option, and without it no more"
        if "use_o_direct" in more:
            before = len(direct)
        else:
            assert len(direct) == before
    encoded = np.frombuffer(names[0].encode(), np.uint8)
    pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(fn.io.file.read(types.Constant(encoded, device="cpu"), use_o_direct=True))
    (data,) = pipe.run()
    assert bytes(data.at(0)) == pathlib.Path(names[0]).read_bytes()
    pipe.close()
    assert len(direct) > before


def test_where_the_system_has_no_such_thing_the_error_says_so(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    pipe = pipeline(file_root=str(tmp_path), dont_use_mmap=True, use_o_direct=True)
    monkeypatch.delattr(os, "O_DIRECT", raising=False)
    with pytest.raises(adali.OperatorError, match=r"cannot read files without its cache \(use_o_direct\)"):
        pipe.run()
    pipe.close()


def test_where_the_file_system_refuses_the_error_says_so(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    pipe = pipeline(file_root=str(tmp_path), dont_use_mmap=True, use_o_direct=True)
    monkeypatch.setattr(os, "O_DIRECT", 1 << 16, raising=False)

    def refusing(*args: Any) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr("adali.operators.reader.container.os.open", refusing)
    with pytest.raises(adali.OperatorError, match=r"file system cannot read without the cache \(use_o_direct\)"):
        pipe.run()
    monkeypatch.undo()
    pipe.close()


@pytest.mark.parametrize("size", [0, 5, 11, 60, 300, -1])
def test_damaged_files_that_are_not_mapped(tmp_path: pathlib.Path, size: int) -> None:
    (tmp_path / "a.npy").write_bytes(saved(np.arange(400.0).reshape(20, 20))[:size])
    pipe = pipeline(file_root=str(tmp_path), dont_use_mmap=True, roi_start=[1, 1], roi_end=[3, 3])
    with pytest.raises(adali.OperatorError, match="NumPy file"):
        pipe.run()
    pipe.close()
