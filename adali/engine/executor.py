"""The engine of one pipeline: a thread with an event loop that runs the stages, and the consumer's end of it.

Contract:

* **Start.** An iteration starts when the consumer asked for it (:meth:`Executor.request`) and fewer than ``capacity``
  started iterations are unreleased. Nothing starts by itself, nothing polls.
* **Success.** Iterations are delivered in order, each exactly once.
* **Failure.** An operator's error is the outcome of its iteration: the consumer gets it in that iteration's turn, as
  one :class:`~adali.errors.OperatorError` with its cause; later iterations go on. An error in the engine itself ends
  it: every later call raises that error.
* **End of data.** When an input has no more, what was started before is delivered, then the end; nothing starts until
  :meth:`Executor.reset`.
* **Cancellation.** A consumer that is cancelled while it waits loses nothing: the batch goes to the next who asks.
* **Close.** :meth:`Executor.aclose` cancels all tasks, lets each worker finish the one sample it is computing, and
  returns when every task and thread is gone. An executor that is dropped, and one alive at interpreter exit, are
  stopped the same way, without waiting.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import sys
import threading
import warnings
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import anyio

from adali.engine.device import Device, open_device
from adali.engine.handoff import Channel, Waiter
from adali.engine.inputs import InputFeed
from adali.engine.lowering import Plan
from adali.engine.memory import BufferPool
from adali.engine.queues import Queue
from adali.engine.stage import CpuStage, DeviceStage, End, Failure, Item, pump
from adali.engine.stats import OperatorStats, PipelineStats, QueueStats, StageStats
from adali.engine.workers import WorkerPool
from adali.engine.workspace import Workspace
from adali.errors import OperatorError, PipelineClosedError, PipelineStateError
from adali.operators.base import EndOfData

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup  # anyio brings it

__all__ = ["Batch", "Depths", "Executor"]

MAX_LISTED_ERRORS = 1000


@dataclass(frozen=True)
class Depths:
    """How far stages run ahead.

    Attributes:
        cpu: iterations that may be started and unreleased on the reader and cpu stages.
        gpu: the same for the mixed and gpu stages.
        queue: depth of the queue between cpu and mixed.
    """

    cpu: int
    gpu: int
    queue: int


@dataclass
class Batch:
    """A delivered iteration.

    Attributes:
        iteration: its index.
        outputs: one list of tensors for each output of the pipeline.
        epoch_end: whether a pass over the data ends with it.
    """

    iteration: int
    outputs: tuple[Any, ...]
    epoch_end: bool


class Executor:
    """Runs a plan; made and used by the pipeline. All methods are thread-safe unless said otherwise."""

    def __init__(
        self,
        plan: Plan,
        *,
        batch_size: int,
        num_threads: int,
        device_id: int | None,
        depths: Depths,
        on_error: str = "raise",
        cpus: list[int] | None = None,
    ) -> None:
        self.plan = plan
        self.batch_size = batch_size
        self.num_threads = num_threads
        self.depths = depths
        self.on_error = on_error
        self.cpus = cpus
        self.device: Device | None = open_device(device_id, num_threads) if plan.needs_device else None
        self.memory = BufferPool()
        self.outbox: Channel[Batch | Failure | End] = Channel()

        # The consumer's account.
        self.scheduled = 0
        self.consumed = 0
        self.released = 0
        self.held: deque[Batch] = deque()
        self.consumer_wait_s = 0.0

        # The engine's account, touched on its loop only.
        self._requested = 0
        self._freed = 0
        self._started = 0
        self._awaited = -1
        self._changed: list[asyncio.Future[None]] = []
        self._reset_done: Waiter | None = None
        self._abandon = False
        self._completed = 0
        self._inbox: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._signalled = False
        self._guests: set[asyncio.Task[None]] = set()
        self._may_starve = any(hasattr(s.op, "feed") for s in plan.inputs)
        self._watchers: list[tuple[int, Waiter]] = []

        self._stats = {op.spec.name: OperatorStats(op.spec.name, op.schema.name) for op in plan.operators()}
        self._stages: list[StageStats] = []
        self._queues: list[Queue[Item]] = []
        self._errors: deque[OperatorError] = deque(maxlen=MAX_LISTED_ERRORS)
        self._skipped = 0

        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._stopping = False
        self._ready = Waiter()
        self._closed = Waiter()
        self._thread = threading.Thread(target=self._run_thread, name="adali-engine", daemon=True)

    # ---- the consumer's side -------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the engine's thread."""
        _alive.add(self)
        self._thread.start()
        await self._ready

    def request(self, iterations: int) -> None:
        """Allow so many more iterations to start."""
        self._check_open()
        self.scheduled += iterations
        self._post(self._grant, iterations, 0)

    def release(self, all_held: bool = False) -> None:
        """Give the oldest batch's place back, or those of all batches; nothing if none is held."""
        self._check_open()
        count = len(self.held) if all_held else min(1, len(self.held))
        if count:
            for _ in range(count):
                self.held.popleft()
            self.released += count
            self._post(self._grant, 0, count)

    async def take(self) -> Batch:
        """The next batch, waiting for it.

        Raises:
            StopAsyncIteration: the data ended.
            OperatorError: this iteration failed.
            PipelineStateError: all places are held by the consumer, so that the wait would never end.
            PipelineClosedError: the pipeline was closed.
        """
        item = self.outbox.get_nowait()
        if item is None:
            limit = self.depths.gpu if self.plan.needs_device else self.depths.cpu
            if self.consumed - self.released >= limit:
                raise PipelineStateError(
                    f"All {limit} output buffers are held: call release_outputs() before asking for another batch."
                )
            start = perf_counter()
            if self._may_starve:
                self._post(self._consumer_waits, self.consumed)
            item = await self.outbox.get()
            self.consumer_wait_s += perf_counter() - start
        if isinstance(item, End):
            self.scheduled = self.consumed
            self.outbox.put(item)  # it stays until reset
            raise StopAsyncIteration
        self.consumed += 1
        if isinstance(item, Failure):
            self.released += 1
            self._post(self._grant, 0, 1)
            raise item.error
        self.held.append(item)
        return item

    @property
    def ended(self) -> bool:
        """Whether the next thing the consumer would get is the end of the data."""
        return isinstance(self.outbox.peek(), End)

    async def completed(self, iterations: int) -> None:
        """Wait until so many iterations went through all stages (or the data ended)."""
        waiter = Waiter()
        self._post(self._watch, iterations, waiter)
        await waiter

    async def reset(self, abandon: bool = False) -> None:
        """Start sources over; undelivered batches are dropped. With ``abandon`` readers go to their next epoch."""
        done = Waiter()
        self._post(self._begin_reset, done, abandon)
        await done
        self.outbox.clear()
        self.held.clear()
        self.scheduled = self.consumed = self.released = self._started

    async def call(self, coroutine: Awaitable[Any]) -> Any:
        """Await a coroutine on the engine's loop, for consumers that have none."""
        waiter = Waiter()
        outcome: list[Any] = []

        async def run() -> None:
            try:
                outcome.append((await coroutine, None))
            except BaseException as e:
                outcome.append((None, e))
            finally:
                waiter.wake()

        self._post(self._spawn, run)
        await waiter
        if not outcome:
            raise PipelineClosedError("The pipeline is closed.")
        result, error = outcome[0]
        if error is not None:
            raise error
        return result

    def set_epoch_batches(self) -> None:
        """End batches where epochs end; before the first request."""
        self._post(self._enable_epochs)

    def notify(self) -> None:
        """Something was fed: look again."""
        self._post(self._wake)

    def stats(self) -> PipelineStats:
        """A snapshot of all counters."""
        return PipelineStats(
            iterations=self._started,
            delivered=self.consumed,
            ahead=len(self.outbox),
            consumer_wait_s=self.consumer_wait_s,
            stages=[StageStats(**vars(s)) for s in self._stages],
            queues=[
                QueueStats(q.name, q.depth, len(q), q.peak, q.occupancy / q.puts if q.puts else 0.0)
                for q in self._queues
            ],
            operators=[OperatorStats(**vars(s)) for s in self._stats.values()],
            skipped=self._skipped,
            errors=list(self._errors),
            memory_used_bytes=self.memory.used_bytes,
            memory_idle_bytes=self.memory.idle_bytes,
        )

    def stop(self) -> None:
        """Begin to close, without waiting."""
        self._stopping = True
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # closed already
                self._loop.call_soon_threadsafe(self._stop.set)

    async def aclose(self) -> None:
        """Close; returns when no task and no thread is left. Cancelling the wait does not stop the closing."""
        self.stop()
        if self._thread.ident is None:
            return
        await self._closed
        self._thread.join()
        self.held.clear()
        self.outbox.clear()

    def _check_open(self) -> None:
        if self._loop is None or self._stopping:
            self.outbox.raise_if_closed()  # the engine's own error, if it died of one
            raise PipelineClosedError("The pipeline is closed.")

    def _post(self, function: Callable[..., None], *args: Any) -> None:
        """Have a function called on the engine's loop; several calls in a row wake the loop once."""
        self._check_open()
        self._inbox.append((function, args))
        if not self._signalled:
            self._signalled = True
            try:
                assert self._loop is not None
                self._loop.call_soon_threadsafe(self._read_inbox)
            except RuntimeError:
                self._check_open()
                raise PipelineClosedError("The pipeline is closed.") from None

    def _read_inbox(self) -> None:
        # Cleared first: whoever posts from here on signals again.
        self._signalled = False
        while self._inbox:
            function, args = self._inbox.popleft()
            function(*args)

    # ---- on the engine's loop ------------------------------------------------------------------------------

    def _grant(self, requested: int, freed: int) -> None:
        self._requested += requested
        self._freed += freed
        self._wake()

    def _consumer_waits(self, iteration: int) -> None:
        self._awaited = max(self._awaited, iteration)
        self._wake()

    def _enable_epochs(self) -> None:
        self._feed.set_epoch_batches()

    def _begin_reset(self, done: Waiter, abandon: bool) -> None:
        self._reset_done = done
        self._abandon = abandon
        self._wake()

    def _spawn(self, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.get_running_loop().create_task(function(), name="adali consumer's coroutine")
        self._guests.add(task)
        task.add_done_callback(self._guests.discard)

    def _watch(self, iterations: int, waiter: Waiter) -> None:
        self._watchers.append((iterations, waiter))
        self._check_watchers()

    def _check_watchers(self, ended: bool = False) -> None:
        left = []
        for iterations, waiter in self._watchers:
            if ended or self._completed >= iterations:
                waiter.wake()
            else:
                left.append((iterations, waiter))
        self._watchers = left

    def _wake(self) -> None:
        futures, self._changed = self._changed, []
        for future in futures:
            if not future.done():
                future.set_result(None)

    async def _change(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed.append(future)
        await future

    def _run_thread(self) -> None:
        error: BaseException = PipelineClosedError("The pipeline is closed.")
        try:
            asyncio.run(self._main())
        except BaseException as e:
            error = e.exceptions[0] if isinstance(e, BaseExceptionGroup) else e
        finally:
            self._stopping = True
            self.outbox.close(error)
            for _, waiter in self._watchers:
                waiter.wake()
            if self._reset_done is not None:
                self._reset_done.wake()
            self.memory.close()
            _alive.discard(self)
            self._ready.wake()
            self._closed.wake()

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        if self._stopping:
            return
        workers = WorkerPool(self.num_threads, self.cpus)
        self._feed = InputFeed(self.plan.inputs, self.batch_size)
        stuck: list[str] = []
        try:
            async with anyio.create_task_group() as group:
                self._start_stages(group, workers)
                self._ready.wake()
                await self._stop.wait()
                group.cancel_scope.cancel()
        finally:
            for task in self._guests:
                task.cancel()
            await asyncio.gather(*self._guests, return_exceptions=True)
            stuck = await self._feed.aclose()
            workers.close()
            for op in self.plan.operators():
                op.close()
            if self.device is not None:
                self.device.close()
            if stuck:
                warnings.warn(
                    f"Sources still running after the pipeline was closed, in threads: {', '.join(stuck)}",
                    ResourceWarning,
                    stacklevel=1,
                )

    def _start_stages(self, group: anyio.abc.TaskGroup, workers: WorkerPool) -> None:
        cpu = CpuStage(self.plan, self._feed, workers, self.memory, self._stats, self.on_error, self._report)
        works: list[tuple[str, Any]] = [("cpu", cpu.run)]
        if self.device is not None:
            device_stages = [(n, s) for n, s in (("mixed", self.plan.mixed), ("gpu", self.plan.gpu)) if s]
            for i, (name, steps) in enumerate(device_stages):
                last = i == len(device_stages) - 1
                works.append((name, DeviceStage(name, steps, self.device, last).run))
        names = ["reader", *(name for name, _ in works)]
        for left, right in itertools.pairwise(names):
            depth = self.depths.gpu if left in ("mixed", "gpu") else self.depths.queue
            self._queues.append(Queue(f"{left}->{right}", depth))
        self._stages = [StageStats(name) for name in names]
        group.start_soon(self._reader, cpu.fills, self._queues[0], self._stages[0], name="adali reader stage")
        for i, (name, work) in enumerate(works):
            target = self._queues[i + 1].put if i + 1 < len(self._queues) else self._deliver
            if name != "cpu":
                work = self._when_device_may(work)
            group.start_soon(pump, self._queues[i], work, target, self._stages[i + 1], name=f"adali {name} stage")

    def _when_device_may(self, work: Callable[[Workspace], Any]) -> Callable[[Workspace], Any]:
        async def gated(ws: Workspace) -> None:
            while ws.iteration - self._freed >= self.depths.gpu and self._reset_done is None:
                await self._change()
            await work(ws)

        return gated

    async def _reader(self, late: bool, target: Queue[Item], stats: StageStats) -> None:
        """The reader stage; with ``late`` the cpu stage reads for itself."""
        while True:
            start = perf_counter()
            iteration = self._started
            while not (iteration < self._requested and iteration - self._freed < self.depths.cpu):
                if self._reset_done is not None:
                    await self._reset()
                    continue
                await self._change()
            stats.blocked_s += perf_counter() - start
            start = perf_counter()
            ws = Workspace(iteration, self.plan.slots)
            item: Item = ws
            try:
                if not await self._fed(iteration):
                    continue
                if not late:
                    ws.unreadable = await self._feed.fill(ws)
            except EndOfData:
                await target.put(End())
                while self._reset_done is None:
                    await self._change()
                await self._reset()
                continue
            except Exception as e:
                stats.failures += 1
                item = Failure(iteration, e)
            self._started += 1
            stats.iterations += 1
            stats.busy_s += perf_counter() - start
            await target.put(item)
            del item, ws

    async def _fed(self, iteration: int) -> bool:
        """Wait until every fed source has data; False if a reset came first.

        Raises:
            OperatorError: the consumer waits for this very iteration, so that nobody is left to feed it.
        """
        while starving := self._feed.starving():
            op = starving[0]
            if self._awaited >= iteration and not op.waits_for_data:
                raise OperatorError(
                    "no data was fed to it; call feed_input() before the iteration runs",
                    operator=op.schema.name,
                    name=op.spec.name,
                    line=op.spec.line,
                    iteration=iteration,
                )
            if self._reset_done is not None:
                return False
            await self._change()
        return True

    async def _reset(self) -> None:
        # Everything started must have left the stages, or it would be delivered after the reset.
        while self._completed < self._started:
            await self._change()
        await self._feed.reset(self._abandon)
        self._requested = self._freed = self._started
        done, self._reset_done = self._reset_done, None
        if done is not None:
            done.wake()

    async def _deliver(self, item: Item) -> None:
        if isinstance(item, Workspace):
            self._completed += 1
            outputs = tuple(item.data[s] for s in self.plan.outputs)
            self.outbox.put(Batch(item.iteration, outputs, item.epoch_end))
        elif isinstance(item, Failure):
            self._completed += 1
            self.outbox.put(item)
        else:
            self.outbox.put(item)
        if self._watchers:
            self._check_watchers(ended=isinstance(item, End))
        if self._reset_done is not None:
            self._wake()

    def _report(self, error: OperatorError) -> None:
        self._skipped += 1
        self._errors.append(error)


_alive: weakref.WeakSet[Executor] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    for executor in list(_alive):
        executor.stop()
        executor._thread.join(timeout=10.0)
