"""The host threads of a device: one that enqueues for each stage, one that waits for each stream's events."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["Lane", "Waiter"]


class Lane:
    """A thread that enqueues the work of one stage.

    Enqueueing is host work: staging of batches, tables, launches, and the host part of decoders. On the engine's loop
    it would hold up the other stages. CuPy's current stream and device belong to a thread: this one sets them once, and
    no coroutine ever awaits with a stream entered.
    """

    def __init__(self, name: str, prepare: Callable[[], Any]) -> None:
        self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(prepare,), name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a function there."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._calls.put((function, args, loop, future))
        return await future

    def _run(self, prepare: Callable[[], Any]) -> None:
        broken: BaseException | None = None
        try:
            prepare()
        except Exception as e:  # a device that is broken already: every call gets it
            broken = e
        while (item := self._calls.get()) is not None:
            function, args, loop, future = item
            result, error = None, broken
            if broken is None:
                try:
                    result = function(*args)
                except BaseException as e:
                    error = e
            _settle(loop, future, result, error)
            del item, function, args, loop, future, result, error

    def close(self, patience: float) -> bool:
        """End the thread after what it is doing; False if it does not come to an end."""
        self._calls.put(None)
        self._thread.join(patience)
        return not self._thread.is_alive()


class Waiter:
    """A thread that waits for a stream's events in their order.

    ``Event.synchronize`` of a blocking event sleeps in the driver and releases the GIL. (Host callbacks of CUDA need
    the GIL while CuPy may hold it in a call of the driver, and polling would burn a core.)
    """

    def __init__(self, name: str, prepare: Callable[[], Any]) -> None:
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(prepare,), name=name, daemon=True)
        self._thread.start()

    def wait(self, event: Any, held: Any = None) -> asyncio.Future[None]:
        """A future of the running loop that is done when the event is; an error of the device is its exception.

        ``held`` stays alive until then.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._items.put((event, held, loop, future))
        return future

    def hold(self, event: Any, held: Any) -> None:
        """Keep something alive until an event is done."""
        self._items.put((event, held, None, None))

    def _run(self, prepare: Callable[[], Any]) -> None:
        broken: BaseException | None = None
        try:
            prepare()
        except Exception as e:
            broken = e
        while (item := self._items.get()) is not None:
            event, held, loop, future = item
            error = broken
            try:
                event.synchronize()
            except Exception as e:
                error = e
            # What was kept alive dies here, before anybody hears of it: its memory is free when the waiter goes on.
            del item, held, event
            if loop is not None:
                _settle(loop, future, None, error)
            del loop, future, error

    def close(self) -> None:
        """End the thread after the events it was given."""
        self._items.put(None)
        self._thread.join()


def _settle(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: Any, error: Any) -> None:
    def settle() -> None:
        if future.done():  # cancelled meanwhile
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)

    with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile, so nobody waits
        loop.call_soon_threadsafe(settle)
