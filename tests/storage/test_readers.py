"""Readers whose files lie in a store: the same samples as from the disk, over good and bad connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from object_store import ENVIRONMENT, IMAGES, OBJECTS, Proxy, closed_port

import adali
import adali.sync
from adali import fn, storage

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
