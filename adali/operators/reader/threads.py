"""Threads for sources that work ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

__all__ = ["Threads"]


class Threads:
    """A few threads that run functions; unlike concurrent.futures' they never keep the interpreter from ending."""

    def __init__(self, count: int) -> None:
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"adali-source-{i}", daemon=True) for i in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[[], Any]) -> Future[Any]:
        """Run a function on one of the threads, as soon as one is free."""
        future: Future[Any] = Future()
        self._work.put((future, function))
        return future

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            future, function = work
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function())
                except BaseException as e:
                    future.set_exception(e)
            del work, future, function

    def close(self, timeout: float = 5.0) -> bool:
        """End the threads after what they do; False if one does not end within ``timeout`` seconds."""
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)
