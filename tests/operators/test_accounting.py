"""Each sample is delivered exactly as often as promised: over sharding, shuffling, batch size, depth, error policy."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import adali
import adali.sync
from adali import fn, tfrecord, types
from adali.operators.reader.loader import shard_bounds
from adali.samplers import ClassBalancedSampler, ShuffleSampler, WeightedSampler

FILES = Path(__file__).parent.parent / "golden" / "readers"
TF = [str(FILES / f"{name}.tfrecord") for name in "abc"]
TARS = [str(FILES / f"{name}.tar") for name in "abc"]
RECS = [str(FILES / f"{name}.rec") for name in "abc"]
LMDBS = [str(FILES / f"caffe_{name}") for name in "ab"]
VIDEO = FILES.parent / "files" / "video" / "mjpeg.avi"


@functools.cache
def single_files() -> list[str]:
    folder = Path(tempfile.mkdtemp(prefix="adali-test-"))
    for number in range(13):
        (folder / str(number)).write_text(str(number))
    return [str(folder / str(number)) for number in range(13)]


def read(reader: str, bad: list[int], folder: Path, args: dict[str, Any]) -> Any:
    """The node with the samples' numbers, of a reader of files in which some samples are damaged."""

    def damaged(paths: list[str], places: dict[int, tuple[int, int]]) -> list[str]:
        changed = {}
        for number in bad:
            file, place = places[number % len(places)]
            data = changed.setdefault(file, bytearray(Path(paths[file]).read_bytes()))
            data[place] ^= 0xFF
        copies = list(paths)
        for file, data in changed.items():
            copies[file] = str(folder / Path(paths[file]).name)
            Path(copies[file]).write_bytes(data)
        return copies

    if reader == "file":
        names = list(single_files())
        for number in bad:
            names[number % len(names)] += ".gone"
        return fn.readers.file(files=names, labels=list(range(len(names))), **args)[1]
    if reader == "tfrecord":
        places = {}
        for file, path in enumerate(TF):
            for line in Path(f"{path}.idx").read_text().splitlines():
                places[len(places)] = (file, int(line.split()[0]) + 20)
        feature = tfrecord.FixedLenFeature([], tfrecord.int64, 0)
        indices = [f"{path}.idx" for path in TF]
        paths = damaged(TF, places)
        return fn.readers.tfrecord(path=paths, index_path=indices, features={"number": feature}, **args)["number"]
    if reader == "webdataset":
        places = {}
        for file, path in enumerate(TARS):
            for line in Path(f"{path}.idx").read_text().splitlines()[1:]:
                places[len(places)] = (file, int(line.split()[1]) - 300)
        indices = [f"{path}.idx" for path in TARS]
        return fn.readers.webdataset(paths=damaged(TARS, places), index_paths=indices, ext=["cls"], **args)
    if reader == "mxnet":
        places = {}
        for file, name in enumerate("abc"):
            for line in (FILES / f"{name}.idx").read_text().splitlines():
                places[len(places)] = (file, int(line.split()[1]))
        indices = [str(FILES / f"{name}.idx") for name in "abc"]
        return fn.readers.mxnet(path=damaged(RECS, places), index_path=indices, **args)[1]
    if reader in ("caffe", "caffe2"):
        paths = {"caffe": LMDBS, "caffe2": [str(FILES / "caffe2_single")]}[reader]
        return getattr(fn.readers, reader)(path=paths, **args)[1]
    return single(reader, bad, folder, args)


def single(reader: str, bad: list[int], folder: Path, args: dict[str, Any]) -> Any:
    """The same of readers of single files, whose bad samples are files that hold something else, and of data sets."""
    if reader == "dataset":
        return fn.readers.dataset(dataset=Numbers(SIZES[reader], bad), **args)
    if reader == "parquet":
        pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra parquet")
        import pyarrow as pa

        values = [[None if k in bad else k] for k in range(SIZES[reader])]
        for name, part in (("a", values[:5]), ("b", values[5:])):
            if (folder / f"{name}.parquet").exists():  # all shards read the same ones
                continue
            pq.write_table(pa.table({"n": pa.array(part, pa.list_(pa.int64()))}), folder / f"{name}.parquet")
        return fn.readers.parquet(files=[str(folder / "a.parquet"), str(folder / "b.parquet")], columns=["n"], **args)
    if reader == "video":
        pytest.importorskip("av", reason="PyAV is in the extra video")
        names = [path.with_suffix(".gone") if k in bad else path for k, path in enumerate([VIDEO] * SIZES[reader])]
        return fn.readers.video(
            filenames=list(map(str, names)), labels=list(range(len(names))), sequence_length=11, **args
        )[1]
    source = FILES.parent / "files" / {"numpy": "numpy/many", "fits": "fits"}.get(reader, reader)
    if reader == "numpy":
        names = sorted(source.rglob("*.npy"), key=lambda path: path.stem)
        return fn.readers.numpy(files=replaced(names, bad, folder), roi_start=[0, 0, 0], roi_end=[1, 1, 1], **args)
    if reader == "fits":
        fits = pytest.importorskip("astropy.io.fits", reason="astropy is in the extra fits")
        names = [folder / f"{k}.fits" for k in range(SIZES[reader])]
        for number, name in enumerate(names):
            if not name.exists():
                fits.ImageHDU(np.full((1, 1), number, np.int32)).writeto(name)
        # Units are counted from 1, and ImageHDU makes an empty first one.
        return fn.experimental.readers.fits(files=replaced(names, bad, folder), hdu_indices=[2], **args)
    if reader == "coco":
        text = json.loads((source / "instances.json").read_text())
        for number in bad:
            text["annotations"].append({**text["annotations"][0], "image_id": COCO[number], "bbox": [1, 2, 3]})
        (folder / "coco.json").write_text(json.dumps(text))
        return fn.readers.coco(
            file_root=str(source), annotations_file=str(folder / "coco.json"), image_ids=True, **args
        )[3]
    if reader == "nemo_asr":
        lines = (source / "all.json").read_text(encoding="utf-8").splitlines()
        for number in bad:
            (folder / "bad.wav").write_bytes(b"no sound")
            lines[number] = json.dumps({"audio_filepath": str(folder / "bad.wav")})
        (folder / "m.json").write_text("\n".join(lines).replace("@/", f"{source}/"), encoding="utf-8")
        return fn.readers.nemo_asr(
            manifest_filepaths=str(folder / "m.json"), read_text=False, read_sample_rate=False, read_idxs=True, **args
        )[1]
    frames = fn.readers.sequence(file_root=str(source), sequence_length=1, **args)
    return fn.cast(frames[-1, -1, -1, -1], dtype=types.INT32)


def replaced(names: list[Path], bad: list[int], folder: Path) -> list[str]:
    """The files, with others in place of the bad ones."""
    (folder / "bad").write_bytes(b"nothing of that kind")
    return [str(folder / "bad" if k in bad else name) for k, name in enumerate(names)]


class Numbers:
    """A map-style data set."""

    def __init__(self, size: int, bad: list[int]) -> None:
        self.size, self.bad = size, bad

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        if index in self.bad:
            raise KeyError(index)
        return index


SIZES = {
    **{"file": 13, "tfrecord": 14, "webdataset": 14, "mxnet": 12, "caffe": 12, "caffe2": 12},
    **{"numpy": 14, "fits": 11, "coco": 13, "nemo_asr": 12, "sequence": 20, "parquet": 13, "dataset": 13},
    "video": 13,
}
#: Those that may shuffle their files and samples, and those that cannot shuffle epochs as a whole.
CONTAINERS = ("tfrecord", "webdataset", "mxnet", "parquet")
UNSHUFFLED = ("caffe", "caffe2", "sequence", "video")
#: Those whose samples are never bad here.
GOOD = ("caffe", "caffe2", "sequence")
#: Those whose list of samples random_shuffle shuffles as a whole.
LISTED = ("file", "numpy", "fits", "coco")
#: Numbers of the images in tests/golden/files/coco, in the order in which they are delivered.
COCO = [3, *range(9, 21)]


def number(array: Any) -> int:
    return int(bytes(array)) if array.dtype == np.uint8 else int(np.asarray(array).reshape(-1)[0])


CASES = st.fixed_dictionaries(
    {
        "reader": st.sampled_from(list(SIZES)),
        "shards": st.sampled_from([1, 2, 3, 5]),
        "pad": st.booleans(),
        "stick": st.booleans(),
        "order": st.sampled_from(["listed", "window", "files", "both", "sampler"]),
        "window": st.integers(1, 20),
        "batch": st.integers(1, 7),
        "depth": st.integers(1, 4),
        "ahead": st.integers(1, 3),
        "fetch": st.sampled_from([1, 1, 3]),
        "policy": st.sampled_from(["skip", "replace"]),
        "bad": st.lists(st.integers(0, 11), max_size=3, unique=True),
        "left": st.integers(0, 2),
    }
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CASES)
def test_each_sample_comes_as_often_as_promised(case: dict[str, Any]) -> None:
    account(case)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CASES)
def test_each_sample_comes_as_often_as_promised_at_length(case: dict[str, Any]) -> None:
    account(case)


def one_pass(pipe: Any) -> tuple[list[list[int]], int]:
    """The batches of a pass, and how many failed as a whole: where nothing was good to replace what was bad."""
    batches, failed = [], 0
    walk = iter(pipe)
    while True:
        try:
            (batch,) = next(walk)
        except StopIteration:
            return batches, failed
        except adali.OperatorError:
            assert pipe.on_error == "replace"
            failed += 1
            continue
        batches.append([number(batch.at(i)) for i in range(len(batch))])


def account(case: dict[str, Any]) -> None:
    """Three epochs of all shards; ``left`` of them are left after a batch."""
    reader, shards, batch, policy = case["reader"], case["shards"], case["batch"], case["policy"]
    size = SIZES[reader]
    bad = set() if reader in GOOD else {b for b in case["bad"] if b < size}
    args: dict[str, Any] = {
        "num_shards": shards,
        "pad_last_batch": case["pad"],
        "prefetch_queue_depth": case["ahead"],
        "fetch_concurrency": case["fetch"],
    }
    order = case["order"]
    sticks = case["stick"]
    if order in ("files", "both") and reader not in UNSHUFFLED:
        args["shuffle_after_epoch"] = True
        sticks = True
    elif order == "sampler":
        args.update(sampler=ShuffleSampler(seed=4), stick_to_shard=sticks)
        sticks = True
    else:
        args["stick_to_shard"] = sticks
    if order == "window" or (order == "both" and reader in CONTAINERS + UNSHUFFLED):
        args.update(random_shuffle=True, initial_fill=case["window"])
    whole = "shuffle_after_epoch" in args or order == "sampler" or (order == "window" and reader in LISTED)
    with tempfile.TemporaryDirectory() as folder:
        pipes = []
        for shard in range(shards):
            pipe = adali.sync.Pipeline(
                batch_size=batch,
                num_threads=1,
                device_id=None,
                seed=1,
                prefetch_queue_depth=case["depth"],
                on_error=policy,
            )
            with pipe:
                pipe.set_outputs(read(reader, sorted(bad), Path(folder), {**args, "shard_id": shard}))
            pipes.append(pipe)
        try:
            for pipe in pipes:
                pipe.build()
            for _ in range(case["left"]):
                for pipe in pipes:
                    with contextlib.suppress(adali.OperatorError):  # see one_pass
                        for _ in pipe:
                            break
            for epoch in range(case["left"], case["left"] + 3):
                together: Counter[int] = Counter()
                lengths = set()
                for shard, pipe in enumerate(pipes):
                    batches, failed = one_pass(pipe)
                    found = [COCO.index(n) if reader == "coco" else n for each in batches for n in each]
                    start, stop = shard_bounds(shard if sticks else (shard + epoch) % shards, shards, size)
                    assert not bad & set(found), "a damaged sample is not delivered"
                    if policy == "skip" and not case["pad"]:
                        assert len(found) == len(set(found)), "none twice"
                    elif policy == "replace" and not case["pad"]:
                        assert len(found) <= stop - start, "each place is filled"
                        assert len(found) == stop - start or failed
                    if not whole:
                        assert set(found) == set(range(start, stop)) - bad
                    lengths.add(len(batches) + failed)
                    together.update(set(found))
                    if case["pad"]:
                        assert all(len(each) == batch for each in batches)
                assert set(together) == set(range(size)) - bad, "none lost"
                assert set(together.values()) == {1}, "no sample is in two shards"
                if case["pad"] and not bad:
                    assert lengths == {math.ceil(math.ceil(size / shards) / batch)}
        finally:
            for pipe in pipes:
                pipe.close()


def test_samplers_are_accounted_for_through_a_pipeline() -> None:
    labels = [i // 10 for i in range(13)]
    for sampler in (ClassBalancedSampler(labels, 26, seed=1), WeightedSampler([1.0] * 13, 20, seed=1)):
        expected = [sampler.indices(epoch).tolist() for epoch in range(3)]
        pipe = adali.sync.Pipeline(batch_size=4, num_threads=1, device_id=None, seed=1)
        with pipe:
            args = {"sampler": sampler, "num_shards": 1}
            pipe.set_outputs(read("file", [], Path("."), args))
        pipe.build()
        for epoch in range(3):
            assert [number(b.at(i)) for (b,) in pipe for i in range(len(b))] == expected[epoch]
        pipe.close()


# ---- the formats' own libraries, and DALI, as they are installed ----------------------------------------------------


@pytest.mark.parametrize("reader", ["tfrecord", "webdataset", "caffe"])
def test_what_the_formats_own_library_writes_now(reader: str, tmp_path: Path) -> None:
    """Larger samples than those in tests/golden, of random sizes, through the library that is installed."""
    rng = np.random.default_rng(3)
    blobs = [rng.bytes(int(n)) for n in rng.integers(0, 30_000, 40)]
    if reader == "tfrecord":
        writers = pytest.importorskip("tfrecord.writer", reason="TFRecords are written with the tfrecord package")
        writer = writers.TFRecordWriter(str(tmp_path / "x"))
        for n, blob in enumerate(blobs):
            writer.write({"n": (n, "int"), "f": ([n / 3, -n], "float"), "blob": (blob, "byte")})
        writer.close()
        features = {
            "blob": tfrecord.FixedLenFeature([], tfrecord.string, ""),
            "f": tfrecord.FixedLenFeature([2], tfrecord.float32, 0.0),
            "n": tfrecord.FixedLenFeature([], tfrecord.int64, 0),
        }
        make = lambda: list(fn.readers.tfrecord(path=str(tmp_path / "x"), features=features).values())  # noqa: E731
        want = [(b, np.float32([n / 3, -n]).tobytes(), np.int64(n).tobytes()) for n, b in enumerate(blobs)]
    elif reader == "webdataset":
        library = pytest.importorskip("webdataset", reason="archives are written with the webdataset package")
        with library.TarWriter(str(tmp_path / "x.tar")) as sink:
            for n, blob in enumerate(blobs):
                sink.write({"__key__": f"folder/{n:05d}", "bin": blob, "txt": f"number {n}"})
        make = lambda: fn.readers.webdataset(paths=str(tmp_path / "x.tar"), ext=["bin", "txt"])  # noqa: E731
        want = [(b, f"number {n}".encode()) for n, b in enumerate(blobs)]
    else:
        library = pytest.importorskip("lmdb", reason="LMDB is written with the lmdb package")
        from adali.operators.reader.lmdb_reader import _messages

        with library.open(str(tmp_path / "x"), map_size=1 << 26) as env:
            for part in range(0, 40, 7):  # several commits, so that pages are used again
                with env.begin(write=True) as transaction:
                    for n in range(part, min(part + 7, 40)):
                        datum = _messages()["Datum"](data=blobs[n], label=n, encoded=True)
                        transaction.put(f"{n:08d}".encode(), datum.SerializeToString())
            with env.begin(write=True) as transaction:
                assert transaction.delete(f"{5:08d}".encode())
        make = lambda: fn.readers.caffe(path=str(tmp_path / "x"))  # noqa: E731
        want = [(b, np.int32(n).tobytes()) for n, b in enumerate(blobs) if n != 5]
    for args in ({}, {"num_threads": 1}):
        pipe = adali.sync.Pipeline(batch_size=8, num_threads=args.get("num_threads", 2), device_id=None, seed=1)
        with pipe:
            pipe.set_outputs(*make())
        pipe.build()
        found = [tuple(np.asarray(o.at(i)).tobytes() for o in batch) for batch in pipe for i in range(len(batch[0]))]
        pipe.close()
        assert found == want


def test_containers_in_an_object_store_are_those_on_disk() -> None:
    fsspec = pytest.importorskip("fsspec", reason="memory:// is a file system of fsspec")
    store = fsspec.filesystem("memory")
    for path in sorted(FILES.rglob("*")):
        if path.is_file():
            store.pipe_file(f"/adali-records/{path.relative_to(FILES)}", path.read_bytes())
    try:
        for reader in ("tfrecord", "webdataset", "mxnet", "caffe"):
            for indexed in (True, False):
                results = []
                for root in (f"{FILES}/", "memory://adali-records/"):
                    pipe = adali.sync.Pipeline(batch_size=5, num_threads=1, device_id=None, seed=1)
                    with pipe:
                        pipe.set_outputs(*below(root, reader, indexed))
                    pipe.build()
                    results.append([[np.asarray(o.at(i)).tobytes() for o in b] for b in pipe for i in range(len(b[0]))])
                    pipe.close()
                assert results[0] == results[1]
                assert len(results[0]) >= 12
    finally:
        store.rm("/adali-records", recursive=True)


def below(root: str, reader: str, indexed: bool) -> list[Any]:
    if reader == "tfrecord":
        paths = [f"{root}{n}.tfrecord" for n in "abc"]
        features = {"image": tfrecord.FixedLenFeature([], tfrecord.string, "")}
        more = {"index_path": [f"{p}.idx" for p in paths]} if indexed else {}
        return list(fn.readers.tfrecord(path=paths, features=features, **more).values())
    if reader == "webdataset":
        paths = [f"{root}{n}.tar" for n in "abc"]
        more = {"index_paths": [f"{p}.idx" for p in paths]} if indexed else {}
        return fn.readers.webdataset(paths=paths, ext=["cls", "left.bin"], **more)  # type: ignore[no-any-return]
    if reader == "mxnet":
        more = {"index_path": [f"{root}all.idx"]} if indexed else {}
        return fn.readers.mxnet(path=[f"{root}{n}.rec" for n in "abc"], **more)  # type: ignore[no-any-return]
    return fn.readers.caffe(path=[f"{root}caffe_{n}" for n in "ab"])  # type: ignore[no-any-return]


@pytest.mark.skipif("ADALI_ORACLE_PYTHON" not in os.environ, reason="ADALI_ORACLE_PYTHON is not set")
@pytest.mark.timeout(900)
def test_the_golden_file_is_what_dali_gives_now(tmp_path: Path) -> None:
    golden = FILES.parent
    for name in ("make_readers.py", "reader_cases.py"):
        (tmp_path / name).write_text((golden / name).read_text())
    (tmp_path / "readers").symlink_to(FILES)
    subprocess.run(
        [os.environ["ADALI_ORACLE_PYTHON"], "make_readers.py"], cwd=tmp_path, check=True, capture_output=True
    )
    assert (tmp_path / "readers.json").read_text() == (golden / "readers.json").read_text()
