"""Reads that survive a bad connection: attempts with back-off, going on where the last one broke off."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from adali.errors import StorageError
from adali.storage.backends import Backend, Found, Stat, backend_for, is_final
from adali.storage.settings import Settings

__all__ = ["Bytes", "ShortObjectError", "Transfer"]

Bytes = npt.NDArray[np.uint8]
T = TypeVar("T")


class ShortObjectError(StorageError):
    """The object has no such bytes."""


class _Changed(OSError):
    """The object is another one than at the last attempt."""


class _Attempts:
    """Counts attempts at one thing, waits between them, and says when to give up."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = url
        self.settings = settings
        self.failed = 0
        self.began = self.progress = monotonic()
        self.last: Exception | None = None

    def advanced(self) -> None:
        """There was progress."""
        self.progress = monotonic()
        self.failed = 0

    async def after(self, error: Exception) -> None:
        """Wait before the next attempt.

        Raises:
            OSError: there will be none.
        """
        if is_final(error):
            raise _named(error, self.url)
        self.failed += 1
        self.last = error
        idle = monotonic() - self.progress
        wait = min(self.settings.max_backoff, self.settings.backoff * 2 ** (self.failed - 1)) * random.random()
        if self.failed > self.settings.retries or idle + wait >= self.settings.timeout:
            raise StorageError(self._message(error)) from error
        await asyncio.sleep(wait)

    def _message(self, error: Exception) -> str:
        what = str(error).split("\n")[0] or type(error).__name__
        if isinstance(error, asyncio.TimeoutError):
            what = f"no answer within {self.settings.request_timeout:g} s"
        return (
            f"cannot read {self.url!r}: gave up after {self.failed} attempts and {monotonic() - self.began:.1f} s; "
            f"the last one failed with: {what}"
        )


def _named(error: Exception, url: str) -> Exception:
    """An error that no further attempt will mend, as an OSError that names the URL."""
    text = str(error).split("\n")[0]
    if isinstance(error, FileNotFoundError):
        found: Exception = FileNotFoundError(2, "no such object", url)
    elif isinstance(error, PermissionError) or type(error).__name__ in (
        "PermissionDeniedError",
        "UnauthenticatedError",
    ):
        found = PermissionError(13, f"access denied ({text})", url)
    elif isinstance(error, StorageError):
        return error
    else:
        found = StorageError(f"cannot read {url!r}: {text or type(error).__name__}")
    found.__cause__ = error
    return found


class Transfer:
    """Retrying reads over all backends; everything here runs on one event loop."""

    def __init__(self, settings: Settings, run_blocking: Callable[..., Awaitable[Any]]) -> None:
        self.settings = settings
        self._run_blocking = run_blocking
        self._backends: dict[tuple[str, str], Backend] = {}
        self._roots: dict[str, Backend] = {}
        self._slots = asyncio.Semaphore(settings.concurrency)
        self.requests = 0
        self.retried = 0

    def _backend(self, url: str) -> Backend:
        root = "/".join(url.split("/", 3)[:3]) + ("?" if "?" in url else "")
        found = self._roots.get(root)
        if found is None:
            key, backend = backend_for(url, self.settings, self._run_blocking)
            found = self._roots[root] = self._backends.setdefault(key, backend)
        return found

    async def _guarded(self, call: Awaitable[T]) -> T:
        return await asyncio.wait_for(call, self.settings.request_timeout)

    async def _retrying(self, url: str, call: Callable[[Backend], Awaitable[T]]) -> T:
        backend = self._backend(url)
        attempts = _Attempts(url, self.settings)
        while True:
            try:
                async with self._slots:
                    self.requests += 1
                    return await self._guarded(call(backend))
            except Exception as e:
                await attempts.after(e)
                self.retried += 1

    async def stat(self, url: str) -> Stat:
        """Size and version of an object.

        Raises:
            FileNotFoundError: there is none.
            PermissionError: it may not be read.
            StorageError: the store did not answer.
        """
        return await self._retrying(url, lambda backend: backend.stat(url))

    async def listing(self, url: str) -> list[Found]:
        """All objects below a folder, sorted by URL."""
        rows = await self._retrying(url, lambda backend: backend.listing(url))
        return sorted(rows, key=lambda row: row.url.encode())

    async def read(
        self, url: str, start: int = 0, stop: int | None = None, sized: Callable[[int], None] | None = None
    ) -> tuple[Bytes, Stat]:
        """Bytes ``start`` to ``stop`` (None: the end) of an object.

        Args:
            sized: called with the number of bytes as soon as it is known.

        Raises:
            FileNotFoundError: there is no such object.
            PermissionError: it may not be read.
            StorageError: the store did not answer, or the object is shorter than ``stop``.
        """
        if stop is not None and stop <= start:
            return np.empty(0, np.uint8), Stat(-1, "")
        backend = self._backend(url)
        attempts = _Attempts(url, self.settings)
        part = _Part(url, start, stop, sized)
        while True:
            try:
                async with self._slots:
                    self.requests += 1
                    if await self._attempt(backend, part, attempts):
                        return part.result()
            except Exception as e:
                if part.filled and type(e).__name__ == "NotSupportedError":
                    part.whole = True  # a web server without ranges: begin anew each time
                    e = OSError(str(e))
                if isinstance(e, _Changed) or part.unresumable:
                    part.restart()
                # A range behind the end is an error like many others: have the size looked up.
                part.short = part.short or (stop is not None and part.stat is None)
                await attempts.after(e)
                self.retried += 1

    async def aclose(self) -> None:
        """Give back connections."""
        for backend in self._backends.values():
            await backend.aclose()
        self._backends.clear()
        self._roots.clear()

    async def _attempt(self, backend: Backend, part: _Part, attempts: _Attempts) -> bool:
        if part.short:
            # Fewer bytes came than were asked for: cut off on the way, or is there no more?
            stat = await self._guarded(backend.stat(part.url))
            if part.stop is not None and 0 <= stat.size < part.stop:
                raise ShortObjectError(
                    f"cannot read bytes {part.start} to {part.stop} of {part.url!r}: it has only {stat.size}"
                )
            part.short = False
        if part.complete:
            return True
        pieces = backend.get(part.url, part.start + part.filled, part.stop)
        try:
            while (piece := await self._guarded(_next(pieces))) is not None:
                if isinstance(piece, Stat):
                    part.begin(piece)
                else:
                    part.add(piece)
                    if part.filled > part.best:
                        part.best = part.filled
                        attempts.advanced()
        finally:
            await pieces.aclose()  # type: ignore[attr-defined]
        part.end()
        return True


async def _next(pieces: AsyncIterator[T]) -> T | None:
    try:
        return await pieces.__anext__()
    except StopAsyncIteration:
        return None


class _Part:
    """The bytes wanted, as far as they are here."""

    def __init__(self, url: str, start: int, stop: int | None, sized: Callable[[int], None] | None) -> None:
        self.url = url
        self.start = start
        self.stop = stop
        self.sized = sized
        self.stat: Stat | None = None
        self.length = None if stop is None else stop - start
        self.data: Bytes | None = None
        self.pieces: list[memoryview] = []
        self.filled = 0
        self.best = 0  # the furthest that any attempt came
        self.short = False
        self.whole = False
        if self.length is not None and sized is not None:
            sized(self.length)

    @property
    def unresumable(self) -> bool:
        """Whether what is here cannot be told to be part of the same object."""
        return self.whole or self.stat is None or not self.stat.version

    @property
    def complete(self) -> bool:
        return self.length is not None and self.filled == self.length

    def restart(self) -> None:
        """Forget what is here."""
        self.stat = self.data = None
        self.pieces = []
        self.filled = 0
        self.length = None if self.stop is None else self.stop - self.start

    def begin(self, stat: Stat) -> None:
        """An attempt brings an object with this stat."""
        if self.stat is not None and self.filled and stat.version != self.stat.version:
            raise _Changed(f"{self.url!r} changed while it was read")
        self.stat = stat
        if stat.size < 0:
            return
        if self.stop is not None and stat.size < self.stop:
            raise ShortObjectError(f"cannot read bytes {self.start} to {self.stop} of {self.url!r}: it has {stat.size}")
        self.length = (stat.size if self.stop is None else self.stop) - self.start
        if self.length < 0:
            raise StorageError(f"cannot read {self.url!r} from byte {self.start} on: it has {stat.size}")
        if self.sized is not None:
            self.sized(self.length)
        if self.data is None:
            self.data = np.empty(self.length, np.uint8)

    def add(self, piece: memoryview) -> None:
        if self.data is None:
            self.pieces.append(piece)
        else:
            if self.filled + len(piece) > len(self.data):
                raise OSError("the store sent more bytes than it announced")
            self.data[self.filled : self.filled + len(piece)] = piece
        self.filled += len(piece)

    def end(self) -> None:
        """The attempt is over without an error.

        Raises:
            OSError: bytes are missing.
        """
        if self.length is not None and self.filled > self.length:
            raise StorageError(f"cannot read a part of {self.url!r}: the server ignores ranges")
        if self.length is not None and self.filled != self.length:
            self.short = self.stat is None or self.stat.size < 0
            raise OSError(f"the connection ended after {self.filled} of {self.length} bytes")

    def result(self) -> tuple[Bytes, Stat]:
        if self.data is None:
            whole = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
            self.data = np.frombuffer(whole, np.uint8)
        return self.data, self.stat or Stat(-1, "")
