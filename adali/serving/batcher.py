"""Dynamic batching: requests wait in a queue of priority classes until enough samples, or enough time, came together.

Contract:

* A batch holds whole requests of one signature, in order of priority and then arrival, at most ``max_batch`` samples.
* It goes as soon as one of the ``slots`` is free and either ``max_batch`` samples wait, or the oldest request has
  waited ``max_wait`` seconds, or the queue drains.
* A request that was cancelled or whose deadline passed leaves the queue at once and never reaches ``run``.
* Every request comes to an end exactly once, whatever ``run`` does: nothing that it raises, and no request that its
  sender gave up, can stop the batcher.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from typing import Any

from adali.serving.errors import DeadlineExceeded, ServiceClosed, ServingError, own_copy

__all__ = ["Batcher", "Request"]

log = logging.getLogger("adali.serving")


class Request:
    """Some rows on their way through one stage.

    Attributes:
        data: what the stage works on.
        count: rows.
        signature: only requests of equal signatures share a batch.
        priority: smaller is served first.
        deadline: time of the loop by which it must be answered, or None.
        future: the answer.
        arrived: time of the loop.
        waited: seconds it was queued.
    """

    __slots__ = (
        "_queue",
        "_timer",
        "arrived",
        "count",
        "data",
        "deadline",
        "future",
        "priority",
        "signature",
        "waited",
    )

    def __init__(
        self,
        data: Any,
        count: int,
        *,
        signature: Hashable = None,
        priority: int = 0,
        deadline: float | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.data = data
        self.count = count
        self.signature = signature
        self.priority = priority
        self.deadline = deadline
        self.future: asyncio.Future[Any] = loop.create_future()
        self.arrived = loop.time()
        self.waited = 0.0
        self._queue: Batcher | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def done(self) -> bool:
        """Whether nobody waits any more."""
        return self.future.done()

    def succeed(self, result: Any) -> None:
        """Answer, unless the sender gave up."""
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Answer with an error, unless the sender gave up."""
        if not self.future.done():
            self.future.set_exception(own_copy(error))

    def _expire(self) -> None:
        if not self.future.done():
            late = asyncio.get_running_loop().time() - self.arrived
            where = "in the queue" if self._queue is not None else "while it was computed"
            self.fail(DeadlineExceeded(f"the deadline passed {where}, {late * 1e3:.0f} ms after the request came"))

    def _settled(self, future: asyncio.Future[Any]) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue is not None:
            self._queue.remove(self)
        self.data = None
        if not future.cancelled():
            future.exception()  # whoever waits may be cancelled before it hears of the error, which is no bug


Run = Callable[[list[Request]], Awaitable[None]]


class Batcher:
    """A queue and what it feeds; all methods belong to one event loop."""

    def __init__(
        self,
        run: Run,
        *,
        max_batch: int,
        max_wait: float,
        slots: int,
        name: str = "batch",
        may_run: Callable[[], bool] = lambda: True,
        on_batch: Callable[[list[Request]], None] = lambda batch: None,
    ) -> None:
        """Make an empty queue.

        Args:
            run: computes a batch and ends each of its requests.
            max_batch: samples in a batch at most.
            max_wait: seconds that a request waits for company.
            slots: batches that may run at the same time.
            name: for messages and tasks.
            may_run: asked before each batch; call :meth:`pump` when its answer changes.
            on_batch: told of each batch before it runs.
        """
        self.max_batch = max_batch
        self.max_wait = max_wait
        self.name = name
        self.queued = 0
        self.queued_requests = 0
        self.running = 0
        self.slots = slots
        self.draining = False
        self._run = run
        self._may_run = may_run
        self._on_batch = on_batch
        self._classes: dict[int, OrderedDict[int, Request]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    # ---- the queue -----------------------------------------------------------------------------------------

    def submit(self, request: Request) -> None:
        """Queue a request; the answer comes through its future."""
        loop = asyncio.get_running_loop()
        request.future.add_done_callback(request._settled)
        if request.deadline is not None:
            if request.deadline <= loop.time():
                request.fail(DeadlineExceeded("the deadline had passed when the request came"))
                return
            request._timer = loop.call_at(request.deadline, request._expire)
        request._queue = self
        self._classes.setdefault(request.priority, OrderedDict())[id(request)] = request
        self.queued += request.count
        self.queued_requests += 1
        self.pump()

    def remove(self, request: Request) -> None:
        """Take a request out of the queue."""
        waiting = self._classes[request.priority]
        del waiting[id(request)]
        if not waiting:
            del self._classes[request.priority]
        request._queue = None
        self.queued -= request.count
        self.queued_requests -= 1

    def displace(self, count: int, priority: int, error: Callable[[], Exception]) -> bool:
        """Make room for ``count`` samples by failing less urgent requests, the newest first.

        Returns whether there are enough of them; if not, nothing happens.
        """
        victims: list[Request] = []
        room = 0
        for level in sorted(self._classes, reverse=True):
            if level <= priority or room >= count:
                break
            for request in reversed(self._classes[level].values()):
                victims.append(request)
                room += request.count
                if room >= count:
                    break
        if room < count:
            return False
        for request in victims:
            self.remove(request)
            request.fail(error())
        return True

    def has_beyond(self, priority: int) -> bool:
        """Whether a less urgent request waits."""
        return any(level > priority for level in self._classes)

    def _heads(self) -> Iterator[Request]:
        for level in sorted(self._classes):
            yield next(iter(self._classes[level].values()))

    # ---- batches -------------------------------------------------------------------------------------------

    def pump(self) -> None:
        """Start what can be started."""
        try:
            while self.queued and self.running < self.slots and self._may_run():
                wait = self._seconds_to_wait()
                if wait > 0:
                    self._wake_in(wait)
                    return
                batch = self._take()
                if batch:
                    self._start(batch)
        except Exception:  # a bug must not end the service
            log.exception("%s: the queue", self.name)

    def _seconds_to_wait(self) -> float:
        if self.draining or self.queued >= self.max_batch:
            return 0.0
        oldest = min(r.arrived for r in self._heads())
        return oldest + self.max_wait - asyncio.get_running_loop().time()

    def _wake_in(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._woken)

    def _woken(self) -> None:
        self._timer = None
        self.pump()

    def _take(self) -> list[Request]:
        now = asyncio.get_running_loop().time()
        batch: list[Request] = []
        room = self.max_batch
        while self._classes:
            request = next(self._heads())
            if request.done or (request.deadline is not None and request.deadline <= now):
                self.remove(request)
                request._expire()
                continue
            if batch and (request.count > room or request.signature != batch[0].signature):
                break
            self.remove(request)
            request.waited = now - request.arrived
            batch.append(request)
            room -= request.count
        return batch

    def _start(self, batch: list[Request]) -> None:
        self.running += 1
        task = asyncio.get_running_loop().create_task(self._work(batch), name=f"adali {self.name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, batch: list[Request]) -> None:
        try:
            self._on_batch(batch)
            await self._run(batch)
        except asyncio.CancelledError:
            self._fail(batch, ServiceClosed("the service was closed before the request was answered"))
            raise
        except Exception as e:
            if not isinstance(e, ServingError):
                log.exception("%s: a batch of %d requests failed", self.name, len(batch))
            self._fail(batch, e)
        finally:
            self._fail(batch, ServingError(f"{self.name} gave the request no answer"))
            self.running -= 1
            self.pump()

    def _fail(self, batch: list[Request], error: Exception) -> None:
        for request in batch:
            request.fail(error)

    # ---- the end -------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """From here on nobody waits for company."""
        self.draining = True
        self.pump()

    async def aclose(self, error: Exception) -> None:
        """Fail what is queued, cancel what runs, and return when all of it is gone."""
        self.draining = True
        for waiting in list(self._classes.values()):
            for request in list(waiting.values()):
                self.remove(request)
                request.fail(error)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
