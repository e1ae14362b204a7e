"""Threads: a pool that shares out the samples of a batch, and a thread that makes one call after another."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

__all__ = ["CallThread", "WorkerPool"]

T = TypeVar("T")

Body = Callable[[Iterator[int]], None]


class _Job:
    """One batch: a body that every worker runs over one shared iterator of sample indices."""

    __slots__ = ("_done", "_loop", "_parts", "body", "error", "future", "indices")

    def __init__(self, body: Body, count: int, parts: int, loop: asyncio.AbstractEventLoop) -> None:
        self.body = body
        # next() on a range iterator is atomic under the GIL, so the threads need no lock to share it.
        self.indices: Iterator[int] = iter(range(count))
        self.error: BaseException | None = None
        self.future: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._parts = parts
        self._done = itertools.count(1)

    def run(self) -> None:
        try:
            self.body(self.indices)
        except BaseException as e:
            self.error = e
        if next(self._done) == self._parts:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the engine is gone
                self._loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(None)


class WorkerPool:
    """``num_threads`` threads that run the samples of one batch at a time."""

    def __init__(self, num_threads: int, cpus: list[int] | None = None) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._cpus = cpus
        self._threads = [
            threading.Thread(target=self._work, args=(i,), name=f"adali-worker-{i}", daemon=True)
            for i in range(num_threads)
        ]
        for thread in self._threads:
            thread.start()

    def __len__(self) -> int:
        return len(self._threads)

    async def run(self, body: Body, count: int) -> None:
        """Share out ``range(count)``: every worker calls ``body`` with the same iterator. Returns when all ended.

        If the caller is cancelled, samples not yet begun are dropped, and those begun are waited for, so that no
        worker touches a batch whose task is gone.
        """
        if count == 0:
            return
        parts = min(count, len(self._threads))
        job = _Job(body, count, parts, asyncio.get_running_loop())
        for _ in range(parts):
            self._jobs.put(job)
        try:
            await asyncio.shield(job.future)
        except asyncio.CancelledError:
            deque(job.indices, maxlen=0)
            await job.future
            raise

    def _work(self, index: int) -> None:
        if self._cpus:
            pin_thread(self._cpus[index % len(self._cpus)])
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # it would keep the batch's memory until the next one comes

    def close(self) -> None:
        """Stop the threads after what they are doing, and wait for them."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()


class CallThread:
    """One thread that runs calls in order, so that a source always sees the same thread."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """Run a function on the thread and await its result; a cancelled caller leaves it running."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._calls.put((function, future))
        return await future

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            function, future = call
            error: BaseException | None = None
            result: Any = None
            try:
                result = function()
            except BaseException as e:
                error = e
            try:
                self._loop.call_soon_threadsafe(_settle, future, result, error)
            except RuntimeError:  # the loop is closed: the engine is gone
                return
            del call, function, future, error, result

    def close(self) -> None:
        """Let the thread end after the call it is in."""
        self._calls.put(None)

    def join(self, timeout: float) -> bool:
        """Wait for the thread; False if it is still in a call after ``timeout`` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def name(self) -> str:
        """The thread's name."""
        return self._thread.name


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if isinstance(error, StopIteration):  # a future refuses it
        future.set_exception(RuntimeError(f"StopIteration escaped: {error}"))
    elif error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def pin_thread(cpu: int) -> bool:
    """Tie the calling thread to a CPU; False where the system cannot."""
    import os

    if not hasattr(os, "sched_setaffinity"):
        return False
    try:
        os.sched_setaffinity(0, {cpu})
    except OSError:
        return False
    return True
