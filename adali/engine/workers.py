"""Threads: a pool that shares out the samples of a batch, and a thread that makes one call after another."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from time import monotonic, perf_counter
from typing import Any, TypeVar

from adali.engine.mailbox import Mailbox

__all__ = ["CallThread", "WorkerPool", "join_all"]

T = TypeVar("T")

Body = Callable[[Iterator[int]], None]

#: After a call on its thread that took less, the loop waits so long for the next one before it turns to other things:
#: hearing of the answer costs several times as much when it sleeps in its selector meanwhile.
QUICK_S = 1e-4


class _Job:
    """One batch: a body that every worker runs over one shared iterator of sample indices."""

    __slots__ = ("_done", "_ended", "_given_up", "_loop", "_parts", "body", "error", "future", "indices")

    def __init__(self, body: Body, count: int, parts: int, loop: asyncio.AbstractEventLoop) -> None:
        self.body = body
        # next() on a range iterator is atomic under the GIL, so the threads need no lock to share it.
        self.indices: Iterator[int] = iter(range(count))
        self.error: BaseException | None = None
        self.future: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._parts = parts
        self._done = itertools.count(1)
        self._ended = self._given_up = False

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
        self._ended = True
        if not self.future.done():
            _fulfil(self.future, None, None if self._given_up else self.error)

    def give_up(self) -> asyncio.Future[None]:
        """After the future was cancelled: begin no more samples; returns what to await those with that were begun."""
        deque(self.indices, maxlen=0)
        self._given_up = True  # and errors are of no interest any more
        self.future = self._loop.create_future()
        if self._ended:
            self.future.set_result(None)
        return self.future


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
            await job.future
        except asyncio.CancelledError:
            if not job.future.cancelled():  # the body's own
                raise
            await asyncio.wait([job.give_up()])
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


class _Call:
    """One call on a thread, and what became of it."""

    __slots__ = ("_answer", "_future", "_loop", "answered", "error", "function", "result", "took")

    def __init__(self, function: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.function: Callable[[], Any] | None = function
        self.result: Any = None
        self.error: BaseException | None = None
        self.took = 0.0
        self.answered = False
        self._loop = loop
        self._future: asyncio.Future[Any] | None = None
        self._answer = threading.Lock()
        self._answer.acquire()

    def run(self) -> None:
        """Make the call; on the thread."""
        assert self.function is not None
        start = perf_counter()
        try:
            self.result = self.function()
        except BaseException as e:
            self.error = e
        self.function = None
        self.took = perf_counter() - start
        self._answer_is_there()

    def _answer_is_there(self) -> None:  # no part of `run`, whose frame the error holds
        self.answered = True
        self._answer.release()
        future = self._future  # looked at after `answered` was set, which the loop looks at after it has set the future
        if future is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the engine is gone
                self._loop.call_soon_threadsafe(self._settle, future)

    def block(self, seconds: float) -> None:
        """Wait for the answer without giving the loop a turn."""
        self._answer.acquire(timeout=seconds)

    def future(self) -> asyncio.Future[Any]:
        """What the answer is awaited with; on the loop."""
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self.answered:
            self._future = future
        if self.answered:
            self._settle(future)
        return future

    def _settle(self, future: asyncio.Future[Any]) -> None:
        # Taken away from the call, which the error's frames hold.
        self._future = None
        result, self.result = self.result, None
        error, self.error = self.error, None
        if not future.done():
            _fulfil(future, result, error)


class CallThread:
    """One thread that runs calls in order, so that a source always sees the same thread."""

    def __init__(self, name: str, mail: Mailbox | None = None) -> None:
        """Start the thread; ``mail`` is the one of the running loop, if it has one."""
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._mail = mail
        self._loop = asyncio.get_running_loop()
        self._quick = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """Run a function on the thread and await its result; a cancelled caller leaves it running."""
        call = _Call(function, self._loop)
        self._calls.put(call)
        try:
            if self._quick:
                self._wait(call)
            result: T = await call.future()
            self._quick = call.took < QUICK_S
            return result
        finally:
            del call  # an error's traceback holds this frame, and the call the error

    def _wait(self, call: _Call) -> None:
        """Wait for a moment without giving the loop a turn."""
        if self._mail is None:
            call.block(QUICK_S)
            return
        self._mail.hold()
        try:
            call.block(QUICK_S)
        finally:
            self._mail.read()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call.run()
            del call

    def close(self) -> None:
        """Let the thread end after the call it is in."""
        self._calls.put(None)

    @property
    def thread(self) -> threading.Thread:
        """The thread."""
        return self._thread


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
