"""Storage: what readers use to get at files that are not on a local disk."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import secrets
import threading
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from adali.engine.workers import join_all
from adali.errors import StorageError
from adali.storage.backends import Found, Stat
from adali.storage.cache import DiskCache
from adali.storage.settings import Settings, current
from adali.storage.transfer import Bytes, Transfer

if TYPE_CHECKING:
    from adali.operators.reader.threads import Threads

__all__ = ["Request", "Storage"]

T = TypeVar("T")

#: What to read: URL, first byte, and the one after the last (None: to the end).
Request = tuple[str, int, "int | None"]

_UNKNOWN = "unknown "
_UNCACHED = ("memory://", "file://", "local://")


class Storage:
    """Reads URLs: asynchronously on an event loop in a thread of its own, for callers that block.

    Bytes come from the cache where they are in it. What :meth:`ahead` announces is fetched before it is asked for. The
    thread starts with the first use and ends with :meth:`close`; all methods may be called from any thread.

    Args:
        settings: time limits and sizes; by default :func:`adali.storage.current`.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or current()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._workers: Threads | None = None
        self._transfer: Transfer | None = None
        self._aborted = self._closed = False
        self._cache: DiskCache | None = None
        if self.settings.cache_bytes:
            self._cache = DiskCache(self.settings.cache_bytes, self.settings.cache_dir)
        # Versions of objects that this Storage has seen: what is cached for them is known to be current or not.
        self._versions: dict[str, str] = {}
        self._session = _UNKNOWN + secrets.token_hex(8)
        self._plan: deque[Request] = deque()
        self._flights: dict[Request, _Flight] = {}
        self._held_bytes = 0
        self._largest = 1 << 16

    # ---- for callers that block ----------------------------------------------------------------------------

    def read(self, url: str) -> Bytes:
        """All bytes of an object. Errors as in :meth:`read_range`."""
        return self.read_range(url, 0, None)

    def read_range(self, url: str, start: int, stop: int | None) -> Bytes:
        """Bytes ``start`` to ``stop`` (None: the end) of an object; treat them as read-only.

        Raises:
            FileNotFoundError: there is no such object.
            PermissionError: it may not be read.
            StorageError: the store did not answer within the limits, or the object is shorter.
            ArgumentError: no installed library reads this kind of URL.
        """
        request = (url, start, stop)
        if request not in self._flights:
            data = self._from_cache(request)
            if data is not None:
                return data
        return self._call(self._take(request))

    def read_ranges(self, requests: Sequence[Request]) -> list[Bytes]:
        """Several ranges at the same time; errors as in :meth:`read_range`."""
        if len(requests) == 1:
            return [self.read_range(*requests[0])]

        async def take() -> list[Bytes]:
            return await asyncio.gather(*(self._take(request) for request in requests))

        return self._call(take())

    def size(self, url: str) -> int:
        """Size of an object in bytes. Errors as in :meth:`read_range`."""
        return self.stat(url).size

    def sizes(self, urls: Sequence[str]) -> list[int | None]:
        """Sizes of many objects in bytes, asked for at the same time; None where that failed."""

        async def ask() -> list[Stat | BaseException]:
            transfer = self._ready_transfer()
            return await asyncio.gather(*(transfer.stat(url) for url in urls), return_exceptions=True)

        return [None if isinstance(found, BaseException) else found.size for found in self._call(ask())]

    def stat(self, url: str) -> Stat:
        """Size and version of an object. Errors as in :meth:`read_range`."""
        return self._call(self._ready_transfer().stat(url))

    def listing(self, url: str) -> list[Found]:
        """All objects below a folder, sorted by URL byte by byte. Errors as in :meth:`read_range`."""
        return self._call(self._ready_transfer().listing(url))

    def ahead(self, requests: Iterable[Request]) -> Collection[Request]:
        """Say what will be read next, in this order; it replaces what was said before.

        As much is fetched as the settings allow, in items and in bytes. Errors are kept until the item is read.

        Returns:
            Those that are not in the cache.
        """
        missing = {r: None for r in requests if self._from_cache_unread(r) is None}
        if missing or self._flights:
            with contextlib.suppress(RuntimeError), self._lock:  # closed meanwhile
                self._ready_loop().call_soon_threadsafe(self._replan, deque(missing))
        return missing

    # ---- the cache -----------------------------------------------------------------------------------------

    def _from_cache(self, request: Request) -> Bytes | None:
        if self._cache is None or self._from_cache_unread(request) is None:
            return None
        return self._cache.get(*request)

    def _from_cache_unread(self, request: Request) -> str | None:
        """The version of cached bytes that are known to be current."""
        if self._cache is None:
            return None
        version = self._cache.version(*request)
        current = self._versions.get(request[0])
        return version if version is not None and version == current else None

    # ---- on the loop ---------------------------------------------------------------------------------------

    async def _fetch(self, request: Request, sized: Callable[[int], None] | None = None) -> Bytes:
        transfer = self._ready_transfer()
        url, start, stop = request
        cache = None if url.startswith(_UNCACHED) else self._cache
        version = None if cache is None else cache.version(url, start, stop)
        if cache is not None and version is not None:
            if url not in self._versions and not version.startswith(_UNKNOWN):
                self._versions[url] = (await transfer.stat(url)).version
            if version and version == self._versions.get(url):
                data = await self._run_blocking(cache.get, url, start, stop)
                if data is not None:
                    return data
            cache.drop(url, start, stop)
        data, stat = await transfer.read(url, start, stop, sized)
        if cache is not None:
            # Where nothing tells whether the object changes, cached bytes are current for this Storage only.
            stat = Stat(stat.size, stat.version or self._session)
            self._versions[url] = stat.version
            await self._run_blocking(cache.put, url, start, stop, data, stat)
        return data

    async def _take(self, request: Request) -> Bytes:
        flight = self._flights.pop(request, None)
        if flight is None:
            with contextlib.suppress(ValueError):
                self._plan.remove(request)
            self._start_flights()
            return await self._fetch(request)
        try:
            return await asyncio.shield(flight.task)
        finally:
            self._held_bytes -= flight.size
            flight.size = 0
            flight.taken = True
            self._start_flights()

    def _replan(self, wanted: deque[Request]) -> None:
        keep = set(wanted)
        for request in [r for r in self._flights if r not in keep]:
            flight = self._flights.pop(request)
            self._held_bytes -= flight.size
            flight.size, flight.taken = 0, True
            flight.task.cancel()
        self._plan = deque(r for r in wanted if r not in self._flights)
        self._start_flights()

    def _start_flights(self) -> None:
        while self._plan and len(self._flights) < self.settings.ahead_items:
            # A file's size is not known before it comes: the largest of the past stands for it.
            start, stop = self._plan[0][1:]
            expected = self._largest if stop is None else stop - start
            if self._flights and self._held_bytes + expected > self.settings.ahead_bytes:
                return
            request = self._plan.popleft()
            if request in self._flights or self._from_cache_unread(request) is not None:
                continue
            flight = _Flight(expected)
            self._held_bytes += expected
            flight.task = asyncio.ensure_future(self._fetch(request, partial(self._sized, flight)))
            flight.task.add_done_callback(_seen)
            self._flights[request] = flight

    def _sized(self, flight: _Flight, size: int) -> None:
        self._largest = max(self._largest, size)
        if not flight.taken:
            self._held_bytes += size - flight.size
            flight.size = size

    # ---- the loop and its thread ---------------------------------------------------------------------------

    def _ready_loop(self) -> asyncio.AbstractEventLoop:
        """The loop, for a caller that holds the lock: what it hands over meanwhile comes before an abort."""
        if self._aborted:
            raise RuntimeError("the storage was closed")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._run_loop, name="adali-storage", daemon=True)
            self._thread.start()
        return self._loop

    def _ready_transfer(self) -> Transfer:
        if self._transfer is None:
            with self._lock:
                if self._transfer is None:
                    self._transfer = Transfer(self.settings, self._run_blocking)
        return self._transfer

    def _run_loop(self) -> None:
        assert self._loop is not None
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            with self._lock:
                future = asyncio.run_coroutine_threadsafe(coroutine, self._ready_loop())
        except RuntimeError as e:
            coroutine.close()
            raise StorageError(str(e)) from None
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise StorageError("the storage was closed while it was read") from None

    async def _run_blocking(self, function: Callable[..., T], *args: Any) -> T:
        if self._workers is None:
            from adali.operators.reader.threads import Threads

            self._workers = Threads(min(self.settings.concurrency, 16))
        return await asyncio.wrap_future(self._workers.submit(lambda: function(*args)))

    @property
    def statistics(self) -> dict[str, int]:
        """Requests made and retried, items found in the cache, and bytes in it."""
        transfer, cache = self._transfer, self._cache
        return {
            "requests": transfer.requests if transfer else 0,
            "retried": transfer.retried if transfer else 0,
            "cache_hits": cache.hits if cache else 0,
            "cache_bytes": cache.size if cache else 0,
        }

    def abort(self) -> None:
        """Give up what is under way: whoever waits for it gets a StorageError. Nothing can be read any more."""
        with self._lock:
            if self._aborted:
                return
            self._aborted = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._stop, self._loop)

    def close(self, patience: float = 5.0) -> None:
        """Give up what is under way, and end the threads and a private cache."""
        self.abort()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            join_all([thread], patience)
            if not thread.is_alive():
                loop.close()
        if self._workers is not None:
            self._workers.close(patience)
        if self._cache is not None:
            self._cache.close()

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        async def stop() -> None:
            while tasks := asyncio.all_tasks(loop) - {asyncio.current_task(loop)}:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            # Whoever waits for a task that ended just now hears of it in the loop's next turn.
            await asyncio.sleep(0)
            if self._transfer is not None:
                await self._transfer.aclose()
            await loop.shutdown_asyncgens()
            loop.stop()

        self._stopping = loop.create_task(stop())


class _Flight:
    """A fetch ahead of its turn, and the bytes that it holds or will."""

    __slots__ = ("size", "taken", "task")

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = False
        self.task: asyncio.Future[Bytes]


def _seen(task: asyncio.Future[Any]) -> None:
    """An error that nobody came for is no reason for a message at exit."""
    if not task.cancelled():
        task.exception()
