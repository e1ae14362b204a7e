"""Handing results from the engine's thread to a consumer that awaits or blocks.

A consumer method is one coroutine, whoever calls it. Under asyncio or trio it suspends its task; under
:func:`drive`, which the blocking facade uses, it blocks the calling thread. A result that is there already costs
neither a switch of threads nor a turn of an event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import Any, Generic, TypeVar

__all__ = ["Channel", "Reply", "Waiter", "drive"]

T = TypeVar("T")

_driver = threading.local()


class Waiter:
    """A one-shot, thread-safe event that any number of consumers await."""

    __slots__ = ("_listeners", "_lock", "_woken")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._woken = False
        self._listeners: list[Callable[[], object]] = []

    @property
    def woken(self) -> bool:
        """Whether it has happened."""
        return self._woken

    def wake(self) -> None:
        """Wake the consumers; callable from any thread, any number of times."""
        with self._lock:
            self._woken = True
            listeners, self._listeners = self._listeners, []
        for notify in listeners:
            notify()

    def _register(self, notify: Callable[[], object]) -> bool:
        """Call ``notify`` once woken; False if that has happened already."""
        with self._lock:
            if self._woken:
                return False
            self._listeners.append(notify)
            return True

    def _forget(self, notify: Callable[[], object]) -> None:
        with self._lock, contextlib.suppress(ValueError):  # it was called already
            self._listeners.remove(notify)

    def block(self) -> None:
        """Block the calling thread until woken."""
        gate = threading.Lock()
        gate.acquire()
        if self._register(gate.release):
            try:
                gate.acquire()
            except BaseException:  # KeyboardInterrupt
                self._forget(gate.release)
                raise

    def __await__(self) -> Generator[Any, None, None]:
        if getattr(_driver, "active", False):
            if not self._woken:
                yield self
            return
        if "trio" in sys.modules and _in_trio():
            yield from self._wait_trio(shield=False).__await__()
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def resolve() -> None:
            if not future.done():  # it is done when its consumer was cancelled
                future.set_result(None)

        def notify() -> None:
            with contextlib.suppress(RuntimeError):  # the consumer's loop is closed: nobody waits any more
                loop.call_soon_threadsafe(resolve)

        if self._register(notify):
            try:
                yield from future
            except BaseException:
                self._forget(notify)
                raise

    async def shielded(self) -> None:
        """Wait to the end even when cancelled, and raise the cancellation afterwards."""
        if "trio" in sys.modules and not getattr(_driver, "active", False) and _in_trio():
            await self._wait_trio(shield=True)
            return
        cancelled: asyncio.CancelledError | None = None
        while not self._woken:
            try:
                await self
            except asyncio.CancelledError as e:
                cancelled = e
        if cancelled is not None:
            raise cancelled

    async def _wait_trio(self, shield: bool) -> None:
        import trio

        event = trio.Event()
        token = trio.lowlevel.current_trio_token()

        def notify() -> None:
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(event.set)

        if self._register(notify):
            try:
                with trio.CancelScope(shield=shield):
                    await event.wait()
            except BaseException:
                self._forget(notify)
                raise


class Reply(Waiter):
    """The engine's answer to one question: nothing, or an error."""

    __slots__ = ("error",)

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None

    def settle(self, error: BaseException | None = None) -> None:
        """Give the answer; only the first one counts."""
        with self._lock:
            if not self._woken:
                self.error = error
        self.wake()

    async def get(self) -> None:
        """Wait for the answer.

        Raises:
            BaseException: the error it is.
        """
        await self
        if self.error is not None:
            raise self.error


def _in_trio() -> bool:
    import trio

    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        return False
    return True


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that awaits nothing but :class:`Waiter`, blocking the calling thread.

    ``StopAsyncIteration`` leaves it as ``StopIteration``, which is what a blocking caller expects.
    """
    before = getattr(_driver, "active", False)
    while True:
        _driver.active = True
        try:
            waiter = coroutine.send(None)
        except StopIteration as stop:
            result: T = stop.value
            return result
        except StopAsyncIteration as end:
            raise StopIteration(*end.args) from None
        finally:
            _driver.active = before
        try:
            waiter.block()
        except BaseException:  # KeyboardInterrupt while blocked
            coroutine.close()
            raise


class Channel(Generic[T]):
    """Unbounded queue from the engine's thread to consumers on any thread or event loop.

    It needs no bound of its own: what may be in it is bounded by the iterations the consumer asked for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: deque[T] = deque()
        self._waiters: list[Waiter] = []
        self._closed: BaseException | None = None
        self._closed_at: TracebackType | None = None

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> bool:
        """Append an item; True if a consumer waits for it, who has to be woken."""
        with self._lock:
            self._items.append(item)
            return bool(self._waiters)

    def wake(self) -> None:
        """Wake every waiting consumer."""
        with self._lock:
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.wake()

    def close(self, error: BaseException) -> None:
        """Make every ``get`` raise ``error`` once the items are gone."""
        with self._lock:
            self._closed, self._closed_at = error, error.__traceback__
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.wake()

    def raise_if_closed(self) -> None:
        """Raise the error given to :meth:`close`, if there was one."""
        if self._closed is not None:
            raise self._error()

    def _error(self) -> BaseException:
        # Each raise of one exception makes its traceback longer, so each starts from none.
        assert self._closed is not None
        return self._closed.with_traceback(self._closed_at)

    def clear(self) -> None:
        """Drop all items."""
        with self._lock:
            items, self._items = self._items, deque()
        items.clear()  # their memory is given back outside the lock

    def peek(self) -> T | None:
        """The next item, left where it is; None if there is none."""
        with self._lock:
            return self._items[0] if self._items else None

    def get_nowait(self) -> T | None:
        """The next item, or None if none is there.

        Raises:
            BaseException: the error given to :meth:`close`.
        """
        with self._lock:
            if self._items:
                return self._items.popleft()
            if self._closed is not None:
                raise self._error()
            return None

    async def wait(self) -> None:
        """Wait until there is an item, or the channel is closed; another consumer may be quicker to take it."""
        with self._lock:
            if self._items or self._closed is not None:
                return
            waiter = Waiter()
            self._waiters.append(waiter)
        try:
            await waiter
        finally:
            with self._lock:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    async def get(self) -> T:
        """The next item, waiting for it; cancelling the wait loses nothing."""
        while (item := self.get_nowait()) is None:
            await self.wait()
        return item
