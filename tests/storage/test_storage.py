"""The storage layer alone: a real S3 server, bad connections, time limits, the cache, and reading ahead."""

from __future__ import annotations

import asyncio
import functools
import http.server
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from object_store import ENVIRONMENT, OBJECTS, Proxy, closed_port

import adali
from adali.storage import RemoteFile, Settings, Storage, StorageError, current, dirname, is_url, join, local_path, use
from adali.storage.backends import Stat
from adali.storage.cache import DiskCache

FAST = {"backoff": 0.001, "max_backoff": 0.01}


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert not [t.name for t in threading.enumerate() if t.name.startswith("adali-s")]


def opened(**changes: Any) -> Any:
    from contextlib import closing

    return closing(Storage(Settings(**{**FAST, **changes})))


@pytest.mark.parametrize("backend", ["obstore", "fsspec"])
def test_objects_come_as_they_were_put(s3: str, backend: str) -> None:
    if backend == "fsspec":
        pytest.importorskip("s3fs", reason="s3:// through fsspec needs s3fs")
    with opened(backend=backend) as storage:
        found = storage.listing(f"{s3}/odd")
        assert [(f.url, f.size) for f in found] == [
            (f"{s3}/{key}", len(OBJECTS[key])) for key in sorted(k for k in OBJECTS if k.startswith("odd/"))
        ]
        for key in OBJECTS:
            if key.startswith("odd/"):
                assert storage.read(f"{s3}/{key}").tobytes() == OBJECTS[key], key
                assert storage.size(f"{s3}/{key}") == len(OBJECTS[key])
        large = OBJECTS["odd/large.bin"]
        for start, stop in ((0, 10), (1_000_000, 2_500_000), (len(large) - 1, len(large)), (5, 5), (7, None)):
            assert storage.read_range(f"{s3}/odd/large.bin", start, stop).tobytes() == large[start:stop]


@pytest.mark.parametrize("backend", ["obstore", "fsspec"])
def test_what_is_not_there_is_named(s3: str, backend: str) -> None:
    if backend == "fsspec":
        pytest.importorskip("s3fs", reason="s3:// through fsspec needs s3fs")
    with opened(backend=backend, retries=2) as storage:
        with pytest.raises(FileNotFoundError, match=r"s3://bucket/nothing"):
            storage.read(f"{s3}/nothing")
        with pytest.raises(FileNotFoundError, match=r"s3://bucket/nothing"):
            storage.size(f"{s3}/nothing")
        for start in (0, 10):
            with pytest.raises(StorageError, match=r"bytes \d+ to 1000 of .*%20c\.bin.* 7"):
                storage.read_range(f"{s3}/odd/a b%20c.bin", start, 1000)


def test_http_reads_and_cannot_list(server: str) -> None:
    with opened(retries=1) as storage:
        assert storage.read(f"{server}/bucket/numbers/003.bin").tobytes() == OBJECTS["numbers/003.bin"]
        assert storage.read_range(f"{server}/bucket/numbers/003.bin", 5, 9).tobytes() == b"\x03" * 4
        with pytest.raises(FileNotFoundError):
            storage.read(f"{server}/bucket/nothing")
        with pytest.raises(OSError, match="bucket/numbers"):
            storage.listing(f"{server}/bucket/numbers")


@pytest.mark.parametrize("backend", ["obstore", "fsspec"])
def test_a_web_server_without_ranges(tmp_path: Path, backend: str) -> None:
    pytest.importorskip(backend, reason="in the extra storage")
    if backend == "fsspec":
        pytest.importorskip("aiohttp", reason="http:// through fsspec needs aiohttp")
    (tmp_path / "a b%20c.bin").write_bytes(b"0123456789")
    cut = [True]

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def copyfile(self, source: Any, outputfile: Any) -> None:
            outputfile.write(source.read(5 if cut else -1))
            if cut:
                cut.pop()
                self.close_connection = True

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/a%20b%2520c.bin"
        with opened(backend=backend) as storage:
            assert storage.read(url).tobytes() == b"0123456789", "cut off the first time, and begun anew"
            assert not cut
            with pytest.raises(StorageError, match=r"(?i)range"):
                storage.read_range(url, 3, 8)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_memory_through_fsspec() -> None:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is in the extra storage")
    memory = fsspec.filesystem("memory")
    memory.pipe({"/adali/test/a.bin": b"one", "/adali/test/b/c.bin": b"two"})
    try:
        with opened() as storage:
            assert [f.url for f in storage.listing("memory://adali/test")] == [
                "memory://adali/test/a.bin",
                "memory://adali/test/b/c.bin",
            ]
            assert storage.read("memory://adali/test/b/c.bin").tobytes() == b"two"
            assert storage.read_range("memory://adali/test/a.bin", 1, 2).tobytes() == b"n"
            memory.pipe("/adali/test/a.bin", b"new")
            assert storage.read("memory://adali/test/a.bin").tobytes() == b"new", "memory is not cached"
            with pytest.raises(FileNotFoundError):
                storage.read("memory://adali/test/nothing")
    finally:
        memory.rm("/adali", recursive=True)


def test_an_unknown_scheme_says_what_to_install() -> None:
    with opened() as storage, pytest.raises(adali.ArgumentError, match=r"pip install 'adali\[storage\]'"):
        storage.read("nonsense://bucket/key")


# ---- bad connections ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.05, 0.6])
def test_faults_lose_nothing(proxy: Proxy, share: float) -> None:
    proxy.faults = share
    keys = [k for k in OBJECTS if k.startswith("numbers/")]
    with opened(retries=40) as storage:
        storage.ahead((f"s3://bucket/{key}", 0, None) for key in keys)
        for key in keys:
            assert storage.read(f"s3://bucket/{key}").tobytes() == OBJECTS[key]
        assert storage.statistics["retried"] == sum(proxy.count[k] for k in ("500", "reset", "truncated")) > 0


def test_a_cut_off_body_is_gone_on_with(proxy: Proxy) -> None:
    proxy.faults = 0.7
    with opened(retries=60) as storage:
        assert storage.read("s3://bucket/odd/large.bin").tobytes() == OBJECTS["odd/large.bin"]
        assert (
            storage.read_range("s3://bucket/odd/large.bin", 77, 3_000_000).tobytes()
            == (OBJECTS["odd/large.bin"][77:3_000_000])
        )
    assert proxy.count["truncated"] > 0


def test_a_server_that_always_fails_is_an_error(proxy: Proxy) -> None:
    proxy.faults = 1.0
    with opened(retries=3) as storage, pytest.raises(StorageError, match=r"numbers/001.bin.*4 attempts"):
        storage.read("s3://bucket/numbers/001.bin")


def test_a_dead_server_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("obstore", reason="obstore is in the extra storage")
    address = f"http://127.0.0.1:{closed_port()}"
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    with opened(retries=2) as storage, pytest.raises(StorageError, match=r"s3://bucket/key.*3 attempts"):
        storage.read("s3://bucket/key")


def test_a_silent_server_is_an_error_within_the_limit(proxy: Proxy) -> None:
    proxy.silent = True
    with opened(request_timeout=0.05, timeout=0.2) as storage, pytest.raises(StorageError, match=r"numbers/001.bin"):
        storage.read("s3://bucket/numbers/001.bin")


def test_close_lets_go_whoever_waits(proxy: Proxy) -> None:
    proxy.silent = True
    storage = Storage(Settings())
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            storage.read("s3://bucket/numbers/001.bin")
        except StorageError as e:
            caught.append(e)

    thread = threading.Thread(target=wait)
    thread.start()
    while not storage.statistics["requests"]:
        pass
    storage.close()
    thread.join()
    assert len(caught) == 1
    with pytest.raises(StorageError, match="closed"):
        storage.read("s3://bucket/numbers/001.bin")


def test_close_lets_go_who_waits_for_what_ends_at_that_moment() -> None:
    storage = Storage()
    with storage._lock:
        loop = storage._ready_loop()
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        assert go_on.wait(30)

    async def quick() -> int:
        return 5

    loop.call_soon_threadsafe(hold)
    assert held.wait(30)
    future = asyncio.run_coroutine_threadsafe(quick(), loop)  # it ends in the very turn in which the loop stops
    storage.abort()
    go_on.set()
    assert future.result(30) == 5
    storage.close()


# ---- how much at once --------------------------------------------------------------------------------------------


def test_requests_at_once_are_bounded(proxy: Proxy) -> None:
    proxy.latency = 0.01
    keys = [k for k in OBJECTS if k.startswith("numbers/")][:60]
    with opened(concurrency=7) as storage:
        storage.ahead((f"s3://bucket/{key}", 0, None) for key in keys)
        for key in keys:
            storage.read(f"s3://bucket/{key}")
    assert 2 <= proxy.busiest <= 7


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 50), min_size=1, max_size=30),
    items=st.integers(1, 8),
    limit=st.integers(1, 120),
    order=st.randoms(),
)
def test_what_is_fetched_ahead_is_bounded_and_complete(sizes: list[int], items: int, limit: int, order: Any) -> None:
    fsspec = pytest.importorskip("fsspec", reason="fsspec is in the extra storage")
    memory = fsspec.filesystem("memory")
    urls = [f"memory://ahead/{i}" for i in range(len(sizes))]
    for url, size in zip(urls, sizes, strict=True):
        memory.pipe(url, bytes(size))
    with opened(ahead_items=items, ahead_bytes=limit) as storage:
        requests = [(url, 0, size) for url, size in zip(urls, sizes, strict=True)]
        storage.ahead(requests)
        taken = list(requests)
        if order.random() < 0.3:
            order.shuffle(taken)
        for url, start, stop in taken:
            assert len(storage.read_range(url, start, stop)) == stop
            held = [f.size for f in list(storage._flights.values())]
            assert len(held) <= items
            assert sum(held) <= max(limit, *sizes, 1)
        assert storage._call(bytes_held(storage)) == 0
    memory.rm("/ahead", recursive=True)


async def bytes_held(storage: Storage) -> int:
    return storage._held_bytes


# ---- the cache ---------------------------------------------------------------------------------------------------


def test_the_second_time_nothing_is_asked(proxy: Proxy) -> None:
    keys = [k for k in OBJECTS if k.startswith("numbers/")][:20]
    with opened() as storage:
        for _ in range(3):
            storage.ahead((f"s3://bucket/{key}", 0, None) for key in keys)
            for key in keys:
                assert storage.read(f"s3://bucket/{key}").tobytes() == OBJECTS[key]
        assert storage.statistics["requests"] == 20
        folder = storage._cache._folder
        assert len(os.listdir(folder)) == 20
    assert not os.path.exists(folder), "a private cache ends with its owner"


def test_a_lasting_cache_is_checked_once_by_version(proxy: Proxy, server: str, tmp_path: Path) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    client.put_object(Bucket="bucket", Key="changing", Body=b"old")
    url = "s3://bucket/changing"
    with opened(cache_dir=str(tmp_path)) as storage:
        assert storage.read(url).tobytes() == b"old"
    with opened(cache_dir=str(tmp_path)) as storage:
        assert storage.read(url).tobytes() == storage.read(url).tobytes() == b"old"
        assert storage.statistics["requests"] == 1, "one question whether it is current"
    client.put_object(Bucket="bucket", Key="changing", Body=b"new")
    client.close()
    with opened(cache_dir=str(tmp_path)) as storage:
        assert storage.read(url).tobytes() == b"new"


def test_a_damaged_cache_is_not_believed(s3: str, tmp_path: Path) -> None:
    url = f"{s3}/numbers/005.bin"
    with opened(cache_dir=str(tmp_path)) as storage:
        storage.read(url)
    (entry,) = tmp_path.iterdir()
    whole = entry.read_bytes()
    for damaged in (whole[:-1], whole[:3], b"", b"{}\n" + whole, whole.replace(b"bucket", b"basket")):
        entry.write_bytes(damaged)
        with opened(cache_dir=str(tmp_path)) as storage:
            assert storage.read(url).tobytes() == OBJECTS["numbers/005.bin"]


@pytest.mark.parametrize("damage", ["cut", "longer", "other", "gone"])
def test_an_entry_that_was_read_before_is_not_believed_either(tmp_path: Path, damage: str) -> None:
    cache, data = DiskCache(1 << 20, str(tmp_path)), np.arange(200, dtype=np.uint8)
    assert cache.put("s3://b/key", 3, None, data, Stat(203, "v"))
    assert [bytes(found) for found in (cache.get("s3://b/key", 3, None),) if found is not None] == [bytes(data)]
    (entry,) = tmp_path.iterdir()
    whole = entry.read_bytes()
    changed = {"cut": whole[:-1], "longer": whole + b"1", "other": whole.replace(b"key", b"kez")}
    entry.unlink() if damage == "gone" else entry.write_bytes(changed[damage])
    assert cache.get("s3://b/key", 3, None) is None
    assert cache.version("s3://b/key", 3, None) is None


def test_an_entry_of_another_process_is_taken_with_its_version(tmp_path: Path) -> None:
    mine, other = DiskCache(1 << 20, str(tmp_path)), DiskCache(1 << 20, str(tmp_path))
    mine.put("s3://b/key", 0, None, np.zeros(50, np.uint8), Stat(50, "old"))
    other.put("s3://b/key", 0, None, np.ones(50, np.uint8), Stat(50, "new"))
    found = mine.get("s3://b/key", 0, None)
    assert found is not None
    assert found.all()
    assert mine.version("s3://b/key", 0, None) == "new"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 400)), max_size=40), st.booleans())
def test_the_cache_stays_within_its_size(steps: list[tuple[int, int]], lasting: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        cache = DiskCache(1000, folder if lasting else "")
        for key, size in steps:
            data = np.full(size, key, np.uint8)
            kept = cache.put(f"memory://{key}", 0, None, data, Stat(size, "v"))
            found = cache.get(f"memory://{key}", 0, None)
            assert not kept or (found is not None and found.tobytes() == data.tobytes())
            where = Path(cache._folder) if cache._folder else None
            on_disk = sum(f.stat().st_size for f in where.iterdir()) if where else 0
            assert on_disk == cache.size <= 1000
        cache.close()


def test_a_full_cache_keeps_what_is_used_and_drops_what_is_not(tmp_path: Path) -> None:
    def put(cache: DiskCache, key: int) -> bool:
        return cache.put(f"s3://b/{key}", 0, None, np.zeros(300, np.uint8), Stat(300, "v"))

    old = DiskCache(1200, str(tmp_path))
    assert [put(old, k) for k in (1, 2, 3, 4)] == [True, True, True, False], "no endless replacing within an epoch"
    new = DiskCache(1200, str(tmp_path))
    assert new.get("s3://b/2", 0, None) is not None
    assert put(new, 5)
    assert put(new, 6)
    assert not put(new, 7)
    assert [new.get(f"s3://b/{k}", 0, None) is not None for k in range(1, 8)] == [0, 1, 0, 0, 1, 1, 0]


# ---- odds and ends -----------------------------------------------------------------------------------------------


def test_a_remote_file_reads_and_seeks(s3: str) -> None:
    whole = OBJECTS["odd/large.bin"]
    with opened() as storage:
        file = RemoteFile(storage, f"{s3}/odd/large.bin")
        assert (file.size, file.readable(), file.seekable()) == (len(whole), True, True)
        assert file.seek(-5, io.SEEK_END) == len(whole) - 5
        assert file.read(100) == whole[-5:]
        assert file.read(1) == b""
        file.seek(1000)
        assert file.read(7) == whole[1000:1007]
        file.seek(3, io.SEEK_CUR)
        assert file.tell() == 1010
        buffer = bytearray(4)
        assert file.readinto(buffer) == 4
        assert bytes(buffer) == whole[1010:1014]
        assert file.read() == whole[1014:]
        with pytest.raises(ValueError, match="before the beginning"):
            file.seek(-1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("s3://b/k", True), ("memory://k", True), ("/a/b", False), ("c:/x", False), ("file:///a", False)],
)
def test_urls_and_paths(name: str, expected: bool) -> None:
    assert is_url(name) is expected


def test_joining() -> None:
    assert join("s3://b/k", "x/y") == join("s3://b/k/", "x/y") == "s3://b/k/x/y"
    assert join("s3://b", "https://h/x") == "https://h/x"
    assert join("/a", "b") == os.path.join("/a", "b")
    assert (join("", "b"), dirname("s3://b/k/x"), dirname("/a/b")) == ("b", "s3://b/k", "/a")
    assert local_path("file:///a/b%20c") == "/a/b c"


def test_settings_come_from_the_environment_and_from_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADALI_STORAGE_TIMEOUT", "7.5")
    monkeypatch.setenv("ADALI_STORAGE_CONCURRENCY", "3")
    assert (current().timeout, current().concurrency, current().retries) == (7.5, 3, Settings().retries)
    with use(retries=1) as inside:
        assert (inside.timeout, inside.retries) == (7.5, 1)
        with use(concurrency=9):
            assert (current().concurrency, current().retries) == (9, 1)
    assert current().retries == Settings().retries
    monkeypatch.setenv("ADALI_STORAGE_CONCURRENCY", "many")
    with pytest.raises(adali.ArgumentError, match="ADALI_STORAGE_CONCURRENCY must be int, got 'many'"):
        current()
    for wrong in ({"timeout": 0}, {"retries": -1}, {"concurrency": 0}, {"backend": "curl"}):
        with pytest.raises(adali.ArgumentError, match=next(iter(wrong))):
            Settings(**wrong)
