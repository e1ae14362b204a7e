"""Damaged containers: an error that names file and record, no good record lost, no crash, no hang; and no leak."""

from __future__ import annotations

import gc
import os
import re
import shutil
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adali
import adali.sync
from adali import fn, tfrecord
from adali.cli import IMAGES

FILES = Path(__file__).parent.parent / "golden" / "readers"


@dataclass
class Format:
    """A container format under test: its files, how they are read, and what tells its samples apart."""

    files: tuple[str, ...]
    read: Callable[[Path], Any]
    #: The files that are damaged, each with a share of the mutations.
    damaged: tuple[str, ...] = field(default=())
    #: Whether damage of a sample's data is always found: by checksums.
    checked: bool = False


def _tfrecord(folder: Path) -> Any:
    number = tfrecord.FixedLenFeature([], tfrecord.int64, 0)
    image = tfrecord.FixedLenFeature([], tfrecord.string, "")
    path, index = str(folder / "a.tfrecord"), str(folder / "a.tfrecord.idx")
    made = fn.readers.tfrecord(path=path, index_path=index, features={"number": number, "image": image})
    return made["number"], made["image"]


def _tfrecord_walked(folder: Path) -> Any:
    number = tfrecord.FixedLenFeature([], tfrecord.int64, 0)
    image = tfrecord.FixedLenFeature([], tfrecord.string, "")
    made = fn.readers.tfrecord(path=str(folder / "a.tfrecord"), features={"number": number, "image": image})
    return made["number"], made["image"]


FORMATS = {
    "tfrecord": Format(("a.tfrecord", "a.tfrecord.idx"), _tfrecord, ("a.tfrecord", "a.tfrecord.idx"), True),
    "tfrecord walked": Format(("a.tfrecord",), _tfrecord_walked, ("a.tfrecord",), True),
    "webdataset": Format(
        ("a.tar", "a.tar.idx"),
        lambda f: fn.readers.webdataset(
            paths=str(f / "a.tar"), index_paths=str(f / "a.tar.idx"), ext=["cls", "left.bin"]
        ),
        ("a.tar", "a.tar.idx"),
    ),
    "webdataset walked": Format(
        ("a.tar",), lambda f: fn.readers.webdataset(paths=str(f / "a.tar"), ext=["cls", "left.bin"]), ("a.tar",)
    ),
    "mxnet": Format(
        ("a.rec", "a.idx"),
        lambda f: fn.readers.mxnet(path=str(f / "a.rec"), index_path=str(f / "a.idx")),
        ("a.rec", "a.idx"),
    ),
    "mxnet walked": Format(("a.rec",), lambda f: fn.readers.mxnet(path=str(f / "a.rec")), ("a.rec",)),
    "caffe": Format(("caffe_a",), lambda f: fn.readers.caffe(path=str(f / "caffe_a")), ("caffe_a/data.mdb",)),
    "caffe large": Format(
        ("caffe_large",), lambda f: fn.readers.caffe(path=str(f / "caffe_large")), ("caffe_large/data.mdb",)
    ),
    "caffe2": Format(
        ("caffe2_single",), lambda f: fn.readers.caffe2(path=str(f / "caffe2_single")), ("caffe2_single/data.mdb",)
    ),
}


#: What memory is watched of: the containers, and single files.
WATCHED = {**FORMATS, "file": Format((), lambda f: fn.readers.file(file_root=str(IMAGES)))}


def copy(form: Format, folder: Path) -> None:
    for name in form.files:
        if (FILES / name).is_dir():
            shutil.copytree(FILES / name, folder / name, dirs_exist_ok=True)
        else:
            shutil.copy(FILES / name, folder / name)


def epoch(form: Format, folder: Path, on_error: str) -> tuple[list[bytes], list[adali.OperatorError]]:
    """The samples of an epoch, each as the bytes of its outputs, and what was skipped.

    Raises:
        AdaliError: what the pipeline raises.
    """
    pipe = adali.sync.Pipeline(batch_size=4, num_threads=1, device_id=None, seed=1, on_error=on_error)
    with pipe:
        pipe.set_outputs(*form.read(folder))
    try:
        pipe.build()
        found = []
        for batch in pipe:
            found += [b"|".join(np.asarray(o.at(i)).tobytes() for o in batch) for i in range(len(batch[0]))]
        return found, list(pipe.stats().errors)
    finally:
        pipe.close()


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """The bytes, cut off, with bits turned, a run overwritten, or a piece left out or doubled."""
    kind, size = int(rng.integers(6)), len(data)
    place = int(rng.integers(size))
    if kind == 0:
        return data[:place]
    if kind in (1, 2):
        changed = bytearray(data)
        for _ in range(1 if kind == 1 else 8):
            changed[int(rng.integers(size))] ^= 1 << int(rng.integers(8))
        return bytes(changed)
    length = int(rng.integers(1, 64))
    if kind == 3:
        return data[:place] + rng.bytes(min(length, size - place)) + data[place + length :]
    if kind == 4:
        return data[:place] + data[place + length :]
    return data[:place] + data[place : place + length] + data[place:]


def fuzz(name: str, folder: Path, mutations: int, seed: int) -> dict[str, int]:
    """Damage the files of a format many times; returns what became of them."""
    form = FORMATS[name]
    copy(form, folder)
    good, _ = epoch(form, folder, "raise")
    rng = np.random.default_rng(seed)
    refusals: list[tuple[Path, str]] = []
    counts = {"refused": 0, "told": 0, "unnoticed": 0, "kept": 0}
    for _ in range(mutations):
        target = folder / form.damaged[int(rng.integers(len(form.damaged)))]
        whole = target.read_bytes()
        damaged = mutated(whole, rng)
        target.write_bytes(damaged)
        try:
            try:
                found, errors = epoch(form, folder, "skip")
            except adali.ArgumentError as e:  # nothing could be read at all
                counts["refused"] += 1
                refusals.append((target, str(e)))
                continue
            for error in errors:
                assert error.source, f"file and record must be named: {error}"
                assert str(folder) in error.source
            if form.checked:
                assert set(found) <= set(good), "data that passes its checksum is what was written"
            lost = [sample for sample in good if sample not in found]
            counts["told" if errors else "unnoticed"] += 1
            counts["kept"] += len(good) - len(lost)
            if lost and form.checked and target.name.endswith(".tfrecord") and not whole.startswith(damaged):
                # A file that was cut off between two records looks like a whole one, unless there is an index.
                assert errors, "a lost record must be told"
            if errors:
                with pytest.raises(adali.AdaliError) as caught:
                    epoch(form, folder, "raise")
                assert str(folder) in str(caught.value)
        finally:
            target.write_bytes(whole)
    for target, message in refusals:
        assert target.name in message or target.parent.name in message, f"the file must be named: {message}"
    return counts


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_survived(name: str, tmp_path: Path) -> None:
    counts = fuzz(name, tmp_path, 25, seed=1)
    assert counts["told"] + counts["refused"] > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", FORMATS)
def test_two_thousand_damaged_files_are_survived(name: str, tmp_path: Path) -> None:
    counts = fuzz(name, tmp_path, 2000, seed=2)
    print(name, counts)
    assert counts["told"] + counts["refused"] > 0


@pytest.mark.parametrize("name", ["tfrecord", "webdataset", "webdataset walked", "mxnet"])
def test_damage_in_a_store_costs_what_it_costs_on_the_disk(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where samples share requests, one that cannot be read must not take others with it."""
    pytest.importorskip("fsspec", reason="local:// is a file system of fsspec")
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    found = fuzz(name, here, 12, seed=3)
    read = FORMATS[name].read
    monkeypatch.setattr(FORMATS[name], "read", lambda folder: read(Url(f"local://{folder}")))
    assert fuzz(name, there, 12, seed=3) == found


class Url(str):
    """A folder in a store, as the functions of FORMATS use a path."""

    def __truediv__(self, name: str) -> str:
        return f"{self}/{name}"


# ---- no good record is lost --------------------------------------------------------------------------------------


def survivors(name: str, folder: Path, target: str, change: Callable[[bytearray], Any]) -> tuple[list[int], list[str]]:
    """Numbers of the good samples that are still delivered, and what is told of the others."""
    form = FORMATS[name]
    copy(form, folder)
    good, _ = epoch(form, folder, "raise")
    data = bytearray((folder / target).read_bytes())
    change(data)
    (folder / target).write_bytes(data)
    found, errors = epoch(form, folder, "skip")
    # A sample that is left out is replaced by a later one, so that the order changes.
    return sorted(good.index(sample) for sample in found), [str(e) for e in errors]


def flip(place: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        data[place] ^= 0x41

    return change


def cut(place: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        del data[place:]

    return change


def swap(old: bytes, new: bytes) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        assert old in data
        data[:] = bytes(data).replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("name", "target", "change", "left", "message"),
    [
        ("tfrecord", "a.tfrecord", flip(188 + 100), [0, 2, 3, 4], r"checksum(.|\n)*a\.tfrecord at index 188"),
        ("tfrecord", "a.tfrecord", flip(188), [0, 2, 3, 4], r"checksum of the record's length"),
        ("tfrecord", "a.tfrecord", cut(1000), [0, 1, 2, 3], "it was cut off"),
        ("tfrecord", "a.tfrecord.idx", swap(b"188 223", b"188 222"), [0, 2, 3, 4], "own length"),
        ("tfrecord", "a.tfrecord.idx", swap(b"188 223", b"189 223"), [0, 2, 3, 4], "its index is wrong"),
        ("tfrecord", "a.tfrecord.idx", swap(b"188 223", b"1x8 223"), [0, 2, 3, 4], r"line 2 of its index"),
        ("tfrecord walked", "a.tfrecord", flip(188), [0, 2, 3, 4], "no record begins at byte 188"),
        ("tfrecord walked", "a.tfrecord", cut(1000), [0, 1, 2, 3], "no record begins at byte 8"),
        ("webdataset", "a.tar", flip(2048), [0, 2, 3, 4], r"a\.tar:2560:train/0001.cls"),
        ("webdataset", "a.tar", cut(11700), [0, 1, 2, 3], "it was cut off"),
        ("webdataset", "a.tar.idx", swap(b"cls 2560 1", b"cls 2561 1"), [0, 2, 3, 4], "its index is wrong"),
        ("webdataset", "a.tar.idx", swap(b"cls 2560 1", b"cls 2560 9"), [0, 2, 3, 4], "no member of 9 bytes"),
        ("webdataset", "a.tar.idx", swap(b"cls 2560 1", b"cls 2560x1"), [0, 2, 3, 4], "line 3 of its index"),
        ("webdataset", "a.tar.idx", swap(b"v1.2 5", b"v1.2 6"), [0, 1, 2, 3, 4], "promises 6 samples and has 5"),
        # The json file of sample 1, which is not read; then its last file, its first one.
        ("webdataset walked", "a.tar", flip(3072), [0, 1, 2, 3, 4], "no header of a member at byte 3072"),
        ("webdataset walked", "a.tar", flip(4096), [0, 2, 3, 4], "no header of a member at byte 4096"),
        ("webdataset walked", "a.tar", flip(2048), [0, 2, 3, 4], "damaged beside this sample, which lacks a file"),
        ("webdataset walked", "a.tar", cut(11300), [0, 1, 2, 3], "cut off"),
        ("mxnet", "a.rec", flip(44), [0, 2, 3, 4], r"no record begins at byte 44(.|\n)*a\.rec at index 44"),
        ("mxnet", "a.rec", cut(250), [0, 1, 2, 3], "cut off"),
        ("mxnet", "a.idx", swap(b"1\t44", b"1\t45"), [0, 2, 3, 4], "its index is wrong"),
        ("mxnet", "a.idx", swap(b"1\t44", b"1\t4x"), [0, 2, 3, 4], r"expected a line 'KEY OFFSET'"),
        ("mxnet", "a.idx", swap(b"1\t44", b"1\t999"), [0, 2, 3, 4], "have no byte 999"),
        ("mxnet walked", "a.rec", flip(44), [0, 2, 3, 4], "no record begins at byte 44"),
    ],
)
def test_only_what_is_damaged_is_lost(
    name: str, target: str, change: Callable[[bytearray], None], left: list[int], message: str, tmp_path: Path
) -> None:
    found, errors = survivors(name, tmp_path, target, change)
    assert found == left
    assert any(re.search(message, e) for e in errors), errors
    assert all(re.search(r"Operator readers__\w+", e) and "test_record_damage.py" in e for e in errors)


def test_a_damaged_page_costs_its_records_only(tmp_path: Path) -> None:
    form = FORMATS["caffe large"]
    copy(form, tmp_path)
    good, _ = epoch(form, tmp_path, "raise")
    path = tmp_path / "caffe_large" / "data.mdb"
    whole = path.read_bytes()
    leaves = [n for n in range(2, len(whole) // 4096) if whole[n * 4096 + 10] == 2]
    assert len(leaves) > 5
    for page in leaves[::3]:
        data = bytearray(whole)
        data[page * 4096 + 10] = 0xFF
        path.write_bytes(data)
        found, errors = epoch(form, tmp_path, "skip")
        assert set(found) < set(good)
        assert len(good) - len(found) < 80
        assert len({e.source for e in errors}) == 1  # the next pass may have been begun
        assert f"page {page} is damaged" in str(errors[0])
    data = bytearray(whole)  # a value in pages of its own
    overflow = next(n for n in range(2, len(whole) // 4096) if whole[n * 4096 + 10] == 4)
    data[overflow * 4096 + 10] = 0
    path.write_bytes(data)
    found, errors = epoch(form, tmp_path, "skip")
    assert len(found) == len(good) - 1
    assert f"page {overflow}, which holds its value, is damaged" in str(errors[0])
    assert "caffe_large at key 00000" in str(errors[0])


def test_page_numbers_beyond_all_bounds(tmp_path: Path) -> None:
    form = FORMATS["caffe large"]
    copy(form, tmp_path)
    path = tmp_path / "caffe_large" / "data.mdb"
    data = bytearray(path.read_bytes())
    branch = next(n for n in range(2, len(data) // 4096) if data[n * 4096 + 10] == 1)
    node = int.from_bytes(data[branch * 4096 + 18 : branch * 4096 + 20], "little")  # its second one
    data[branch * 4096 + node : branch * 4096 + node + 6] = b"\xff" * 6
    path.write_bytes(data)
    found, errors = epoch(form, tmp_path, "skip")
    assert 300 < len(found) < 400
    assert "the file has no page 281474976710655" in str(errors[0])


def test_the_older_meta_page_is_used_when_the_newer_one_is_damaged(tmp_path: Path) -> None:
    """As after a crash in the middle of a commit; what was committed last is lost, what was before is there."""
    lmdb = pytest.importorskip("lmdb", reason="LMDB is written with the lmdb package")
    path = tmp_path / "db"
    with lmdb.open(str(path), map_size=1 << 20) as env:
        for number in range(3):
            with env.begin(write=True) as transaction:
                transaction.put(b"%d" % number, b"\x28" + bytes([number]))
    file = path / "data.mdb"
    data = bytearray(file.read_bytes())
    newest = max((0, 1), key=lambda n: int.from_bytes(data[n * 4096 + 144 : n * 4096 + 152], "little"))
    sizes = []
    for damaged in (False, True):
        if damaged:
            data[newest * 4096 + 16] ^= 0xFF  # the magic number
            file.write_bytes(data)
        pipe = adali.sync.Pipeline(batch_size=1, num_threads=1, device_id=None, seed=1)
        with pipe:
            pipe.set_outputs(fn.readers.caffe(path=str(path), image_available=False, name="reader"))
        pipe.build()
        sizes.append(pipe.epoch_size("reader"))
        pipe.close()
    assert sizes == [3, 2]


@pytest.mark.parametrize(
    ("name", "target", "content", "message"),
    [
        ("tfrecord", "a.tfrecord.idx", b"", "there is no record"),
        ("tfrecord", "a.tfrecord.idx", b"hello\n", "line 1 of its index"),
        ("tfrecord walked", "a.tfrecord", b"this is no TFRecord file", "no record begins at byte 0"),
        ("tfrecord walked", "a.tfrecord", b"", "there is no record"),
        ("webdataset", "a.tar.idx", b"", "expected a first line"),
        ("webdataset", "a.tar.idx", b"v9.9 5\n", "expected a first line"),
        ("webdataset walked", "a.tar", b"x" * 2000, "no header of a member at byte 0"),
        ("webdataset walked", "a.tar", b"", "there is no sample"),
        ("mxnet walked", "a.rec", b"x" * 100, "no record"),
        ("mxnet", "a.idx", b"", "there is no record"),
        ("caffe", "caffe_a/data.mdb", b"x" * 9000, "no LMDB file"),
        ("caffe", "caffe_a/data.mdb", b"", "no LMDB file"),
    ],
)
def test_files_that_are_something_else_are_refused_by_build(
    name: str, target: str, content: bytes, message: str, tmp_path: Path
) -> None:
    form = FORMATS[name]
    copy(form, tmp_path)
    (tmp_path / target).write_bytes(content)
    with pytest.raises(adali.ArgumentError, match=message) as caught:
        epoch(form, tmp_path, "skip")
    assert str(tmp_path) in str(caught.value)


# ---- memory ------------------------------------------------------------------------------------------------------


def resident() -> int:
    """Memory of this process that is not a mapped file, in bytes."""
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return int(fields["RssAnon"].split()[0]) << 10


def epochs(name: str, folder: Path, warm: int, more: int) -> tuple[list[int], list[int]]:
    """Resident and traced memory, in bytes, after each of ``more`` epochs; ``warm`` epochs come before."""
    form = WATCHED[name]
    copy(form, folder)

    def built() -> adali.sync.Pipeline:
        pipe = adali.sync.Pipeline(batch_size=4, num_threads=1, device_id=None, seed=1)
        with pipe:
            pipe.set_outputs(*form.read(folder))
        pipe.build()
        return pipe

    with closing(built()) as pipe:  # what is imported and compiled takes many times as long while memory is traced
        for _ in pipe:
            pass
    real, traced = [], []
    # Some versions of Python crash if a thread allocates memory while tracing ends: the pipeline lives within it.
    tracemalloc.start()
    try:
        with closing(built()) as pipe:
            for number in range(warm + more):
                for _ in pipe:
                    pass
                if number >= warm:
                    gc.collect()
                    real.append(resident())
                    traced.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    return real, traced


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="resident memory is read from /proc")
@pytest.mark.parametrize("name", ["tfrecord", "webdataset", "mxnet", "caffe", "caffe2"])
def test_memory_is_flat_over_a_dozen_epochs(name: str, tmp_path: Path) -> None:
    real, traced = epochs(name, tmp_path, 3, 12)
    assert real[-1] <= real[0] * 1.05
    # What the engine and Python's allocator keep; a leak of the samples, or of one view of each, is more.
    assert traced[-1] - traced[0] < 48 << 10, traced


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="resident memory is read from /proc")
@pytest.mark.parametrize("name", WATCHED)
def test_memory_is_flat_over_two_hundred_epochs(name: str, tmp_path: Path) -> None:
    real, traced = epochs(name, tmp_path, 10, 200)
    print(name, f"{real[0] >> 10} KiB -> {real[-1] >> 10} KiB", f"traced {traced[0] >> 10} -> {traced[-1] >> 10} KiB")
    assert real[-1] <= real[0] * 1.05
    # A batch or two that are read ahead are there or not, and those of whole images are larger than what is looked for.
    assert min(traced[-20:]) - min(traced[:20]) < 96 << 10
