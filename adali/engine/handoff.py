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
from typing import Any, Generic, TypeVar

__all__ = ["Channel", "Waiter", "drive"]

T = TypeVar("T")

_driver = threading.local()


class Waiter:
    """A one-shot, thread-safe event that one consumer awaits."""

    __slots__ = ("_lock", "_notify", "_woken")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._woken = False
        self._notify: Callable[[], object] | None = None

    def wake(self) -> None:
        """Wake the consumer; callable from any thread, any number of times."""
        with self._lock:
            self._woken = True
            notify, self._notify = self._notify, None
        if notify is not None:
            notify()

    def _register(self, notify: Callable[[], object]) -> bool:
        """Call ``notify`` once woken; False if that has happened already."""
        with self._lock:
            if self._woken:
                return False
            self._notify = notify
            return True

    def block(self) -> None:
        """Block the calling thread until woken."""
        gate = threading.Lock()
        gate.acquire()
        if self._register(gate.release):
            gate.acquire()

    def __await__(self) -> Generator[Any, None, None]:
        if getattr(_driver, "active", False):
            if not self._woken:
                yield self
            return
        if "trio" in sys.modules and _in_trio():
            yield from self._wait_trio().__await__()
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
            yield from future

    async def _wait_trio(self) -> None:
        import trio

        event = trio.Event()
        token = trio.lowlevel.current_trio_token()

        def notify() -> None:
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(event.set)

        if self._register(notify):
            await event.wait()


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

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Append an item and wake every waiting consumer."""
        with self._lock:
            self._items.append(item)
            waiters = self._waiters
            if waiters:
                self._waiters = []
        for waiter in waiters:
            waiter.wake()

    def close(self, error: BaseException) -> None:
        """Make every ``get`` raise ``error`` once the items are gone."""
        with self._lock:
            self._closed = error
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.wake()

    def raise_if_closed(self) -> None:
        """Raise the error given to :meth:`close`, if there was one."""
        if self._closed is not None:
            raise self._closed

    def clear(self) -> None:
        """Drop all items."""
        with self._lock:
            self._items.clear()

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
                raise self._closed
            return None

    async def get(self) -> T:
        """The next item, waiting for it; cancelling the wait loses nothing."""
        while True:
            with self._lock:
                if self._items:
                    return self._items.popleft()
                if self._closed is not None:
                    raise self._closed
                waiter = Waiter()
                self._waiters.append(waiter)
            try:
                await waiter
            finally:
                with self._lock:
                    if waiter in self._waiters:
                        self._waiters.remove(waiter)
