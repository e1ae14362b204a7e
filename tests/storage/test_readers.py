"""Readers whose files lie in a store: the same samples as from the disk, over good and bad connections."""

from __future__ import annotations

import pathlib
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from object_store import ENVIRONMENT, IMAGES, OBJECTS, Proxy, closed_port, upload

import adali
import adali.sync
from adali import fn, storage, tfrecord

FAST = {"backoff": 0.001, "max_backoff": 0.01}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert not [t.name for t in threading.enumerate() if t.name.startswith("adali")]


def photos(root: str, batch_size: int = 4, on_error: str = "raise", **kwargs: Any) -> Any:
    pipe = adali.sync.Pipeline(batch_size=batch_size, num_threads=2, device_id=None, seed=1, on_error=on_error)
    with pipe:
        files, labels = fn.readers.file(file_root=root, file_filters="*.jpg", name="reader", **kwargs)
        pipe.set_outputs(files, labels, fn.decoders.image(files))
    return pipe


def epoch(pipe: Any) -> list[tuple[bytes, int]]:
    return [
        (bytes(batch[0].at(i)), int(batch[1].at(i)[0]))
        for batch in pipe
        for i in range(len(batch[0]))
    ]  # fmt: skip


@pytest.mark.parametrize("kwargs", [{}, {"random_shuffle": True, "initial_fill": 7}, {"num_shards": 3, "shard_id": 1}])
@pytest.mark.parametrize("cached", [True, False])
def test_a_folder_in_a_store_reads_as_on_the_disk(s3: str, kwargs: dict[str, Any], cached: bool) -> None:
    local = photos(str(IMAGES), **kwargs)
    with storage.use(cache_bytes=1 << 30 if cached else 0):
        remote = photos(f"{s3}/photos", **kwargs)
        remote.build()
    local.build()
    for _ in range(3):
        assert epoch(remote) == epoch(local)
    assert remote.reader_meta("reader") == local.reader_meta("reader")
    remote.close()
    local.close()


def test_lists_and_names_may_be_urls(s3: str, server: str, tmp_path: Any) -> None:
    (tmp_path / "list.txt").write_text(
        f"numbers/007.bin 7\n{s3}/numbers/009.bin 9\n{server}/bucket/numbers/011.bin 11\n"
    )
    pipe = adali.sync.Pipeline(batch_size=3, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(
            *fn.readers.file(file_list=str(tmp_path / "list.txt"), file_root=s3),
            *fn.readers.file(files=["numbers/007.bin"] * 3, file_root=f"{s3}/"),
        )
    data, labels, same, _ = pipe.run()
    assert [bytes(data.at(i)) for i in range(3)] == [OBJECTS[f"numbers/{n}.bin"] for n in ("007", "009", "011")]
    assert labels.as_array().reshape(-1).tolist() == [7, 9, 11]
    assert {bytes(same.at(i)) for i in range(3)} == {OBJECTS["numbers/007.bin"]}
    pipe.close()


def test_bad_connections_lose_nothing(proxy: Proxy) -> None:
    proxy.faults = 0.05
    numbers = [f"s3://bucket/numbers/{i:03}.bin" for i in range(200)]
    with storage.use(**FAST, cache_bytes=0):
        pipe = adali.sync.Pipeline(batch_size=16, num_threads=1, device_id=None, seed=3)
        with pipe:
            pipe.set_outputs(*fn.readers.file(files=numbers, random_shuffle=True))
        pipe.build()
    for _ in range(2):
        found = epoch(pipe)
        assert sorted(label for _, label in found) == list(range(200))
        assert all(data == OBJECTS[f"numbers/{label:03}.bin"] for data, label in found)
    assert sum(proxy.count[k] for k in ("500", "reset", "truncated")) > 5
    pipe.close()


@pytest.mark.parametrize("on_error", ["raise", "skip", "replace"])
def test_an_object_that_is_not_there(s3: str, on_error: str) -> None:
    files = (
        [f"{s3}/numbers/{i:03}.bin" for i in (1, 2)] + [f"{s3}/nothing"] + [f"{s3}/numbers/{i:03}.bin" for i in (3, 4)]
    )
    pipe = adali.sync.Pipeline(batch_size=5, num_threads=1, device_id=None, on_error=on_error)
    with pipe:
        pipe.set_outputs(*fn.readers.file(files=files))
    if on_error == "raise":
        with pytest.raises(adali.OperatorError) as caught:
            pipe.run()
        assert (caught.value.sample, caught.value.source) == (2, f"{s3}/nothing")
        assert isinstance(caught.value.__cause__, FileNotFoundError)
    else:
        labels = [label for _, label in epoch(pipe)]
        assert labels == ([0, 1, 3, 4] if on_error == "skip" else [0, 1, 1, 3, 4])
    pipe.close()


def test_a_dead_server_is_a_clear_error_for_each_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore", reason="obstore is in the extra storage")
    address = f"http://127.0.0.1:{closed_port()}"
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    with storage.use(**FAST, retries=2):
        with pytest.raises(adali.ArgumentError, match=r"s3://bucket/photos/.*gave up after 3 attempts"):
            photos("s3://bucket/photos").build()
        pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None)
        with pipe:
            pipe.set_outputs(*fn.readers.file(files=["s3://bucket/a", "s3://bucket/b"]))
        with pytest.raises(adali.OperatorError, match=r"s3://bucket/a.*gave up after 3 attempts"):
            pipe.run()
        pipe.close()


@pytest.mark.asyncio
async def test_closing_does_not_wait_for_a_silent_server(proxy: Proxy) -> None:
    proxy.silent = True
    pipe = adali.Pipeline(batch_size=2, num_threads=1, device_id=None)
    with pipe:
        pipe.set_outputs(*fn.readers.file(files=["s3://bucket/numbers/001.bin"] * 2))
    await pipe.build()
    await pipe.schedule_run()
    await pipe.aclose()


def test_fetching_has_its_own_concurrency(proxy: Proxy) -> None:
    """One reading thread has many requests under way, across the borders of batches."""
    proxy.latency = 0.02
    numbers = [f"s3://bucket/numbers/{i:03}.bin" for i in range(60)]
    with storage.use(concurrency=20, cache_bytes=0):
        pipe = adali.sync.Pipeline(batch_size=2, num_threads=1, device_id=None)
        with pipe:
            pipe.set_outputs(*fn.readers.file(files=numbers))
        pipe.build()
    assert [label for _, label in epoch(pipe)] == list(range(60))
    assert 10 <= proxy.busiest <= 20
    pipe.close()


def test_pixels_of_a_store_are_those_of_the_disk(s3: str) -> None:
    remote, local = photos(f"{s3}/photos"), photos(str(IMAGES))
    for got, expected in zip(remote, local, strict=True):
        for i in range(len(expected[2])):
            np.testing.assert_array_equal(got[2].at(i), expected[2].at(i))
    remote.close()
    local.close()


GOLDEN = pathlib.Path(__file__).parent.parent / "golden"


@pytest.fixture(scope="module")
def formats(server: str) -> str:
    """A bucket with a file or more of every format."""
    objects = {f"readers/{p.name}": p.read_bytes() for p in (GOLDEN / "readers").glob("*.*") if p.is_file()}
    for path in sorted((GOLDEN / "files").rglob("*")):
        if path.is_file():
            objects[f"files/{path.relative_to(GOLDEN / 'files').as_posix()}"] = path.read_bytes()
    manifest = (GOLDEN / "files/nemo_asr/all.json").read_text(encoding="utf-8")
    objects["files/nemo_asr/relative.json"] = manifest.replace("@/", "").encode()
    upload(server, "formats", objects)
    return "s3://formats"


def _nemo(root: str) -> Any:
    name = "relative.json" if root.startswith("s3:") else "here.json"
    return fn.readers.nemo_asr(manifest_filepaths=f"{root}/files/nemo_asr/{name}", read_idxs=True)


#: What a reader makes of the folder of golden data, here or in a store.
READERS = {
    "webdataset": lambda root: fn.readers.webdataset(
        paths=[f"{root}/readers/{n}.tar" for n in "abc"], ext=["cls", "left.bin"]
    ),
    "webdataset with index": lambda root: fn.readers.webdataset(
        paths=[f"{root}/readers/{n}.tar" for n in "abc"],
        index_paths=[f"{root}/readers/{n}.tar.idx" for n in "abc"],
        ext=["cls", "left.bin"],
    ),
    "tfrecord": lambda root: fn.readers.tfrecord(
        path=[f"{root}/readers/{n}.tfrecord" for n in "abc"],
        index_path=[f"{root}/readers/{n}.tfrecord.idx" for n in "abc"],
        features={"number": tfrecord.FixedLenFeature([1], tfrecord.int64, -1)},
    ),
    "mxnet": lambda root: fn.readers.mxnet(path=f"{root}/readers/a.rec", index_path=f"{root}/readers/a.idx"),
    "numpy": lambda root: fn.readers.numpy(file_root=f"{root}/files/numpy/many"),
    "numpy region": lambda root: fn.readers.numpy(
        file_root=f"{root}/files/numpy/many", roi_start=[1, 1], roi_axes=[0, 2], rel_roi_end=[0.9, 1.0]
    ),
    "numpy tree": lambda root: fn.readers.numpy(file_root=f"{root}/files/numpy/tree"),
    "coco": lambda root: fn.readers.coco(
        file_root=f"{root}/files/coco", annotations_file=f"{root}/files/coco/instances.json", image_ids=True
    ),
    "sequence": lambda root: fn.readers.sequence(file_root=f"{root}/files/sequence", sequence_length=3),
    "nemo_asr": _nemo,
    "fits": lambda root: fn.experimental.readers.fits(files=[f"{root}/files/fits/two.fits"] * 3),
    "parquet": lambda root: fn.readers.parquet(file_root=f"{root}/files/parquet", columns=["number", "list"]),
}


@pytest.mark.parametrize("name", READERS)
def test_every_format_reads_from_a_store_as_from_the_disk(
    name: str, formats: str, proxy: Proxy, tmp_path: pathlib.Path
) -> None:
    here = tmp_path / "golden"
    here.mkdir()
    for folder in ("readers", "files"):
        shutil.copytree(GOLDEN / folder, here / folder)
    text = (here / "files/nemo_asr/all.json").read_text(encoding="utf-8").replace("@/", f"{here}/files/nemo_asr/")
    (here / "files/nemo_asr/here.json").write_text(text, encoding="utf-8")
    proxy.faults = 0.05
    found = []
    for root in (str(here), formats):
        with storage.use(**FAST):
            pipe = adali.sync.Pipeline(batch_size=4, num_threads=2, device_id=None, seed=1)
            with pipe:
                nodes = READERS[name](root)
                nodes = list(nodes.values()) if isinstance(nodes, dict) else nodes
                pipe.set_outputs(*(nodes if isinstance(nodes, (list, tuple)) else [nodes]))
            pipe.build()
        samples = []
        asked = 0
        for _ in range(3):  # in the first two, the same may be asked for twice: readers work ahead
            asked = proxy.count["ok"]
            samples += [[np.asarray(o.at(i)).copy() for o in b] for b in pipe for i in range(len(b[0]))]
        found.append(samples)
        pipe.close()
    assert proxy.count["ok"] == asked, "the third epoch comes from the cache"
    for want, got in zip(*found, strict=True):
        for a, b in zip(want, got, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
