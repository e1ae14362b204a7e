"""Threads: a pool that shares out the samples of a batch, and a thread that makes one call after another."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Any, TypeVar

__all__ = ["CallThread", "WorkerPool", "join_all"]

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
            self.body = _nothing  # an error's frames may hold the job, which must not hold the batch
            with contextlib.suppress(RuntimeError):  # the loop is closed: the engine is gone
                self._loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        if self.future.done():
            return
        _fulfil(self.future, None, self.error)


def _nothing(indices: Iterator[int]) -> None:
    pass


class WorkerPool:
    """``num_threads`` threads that run the samples of one batch at a time."""

    def __init__(self, num_threads: int, cpus: list[int] | None = None, nice: int = 0) -> None:
        """Start the threads, each on a CPU of ``cpus`` in turn, and ``nice`` steps below this process's priority."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._cpus = cpus
        self._nice = nice
        self._threads = [
            threading.Thread(target=self._work, args=(i,), name=f"adali-worker-{i}", daemon=True)
            for i in range(num_threads)
        ]
        try:
            for thread in self._threads:
                thread.start()
        except BaseException:  # the system has no more threads
            self.close(None)
            raise

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
            if job.future.done():  # the body's own
                raise
            deque(job.indices, maxlen=0)
            await asyncio.wait([job.future])
            if not job.future.cancelled():
                job.future.exception()  # seen, and of no interest any more
            raise

    def _work(self, index: int) -> None:
        if self._cpus:
            pin_thread(self._cpus[index % len(self._cpus)])
        if self._nice:
            lower_priority(self._nice)
        while (job := self._jobs.get()) is not None:
            job.run()
            del job  # it would keep the batch's memory until the next one comes

    def close(self, patience: float | None) -> list[str]:
        """Stop the threads after what they are doing, and wait for them, at most ``patience`` seconds in all.

        Returns:
            The names of those that are still in a call of the user's code then.
        """
        for _ in self._threads:
            self._jobs.put(None)
        return join_all([t for t in self._threads if t.ident is not None], patience)


def join_all(threads: Sequence[threading.Thread], patience: float | None) -> list[str]:
    """Wait for threads, at most ``patience`` seconds in all; returns the names of those that still run."""
    end = None if patience is None else monotonic() + patience
    for thread in threads:
        thread.join(None if end is None else max(0.0, end - monotonic()))
    return [t.name for t in threads if t.is_alive()]


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
        try:
            return await future
        finally:
            del future  # an error's traceback holds this frame, and the future the error

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

    @property
    def thread(self) -> threading.Thread:
        """The thread."""
        return self._thread


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if not future.done():
        _fulfil(future, result, error)


def _fulfil(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if isinstance(error, StopIteration):  # a future refuses it
        escaped = RuntimeError("StopIteration escaped")
        escaped.__cause__ = error
        error = escaped
    if error is not None:
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


def lower_priority(steps: int) -> bool:
    """Let the calling thread yield the CPU to the process's others; False where the system cannot do that."""
    import os
    import sys

    if sys.platform != "linux":  # elsewhere it would be the whole process
        return False
    thread = threading.get_native_id()
    os.setpriority(os.PRIO_PROCESS, thread, min(os.getpriority(os.PRIO_PROCESS, thread) + steps, 19))
    return True
