"""Requests to containers in a store are joined: fewer of them, the same samples, each piece once."""

from __future__ import annotations

import io
import itertools
import tarfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from object_store import Proxy, upload

import adali
import adali.sync
from adali import fn, storage
from adali.operators.reader import joining
from adali.operators.reader.joining import HeldPieces, Runs, joined
from adali.operators.reader.webdataset import WebdatasetReader

SIZE = 90
RANGES = st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 9_000)).map(lambda p: (p[0], sum(p))), max_size=12)


@given(RANGES)
def test_joined_ranges_cover_what_is_wanted_and_little_else(ranges: list[tuple[int, int]]) -> None:
    found = joined(ranges)
    for start, stop in ranges:
        assert stop == start or sum(a <= start and stop <= b for a, b in found) == 1
    assert found == sorted(found)
    assert all(b - a > joining._GAP for (_, a), (b, _) in itertools.pairwise(found))
    ends = {edge for pair in ranges for edge in pair}
    assert all(a in ends and b in ends for a, b in found)
    assert joined(found) == found


def test_nothing_is_joined_to_more_than_the_limit() -> None:
    piece = 3 << 20
    assert joined([(0, piece), (piece, 2 * piece)]) == [(0, piece), (piece, 2 * piece)]
    assert joined([(0, 9 << 20), (5, 100)]) == [(0, 9 << 20)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(1, 400_000), max_size=12), min_size=1, max_size=4), st.randoms())
def test_the_samples_of_a_run_agree_on_it_from_wherever_one_begins(files: list[list[int]], order: Any) -> None:
    places: list[tuple[int, list[tuple[int, int]]]] = []
    for number, sizes in enumerate(files):
        offset = 0
        for size in sizes:
            places.append((number, [(offset, offset + size)] if size % 7 else []))  # some are bad
            offset += size
    runs = Runs(places.__getitem__, len(places))
    numbers = list(range(len(places)))
    order.shuffle(numbers)
    found = {i: runs.of(i) for i in numbers}
    assert found == {i: Runs(places.__getitem__, len(places)).of(i) for i in numbers}
    for i, (number, ranges) in enumerate(places):
        if not ranges:
            assert found[i] == []
            continue
        ((start, stop),) = ranges
        assert sum(a <= start and stop <= b for a, b in found[i]) == 1
        same = [j for j, (n, r) in enumerate(places) if n == number and r and found[j] == found[i]]
        assert len({places[j][1][0][0] // joining.BLOCK_BYTES for j in same}) == 1


def test_a_shared_piece_is_fetched_once_and_tried_anew_after_an_error() -> None:
    asked = []

    def read(request: Any) -> Any:
        asked.append(request)
        if len(asked) == 1:
            raise OSError("not now")
        return np.arange(request[2] - request[1], dtype=np.uint8)

    held = HeldPieces(read)
    request = ("s3://x", 5, 25)
    with pytest.raises(OSError, match="not now"), held.holding([request], shared=True):
        pass
    for _ in range(3):
        with held.holding([request], shared=True):
            found = held.find("s3://x", 7, 10)
            assert found is not None
            assert found.tolist() == [2, 3, 4]
            assert held.find("s3://x", 4, 10) is None
            assert held.find("s3://y", 7, 10) is None
        assert held.find("s3://x", 7, 10) is None, "not held any more"
    assert len(asked) == 2


def test_what_is_shared_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "_HELD_BYTES", 100)
    held = HeldPieces(lambda request: np.zeros(request[2] - request[1], np.uint8))
    for number in range(20):
        with held.holding([("x", number * 30, number * 30 + 30)], shared=True):
            assert held.has(("x", number * 30, number * 30 + 30))
        assert sum(len(f.result()) for f in held._shared.values()) <= 100
    with held.holding([("x", 0, 5000)], shared=True):  # larger than all: it is held while it is used
        assert held.find("x", 0, 5000) is not None
    assert list(held._shared) == [("x", 0, 5000)]


# ---- through a store ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tars(server: str) -> str:
    """Two archives of samples of 20 kB in three files, of which readers want two; and the indexes."""
    rng = np.random.default_rng(1)
    objects = {}
    for name, numbers in (("a", range(60)), ("b", range(60, SIZE))):
        stream, lines = io.BytesIO(), []
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for number in numbers:
                line = []
                for ext, data in (("cls", b"%d" % number), ("json", b"{}" * 500), ("bin", rng.bytes(19_000))):
                    info = tarfile.TarInfo(f"{number:04}.{ext}")
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
                    line.append(f"{ext} {stream.tell() - -(-len(data) // 512) * 512} {len(data)} {info.name}")
                lines.append(" ".join(line))
        objects[f"{name}.tar"] = stream.getvalue()
        objects[f"{name}.idx"] = "\n".join([f"v1.2 {len(lines)}", *lines, ""]).encode()
    upload(server, "tars", objects)
    return "s3://tars"


def reading(root: str, on_error: str = "raise", **more: Any) -> Any:
    pipe = adali.sync.Pipeline(batch_size=8, num_threads=1, device_id=None, seed=1, on_error=on_error)
    with pipe:
        files = {"paths": [f"{root}/{n}.tar" for n in "ab"], "index_paths": [f"{root}/{n}.idx" for n in "ab"]}
        pipe.set_outputs(*fn.readers.webdataset(**files, ext=["cls", "bin"], **more))
    pipe.build()
    return pipe


def numbers(pipe: Any) -> list[int]:
    return [int(bytes(batch[0].at(i))) for batch in pipe for i in range(len(batch[0]))]


@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize("threads", [1, 4])
def test_samples_in_order_share_requests(tars: str, proxy: Proxy, cached: bool, threads: int) -> None:
    with storage.use(cache_bytes=(1 << 30) * cached):
        pipe = reading(tars, fetch_concurrency=threads)
    before = proxy.count["ok"]
    assert numbers(pipe) == list(range(SIZE))
    first = proxy.count["ok"] - before
    assert first <= 6, "1.8 MB lie in three blocks; those of the next epoch may be there already"
    assert numbers(pipe) == list(range(SIZE))
    second = proxy.count["ok"] - before - first
    assert second == 0 if cached else second <= 3
    pipe.close()


def test_shuffled_samples_are_one_request_each(tars: str, proxy: Proxy) -> None:
    pipe = reading(tars, random_shuffle=True)
    before = proxy.count["ok"]
    assert sorted(numbers(pipe)) == list(range(SIZE))
    assert proxy.count["ok"] - before == SIZE
    pipe.close()


@pytest.mark.parametrize("shuffle", [True, False])
def test_what_to_fetch_is_worked_out_once_for_a_sample(
    tars: str, proxy: Proxy, shuffle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    original = WebdatasetReader._work_out
    monkeypatch.setattr(WebdatasetReader, "_work_out", lambda op, index: calls.append(index) or original(op, index))
    with storage.use(ahead_items=20):
        pipe = reading(tars, random_shuffle=shuffle)
    (op,) = (step.op for step in pipe._executor.plan.inputs)
    for epoch in range(3):
        assert sorted(numbers(pipe)) == list(range(SIZE))
        # What is announced beyond the epoch: 20, and the batches that are read ahead.
        assert len(calls) <= (epoch + 1) * SIZE + 60
        assert len(op._worked_out) <= 40
        assert len(op._announced) <= 20
    pipe.close()


@pytest.mark.parametrize("more", [{"shuffle_after_epoch": True}, {"num_shards": 3, "shard_id": 1}])
def test_a_bad_connection_loses_nothing(tars: str, proxy: Proxy, more: dict[str, Any]) -> None:
    proxy.faults = 0.3
    with storage.use(backoff=0.001, max_backoff=0.01, cache_bytes=0):
        pipe = reading(tars, **more)
    epochs = [numbers(pipe) for _ in range(3)]
    if "num_shards" in more:
        assert epochs == [list(range(30, 60)), list(range(60, 90)), list(range(30))]
    else:
        assert [sorted(e) for e in epochs] == [list(range(SIZE))] * 3
    assert sum(proxy.count[k] for k in ("500", "reset", "truncated")) > 2
    pipe.close()


def test_a_wrong_index_costs_its_sample_only(tars: str, server: str, proxy: Proxy) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=server, aws_access_key_id="testing", aws_secret_access_key="testing",
                          region_name="us-east-1")  # fmt: skip
    lines = client.get_object(Bucket="tars", Key="a.idx")["Body"].read().decode().splitlines()
    words = lines[11].split()
    words[-2] = str(10**12)  # the size of sample 10
    lines[11] = " ".join(words)
    client.put_object(Bucket="tars", Key="wrong.idx", Body="\n".join([*lines, ""]).encode(), ACL="public-read")
    client.close()
    pipe = adali.sync.Pipeline(batch_size=8, num_threads=1, device_id=None, seed=1, on_error="skip")
    with pipe:
        pipe.set_outputs(
            *fn.readers.webdataset(paths=f"{tars}/a.tar", index_paths=f"{tars}/wrong.idx", ext=["cls", "bin"])
        )
    pipe.build()
    assert sorted(numbers(pipe)) == [n for n in range(60) if n != 10]
    assert "a.tar" in str(pipe.stats().errors[0])
    pipe.close()
