"""The engine of one pipeline: a thread with an event loop that runs the stages, and the consumer's end of it.

Contract:

* **Start.** An iteration starts when the consumer asked for it (:meth:`Executor.request`) and fewer than ``capacity``
  started iterations are unreleased. Nothing starts by itself, nothing polls.
* **Success.** Iterations are delivered in order, each exactly once.
* **Failure.** An operator's error is the outcome of its iteration: the consumer gets it in that iteration's turn, as
  one :class:`~adali.errors.OperatorError` with its cause; later iterations go on. An error in the engine itself, and
  an operator's KeyboardInterrupt or SystemExit, end the engine: every later call raises that error.
* **End of data.** When an input has no more, what was started before is delivered, then the end; nothing starts until
  :meth:`Executor.reset`.
* **Cancellation.** A consumer that is cancelled while it waits loses nothing: the batch goes to the next who asks.
* **Close.** :meth:`Executor.aclose` cancels all tasks, lets each worker finish the one sample it is computing, and
  returns when every task and thread is gone; a cancellation meanwhile is raised after that. Code of the user's that
  does not return is left behind after :data:`PATIENCE_S`, with a ResourceWarning that names its thread. An executor
  that is dropped, and one alive at interpreter exit, are stopped the same way, without waiting.
* **Fork.** A forked child has none of the threads. There the pipeline counts as closed, and says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import warnings
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from adali.data import TensorListGPU
from adali.engine import lifetime
from adali.engine.account import Account
from adali.engine.device import Device, open_device
from adali.engine.handoff import Reply, Waiter
from adali.engine.inputs import InputFeed
from adali.engine.lowering import Plan
from adali.engine.mailbox import Mailbox
from adali.engine.memory import BufferPool
from adali.engine.queues import Queue
from adali.engine.stage import CpuStage, DeviceStage, failure, pump
from adali.engine.stats import OperatorStats, PipelineStats, QueueStats, StageStats
from adali.engine.workers import WorkerPool
from adali.engine.workspace import Batch, End, Failure, Item, Position, Workspace
from adali.errors import OperatorError, PipelineClosedError
from adali.operators.base import EndOfData, InputOperator

__all__ = ["PATIENCE_S", "Depths", "Executor"]

MAX_LISTED_ERRORS = 1000

#: Seconds that closing waits for code of the user's to return.
PATIENCE_S = 5.0

#: The same at interpreter exit.
PATIENCE_AT_EXIT_S = 1.0


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
        stream_priority: int = 0,
        position: Position | None = None,
    ) -> None:
        """Make an engine that is not running yet; with ``position`` its inputs go on from there."""
        self.plan = plan
        self.batch_size = batch_size
        self.num_threads = num_threads
        self.depths = depths
        self.on_error = on_error
        self.cpus = cpus
        self._locate = {s.outputs[0]: s.op.locate for s in plan.inputs if isinstance(s.op, InputOperator)}
        self.device: Device | None = open_device(device_id, num_threads, stream_priority) if plan.needs_device else None
        self.memory = BufferPool((self.device and self.device.pinned) or bytearray)
        self.account = Account(
            depths.gpu if plan.needs_device else depths.cpu,
            self,
            tell_waits=any(hasattr(s.op, "feed") for s in plan.inputs),
            position=position or Position(states=tuple(_state(s.op) for s in plan.inputs)),
        )
        self._resumes = position is not None

        # The engine's account, touched on its loop only.
        self._requested = self._freed = self._started = self._completed = self.account.position.iteration
        self._awaited = self._started - 1
        self._ended = False
        self._begun = 0
        self._resetting = False
        self._changed: list[asyncio.Future[None]] = []
        self._watchers: list[tuple[int, Reply]] = []

        self._mail = Mailbox(self.check_open, self._fail)

        self._stats = {op.spec.name: OperatorStats(op.spec.name, op.schema.name) for op in plan.operators()}
        self._stages: list[StageStats] = []
        self._queues: list[Queue[Item]] = []
        self._errors: deque[OperatorError] = deque(maxlen=MAX_LISTED_ERRORS)
        self._skipped = 0
        self._flying: Queue[Item] = Queue("flying", depths.gpu + 1)
        self._impatient = False
        self._hurry: asyncio.Event | None = None

        self._stop: asyncio.Event | None = None
        self._stopping = False
        self._error: BaseException | None = None
        self._patience = PATIENCE_S
        self._stuck: list[str] = []
        self._close_error: Exception | None = None
        self._ready = Waiter()
        self._closed = Waiter()
        self._thread = threading.Thread(target=self._run_thread, name="adali-engine", daemon=True)

    # ---- the consumer's side -------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the engine's thread. If this fails or is cancelled nothing is left."""
        try:
            self._thread.start()
        except RuntimeError:  # the system has no more threads
            self._close_operators()
            raise
        except BaseException:  # KeyboardInterrupt, and the thread runs
            self._give_up()
            raise
        try:
            await self._ready
            self.check_open()
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        self.stop()
        self._closed.block()  # it has not begun anything that could take long
        self._thread.join()

    async def completed(self, iterations: int) -> None:
        """Wait until so many iterations went through all stages (or the data ended)."""
        await self._mail.ask(self._watch, iterations)

    async def reset(self, abandon: bool = False) -> None:
        """Start sources over; undelivered batches are dropped. With ``abandon`` readers go to their next epoch.

        Raises:
            OperatorError: a source refused.
        """
        self.check_open()
        await self.account.reset(abandon)

    async def call(self, awaitable: Awaitable[Any]) -> Any:
        """Await something on the engine's loop, for consumers that have none. If the wait is cut off, so is that."""
        return await self._mail.call(awaitable)

    @property
    def epoch_size(self) -> int:
        """Samples in an epoch of the longest reader, 0 if there is none."""
        return self._feed.epoch_size

    def set_epoch_batches(self) -> None:
        """End batches where epochs end; before the first request."""
        self._mail.post(self._enable_epochs)

    def notify(self) -> None:
        """Something was fed: look again."""
        self._mail.post(self._wake)

    def stats(self) -> PipelineStats:
        """A snapshot of all counters."""
        return PipelineStats(
            iterations=self._begun,
            delivered=self.account.delivered,
            ahead=self.account.ahead,
            consumer_wait_s=self.account.wait_s,
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
        loop = self._mail.loop
        if loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # closed already
                loop.call_soon_threadsafe(self._stop.set)

    def exit(self) -> None:
        """See :mod:`adali.engine.lifetime`."""
        self._patience = PATIENCE_AT_EXIT_S
        self.stop()

    def join(self, timeout: float) -> None:
        """See :mod:`adali.engine.lifetime`."""
        self._thread.join(timeout)

    async def aclose(self) -> None:
        """Close; returns when no task and no thread is left, and raises a cancellation only then.

        Raises:
            Exception: what an operator raised when it was closed; everything is closed all the same.
        """
        self.stop()
        if self._thread.ident is None:
            return
        try:
            await self._closed.shielded()
        finally:
            if self._closed.woken:
                self._thread.join()
                self.account.clear()
        if self._stuck:
            stuck, self._stuck = self._stuck, []
            warnings.warn(
                f"The pipeline was closed, but code of the user's has not returned in threads: {', '.join(stuck)}",
                ResourceWarning,
                stacklevel=4,
            )
        if self._close_error is not None:
            error, self._close_error = self._close_error, None
            raise error

    def check_open(self) -> None:
        """Raise the error that ended the engine, or PipelineClosedError if it is closed."""
        if self._mail.loop is None or self._stopping:
            self.account.raise_if_closed()  # the engine's own error, if it died of one
            if self._error is not None:
                raise self._error
            raise PipelineClosedError("The pipeline is closed.")

    def become_an_orphan(self) -> None:
        """See :mod:`adali.engine.lifetime`."""
        self._stopping, self._closed = True, Waiter()
        self._mail = Mailbox(self.check_open, self._fail)
        self._closed.wake()
        self.memory.renew_lock()
        self.account = Account(1, self, tell_waits=False)
        self.account.close(
            PipelineClosedError(
                "The process was forked, and the engine's threads are in its parent: make pipelines after the fork."
            )
        )

    def grant(self, requested: int, freed: int) -> None:
        """The consumers ask for so many more iterations, and gave so many places back."""
        self._mail.post(self._grant, requested, freed)

    def consumer_waits(self, iteration: int) -> None:
        """A consumer waits for this iteration."""
        self._mail.post(self._consumer_waits, iteration)

    def begin_reset(self) -> None:
        """A consumer wants a reset; its end is told to the account."""
        self._mail.post(self._begin_reset)

    # ---- on the engine's loop ------------------------------------------------------------------------------

    def _grant(self, requested: int, freed: int) -> None:
        self._requested += requested
        self._freed += freed
        self._wake()

    def _consumer_waits(self, iteration: int) -> None:
        self._awaited = max(self._awaited, iteration)
        self._wake()

    def _begin_reset(self) -> None:
        self._resetting = True
        self._wake()

    def _enable_epochs(self) -> None:
        self._feed.set_epoch_batches()

    def _watch(self, iterations: int, reply: Reply) -> None:
        self._watchers.append((iterations, reply))
        # Nobody is left to feed what a blocked consumer waits for.
        self._consumer_waits(iterations - 1)
        self._check_watchers()

    def _check_watchers(self) -> None:
        left = []
        for iterations, reply in self._watchers:
            if self._ended or self._completed >= iterations:
                reply.settle()
            else:
                left.append((iterations, reply))
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

    def _fail(self, error: BaseException) -> None:
        """End the engine with an error."""
        if self._error is None and not self._stopping:
            self._error = error
        self._stopping = True
        if self._stop is not None:
            self._stop.set()

    def _run_thread(self) -> None:
        lifetime.began(self)
        try:
            asyncio.run(self._main())
        except BaseException as e:
            self._error = self._error or e
        finally:
            self._stopping = True
            error = self._error or PipelineClosedError("The pipeline is closed.")
            self.account.close(error)
            self._mail.close(error)
            self.memory.close()
            lifetime.ended(self)
            self._ready.wake()
            self._closed.wake()

    async def _restore(self) -> None:
        """Take the inputs to where the consumer goes on; gives up when the engine is to close.

        Raises:
            CheckpointError: an input cannot go on there.
        """
        position = self.account.position
        assert self._stop is not None
        work = asyncio.create_task(self._feed.restore(position.states), name="adali restore")
        stop = asyncio.create_task(self._stop.wait(), name="adali stop while restoring")
        try:
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                self._feed.closing()
                work.cancel()
        finally:
            stop.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
        if not work.cancelled():
            work.result()
        if position.ended:
            self._ended = True
            self.account.put(End())

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._mail.loop = asyncio.get_running_loop()
        self._feed = InputFeed(self.plan.inputs, self.batch_size)
        workers: WorkerPool | None = None
        tasks: list[asyncio.Task[None]] = []
        try:
            if self._resumes:
                await self._restore()
            workers = WorkerPool(self.num_threads, self.cpus)
            if self.device is not None:
                self._hurry = asyncio.Event()
                await self.device.warm_up({n: s for n, s in self.plan.device_stages() if s})
            tasks = self._start_stages(workers)
            self._ready.wake()
            if not self._stopping:
                await self._stop.wait()
        finally:
            self._stopping = True
            self._feed.closing()
            for task in (*tasks, *self._mail.guests):
                task.cancel()
            if tasks:
                _, waiting = await asyncio.wait(tasks, timeout=self._patience)
                for task in waiting:  # for a worker in code of the user's that does not return
                    task.cancel()
                await asyncio.gather(*tasks, *self._mail.guests, return_exceptions=True)
            stuck = await self._feed.aclose(self._patience)
            if workers is not None:
                stuck += workers.close(0.0 if tasks and waiting else self._patience)
            if not stuck:  # what still runs must not lose its files and codecs
                self._close_operators()
            if self.device is not None:
                self.device.close()
            self._stuck = stuck

    def _close_operators(self) -> None:
        self._close_error = self.plan.close()

    async def _stage(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """A stage must not end by itself: whoever waits for its results would wait for ever."""
        try:
            await work(*args)
        except BaseException as e:
            if self._stopping:
                if isinstance(e, asyncio.CancelledError):
                    raise
                return
            self._fail(e)

    def _start_stages(self, workers: WorkerPool) -> list[asyncio.Task[None]]:
        cpu = CpuStage(
            self.plan,
            self._feed,
            workers,
            self.memory,
            self._stats,
            self.on_error,
            self._report,
            lambda: self._stopping,
        )
        works: list[tuple[str, Any]] = [("cpu", cpu.run)]
        if self.device is not None:
            for name, steps in self.plan.device_stages():
                works.append((name, self._when_device_may(DeviceStage(name, steps, self.device).run)))
        names = ["reader", *(name for name, _ in works)]
        for left, right in itertools.pairwise(names):
            depth = self.depths.gpu if left in ("mixed", "gpu") else self.depths.queue
            self._queues.append(Queue(f"{left}->{right}", depth))
        self._stages = [StageStats(name) for name in names]
        create = asyncio.get_running_loop().create_task
        stage = self._stage(self._reader, cpu.fills, self._queues[0], self._stages[0])
        tasks = [create(stage, name="adali reader stage")]
        for i, (name, work) in enumerate(works):
            last = self._deliver if self.device is None else self._flying.put
            target = self._queues[i + 1].put if i + 1 < len(self._queues) else last
            stage = self._stage(pump, self._queues[i], work, target, self._stages[i + 1])
            tasks.append(create(stage, name=f"adali {name} stage"))
        if self.device is not None:
            stage = self._stage(self._land, self.device, self._stages[-1])
            tasks.append(create(stage, name="adali device results"))
        return tasks

    async def _land(self, device: Device, stats: StageStats) -> None:
        """Wait for what the device has been given, in order, while the stages give it more."""
        while True:
            item = await self._flying.get()
            if isinstance(item, Workspace) and not item.skipped:
                item = await self._landed(device, item, stats)
            await self._deliver(item)
            del item

    async def _landed(self, device: Device, ws: Workspace, stats: StageStats) -> Item:
        try:
            ws.lending = device.lend(ws, self.plan.outputs)
            ready = asyncio.ensure_future(device.wait(ws))
            try:
                if ws.lending is not None and all(isinstance(ws.data[s], TensorListGPU) for s in self.plan.outputs):
                    assert self._hurry is not None
                    hurry = asyncio.ensure_future(self._hurry.wait())
                    try:
                        await asyncio.wait((ready, hurry), return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        hurry.cancel()
                    if not ready.done():  # the consumer orders its own stream behind the outputs
                        ready.add_done_callback(_seen)
                        return ws
                await ready
            except asyncio.CancelledError:
                ready.cancel()
                raise
        except Exception as e:
            stats.failures += 1
            stats.iterations -= 1
            return failure(ws.iteration, e, ws.position)
        return ws

    def hurry(self) -> None:
        """The consumer takes outputs before they are ready, from now on."""
        if self._impatient or self.device is None:
            return
        self._impatient = True
        self._mail.post(self._begin_to_hurry)

    def _begin_to_hurry(self) -> None:
        assert self._hurry is not None
        self._hurry.set()

    def _when_device_may(self, work: Callable[[Workspace], Any]) -> Callable[[Workspace], Any]:
        async def gated(ws: Workspace) -> None:
            while ws.iteration - self._freed >= self.depths.gpu and not self._resetting:
                await self._change()
            await work(ws)

        return gated

    async def _reader(self, late: bool, target: Queue[Item], stats: StageStats) -> None:
        """The reader stage; with ``late`` the cpu stage reads for itself."""
        if self._ended:  # before a checkpoint was taken
            await self._until_reset()
        while True:
            start = perf_counter()
            while not (self._started < self._requested and self._started - self._freed < self.depths.cpu):
                if self._resetting:
                    await self._reset()
                    continue
                await self._change()
            iteration = self._started
            stats.blocked_s += perf_counter() - start
            start = perf_counter()
            ws = Workspace(iteration, self.plan.slots, self._locate)
            item: Item = ws
            try:
                if not await self._fed(iteration):
                    continue
                if not late:
                    ws.unreadable = await self._feed.fill(ws)
            except EndOfData:
                await target.put(End(states=ws.states))
                await self._until_reset()
                continue
            except Exception as e:
                stats.failures += 1
                ws.states = self._feed.states()
                item = failure(iteration, e, ws.position)
            self._started += 1
            self._begun += 1
            stats.iterations += 1
            stats.busy_s += perf_counter() - start
            await target.put(item)
            del item, ws

    async def _until_reset(self) -> None:
        while not self._resetting:
            await self._change()
        await self._reset()

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
            if self._resetting:
                return False
            await self._change()
        return True

    async def _reset(self) -> None:
        # Everything started must have left the stages, or it would be delivered after the reset.
        while self._completed < self._started:
            await self._change()
        error: BaseException | None = None
        # What was started and not delivered does not count: how far ahead that was is nobody's business.
        position = self.account.position
        try:
            await self._feed.reset(self.account.abandon, position.states)
        except OperatorError as e:
            error = e
        self._resetting = self._ended = False
        self._started = self._completed = position.iteration
        self.account.restart(Position(position.iteration, self._feed.states()), self._restart, error)

    def _restart(self, waiting: int) -> None:
        self._requested = self._started + waiting
        self._freed = self._started
        self._awaited = self._requested - 1

    async def _deliver(self, item: Item) -> None:
        if isinstance(item, End):
            self._completed += item.iteration is not None
            if not self._ended:
                self._ended = True
                self.account.put(item)
        else:
            self._completed += 1
            if not self._ended:  # what was started before the end was found belongs to nobody
                self.account.put(self._outcome(item))
        if self._watchers:
            self._check_watchers()
        if self._resetting:
            self._wake()

    def _outcome(self, item: Workspace | Failure) -> Batch | Failure:
        if isinstance(item, Failure):
            return item
        empty = item.batch_size == 0 and item.epoch_end  # data may be there of an attempt before the last sample left
        outputs = tuple([None if empty else item.data[s] for s in self.plan.outputs])
        return Batch(item.iteration, outputs, item.position, item.lending, item.errors)

    def _report(self, error: OperatorError) -> None:
        self._skipped += 1
        self._errors.append(error)


def _seen(future: asyncio.Future[None]) -> None:
    """Look at the outcome of a wait that nobody waits for; the consumer meets a fault on its own stream."""
    if not future.cancelled():
        future.exception()


def _state(op: Any) -> Any:
    return op.state() if isinstance(op, InputOperator) else None
